package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;
import io.vertx.core.Future;
import java.util.Optional;

/** What moving and recovering agents need of a node's agents. On the room's context. */
public interface AgentMoves {
  /**
   * Pauses an agent of this node after its running message, once its last checkpoint is written.
   * AGENT_NOT_FOUND if it is not here, MIGRATING if it departs already, FAILED_TO_SERIALIZE if its
   * state cannot be had; then it goes on.
   */
  Future<Departure> depart(String id);

  /**
   * Makes an agent here from what another node carried over, without letting it send, write or
   * start timers. FAILED_TO_START_ON_TARGET.
   *
   * @param epoch the one at which it is elsewhere now
   */
  Future<Arrival> arrive(AgentSpec spec, long epoch, Checkpoint carried);

  /**
   * Decides that an agent of that epoch is another node's, and completes with its new epoch.
   * STALE_EPOCH if it has another one now; TIMEOUT if the outcome is unknown.
   */
  Future<Long> flip(String id, long epoch, String toNode);

  /** Decides that an agent without an owner is that node's. As {@link #flip}. */
  Future<Long> recover(String id, long epoch, String toNode);

  /** What is decided about the agent, after everything that was decided before the call. */
  Future<Optional<AgentInfo>> decided(String id);
}
