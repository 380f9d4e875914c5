package dev.mabeam;

import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.grid.GridOptions;
import dev.mabeam.link.LinkTransport;
import dev.mabeam.migration.Steps;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Where tests and benchmarks reach into a node: what lies between it and the network, the steps of
 * a move, the log that decides. The test kit cuts the nodes of one JVM apart with it, and kills them
 * at a step; a benchmark puts what it decides for itself next to it. Nobody else needs it.
 *
 * @param transport wraps what carries the link
 * @param grid changes what the grid is started with
 * @param steps hears at which step a move is
 * @param machines what is decided besides, anew for each stay; the same on all nodes
 * @param decisions gets the way into the log, of each stay
 */
public record Wiring(
    UnaryOperator<LinkTransport> transport,
    UnaryOperator<GridOptions> grid,
    Steps steps,
    Supplier<List<StateMachine>> machines,
    Consumer<Decisions> decisions) {
  /** A node as it is. */
  public static final Wiring PLAIN =
      new Wiring(UnaryOperator.identity(), UnaryOperator.identity(), Steps.NONE);

  /** Nothing but what every node decides. */
  public Wiring(
      UnaryOperator<LinkTransport> transport, UnaryOperator<GridOptions> grid, Steps steps) {
    this(transport, grid, steps, List::of, decisions -> {});
  }

  /** The same, with something decided besides. */
  public Wiring deciding(
      Supplier<List<StateMachine>> machines, Consumer<Decisions> decisions) {
    return new Wiring(transport, grid, steps, machines, decisions);
  }
}
