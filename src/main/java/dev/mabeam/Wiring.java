package dev.mabeam;

import dev.mabeam.grid.GridOptions;
import dev.mabeam.link.LinkTransport;
import java.util.function.UnaryOperator;

/**
 * Where a test reaches into a node: what lies between it and the network. The test kit cuts the
 * nodes of one JVM apart with it; nobody else needs it.
 *
 * @param transport wraps what carries the link
 * @param grid changes what the grid is started with
 */
public record Wiring(UnaryOperator<LinkTransport> transport, UnaryOperator<GridOptions> grid) {
  /** A node as it is. */
  public static final Wiring PLAIN = new Wiring(UnaryOperator.identity(), UnaryOperator.identity());
}
