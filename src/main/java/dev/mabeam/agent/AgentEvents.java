package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.event.ClusterEvent.AgentBroken;
import dev.mabeam.event.ClusterEvent.AgentDeployed;
import dev.mabeam.event.ClusterEvent.AgentRecovered;
import dev.mabeam.event.ClusterEvent.AgentUndeployed;
import dev.mabeam.event.Sparingly;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.function.Consumer;

/** Tells of agents that came and went, {@link Sparingly}. On the room's context. */
final class AgentEvents {
  private final Sparingly sparingly;

  AgentEvents(Consumer<ClusterEvent> events, Scheduler scheduler) {
    sparingly = new Sparingly(events, scheduler);
  }

  void deployed(Entry agent) {
    sparingly.tell(
        "deployed",
        others ->
            new AgentDeployed(
                agent.id(), agent.spec().type(), agent.owner(), agent.epoch(), others));
  }

  void undeployed(Entry agent) {
    sparingly.tell(
        "undeployed",
        others -> new AgentUndeployed(agent.id(), agent.owner(), agent.epoch(), others));
  }

  /** It goes on here without having been carried here: its node was gone, or it had to begin anew. */
  void recovered(Entry agent) {
    sparingly.tell(
        "recovered",
        others -> new AgentRecovered(agent.id(), agent.owner(), agent.epoch(), others));
  }

  /** It did not give its state, and begins again. */
  void broken(Entry agent, MabeamException why, Duration pause) {
    sparingly.tell(
        "broken",
        others ->
            new AgentBroken(
                agent.id(),
                agent.owner(),
                agent.epoch(),
                why.getMessage(),
                pause.toMillis(),
                others));
  }
}
