package dev.mabeam.agent;

import java.util.List;

/**
 * What is decided about one agent.
 *
 * @param owner the id of the node that it runs on, or the empty string when it has none
 * @param epoch the log index at which it was deployed: an id that is used again gets a higher one
 * @param inSync the stores that have its checkpoints; none while agents are volatile
 */
record Entry(AgentSpec spec, String owner, long epoch, List<String> inSync, State state) {
  enum State {
    /** Its owner is to start it. */
    STARTING,
    ACTIVE,
    /** Undeployed; the id is free once its owner has stopped it. */
    LEAVING,
    /** Its owner is gone. */
    UNAVAILABLE
  }

  Entry {
    // One string a node, not one an agent.
    owner = owner.intern();
  }

  static Entry starting(AgentSpec spec, String owner, long epoch) {
    return new Entry(spec, owner, epoch, List.of(), State.STARTING);
  }

  Entry in(State state) {
    return new Entry(spec, owner, epoch, inSync, state);
  }

  /** Without an owner. */
  Entry abandoned() {
    return new Entry(spec, "", epoch, inSync, State.UNAVAILABLE);
  }

  String id() {
    return spec.id();
  }

  /** Whether it is this activation, to be started or running, and of that node. */
  boolean runs(String node, long epoch) {
    return this.epoch == epoch && owner.equals(node) && state != State.LEAVING;
  }

  /** An agent that is being undeployed is shown to nobody. */
  boolean shown() {
    return state != State.LEAVING;
  }

  AgentInfo info() {
    AgentInfo.Status status =
        switch (state) {
          case STARTING -> AgentInfo.Status.STARTING;
          case UNAVAILABLE -> AgentInfo.Status.UNAVAILABLE;
          case ACTIVE, LEAVING -> AgentInfo.Status.ACTIVE;
        };
    return new AgentInfo(spec, owner, epoch, status);
  }
}
