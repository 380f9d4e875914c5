package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * What moving and recovering agents need of a node's agents. On the room's context.
 *
 * <p>Each decision names the epoch that it speaks for, and is refused with STALE_EPOCH if that is
 * not the agent's any more. One that fails with TIMEOUT may still be decided, until a later one of
 * this node's has been.
 */
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
   * STALE_EPOCH if it has another one now, UNAVAILABLE if the node is no member, CONFLICT if it is
   * cordoned; TIMEOUT if the outcome is unknown.
   */
  Future<Long> flip(String id, long epoch, String toNode);

  /**
   * Decides that an agent without an owner is that node's. As {@link #flip}.
   *
   * @param acceptLoss also if no store is left that has to have its last checkpoint
   */
  Future<Long> recover(String id, long epoch, String toNode, boolean acceptLoss);

  /** Decides why an agent without an owner cannot have one now, for all to see. */
  Future<Void> unavailable(String id, long epoch, String why);

  /** What is decided about the agent, after everything that was decided before the call. */
  Future<Optional<AgentInfo>> decided(String id);

  /**
   * The agents without an owner that are to have one again, as this node's copy has it: not those
   * of which no store is left, which only {@code acceptLoss} brings back. Any thread.
   */
  List<AgentInfo> ownerless();

  /**
   * Decides that a node gets no more agents. INVALID if it is no member, CONFLICT if it is to be
   * drained while another one is.
   *
   * @param drained whether all that it has moves away, of which there is one at a time
   */
  Future<Void> cordon(String node, boolean drained);

  /** Decides that a node gets agents again. */
  Future<Void> uncordon(String node);

  /** The members that get no more agents, as this node's copy has it; any thread. */
  Set<String> cordoned();

  /** The one of them that is being drained; any thread. */
  Optional<String> drained();

  /** Hears that owners, cordons or members may have changed here. */
  void onChange(Runnable listener);

  /**
   * {@code moves} for use on another thread than the agents' room's.
   *
   * @param toRoom runs tasks on the agents' room's thread, in order
   * @param toCaller runs tasks on the thread that uses what is returned, in order
   */
  static AgentMoves hopping(AgentMoves moves, Executor toRoom, Executor toCaller) {
    return new HoppingMoves(moves, toRoom, toCaller);
  }
}
