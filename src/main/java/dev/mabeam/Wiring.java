package dev.mabeam;

import dev.mabeam.grid.GridOptions;
import dev.mabeam.link.LinkTransport;
import dev.mabeam.migration.Steps;
import java.util.function.UnaryOperator;

/**
 * Where a test reaches into a node: what lies between it and the network, and the steps of a move.
 * The test kit cuts the nodes of one JVM apart with it, and kills them at a step; nobody else needs
 * it.
 *
 * @param transport wraps what carries the link
 * @param grid changes what the grid is started with
 * @param steps hears at which step a move is
 */
public record Wiring(
    UnaryOperator<LinkTransport> transport, UnaryOperator<GridOptions> grid, Steps steps) {
  /** A node as it is. */
  public static final Wiring PLAIN =
      new Wiring(UnaryOperator.identity(), UnaryOperator.identity(), Steps.NONE);
}
