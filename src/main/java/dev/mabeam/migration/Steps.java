package dev.mabeam.migration;

/**
 * Where a test reaches into a handoff: a node that is to die at a step dies here. What a node runs
 * with is {@link #NONE}.
 */
@FunctionalInterface
public interface Steps {
  /** Goes on. */
  Steps NONE = (step, agent) -> {};

  /** That step of the agent's move is reached, on this node, on its thread. */
  void reached(Step step, String agent);
}
