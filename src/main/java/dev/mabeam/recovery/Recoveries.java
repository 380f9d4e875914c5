package dev.mabeam.recovery;

import dev.mabeam.agent.AgentInfo;
import io.vertx.core.Future;

/**
 * What brings agents back whose node is gone. It happens by itself; these are for what people know
 * and a cluster cannot.
 *
 * <p>Every method may be called on any thread, on any node; futures end on the caller's context.
 */
public interface Recoveries {
  /**
   * Gives an agent without an owner a node now; completes when that is decided. AGENT_NOT_FOUND;
   * CONFLICT if it has an owner; NO_SUITABLE_NODES; UNAVAILABLE if its state is uncertain.
   *
   * @param acceptLoss also if no store is left that has to have its last checkpoint: it begins from
   *     the newest one that is found, or empty
   */
  Future<AgentInfo> recover(String agent, boolean acceptLoss);

  /**
   * Says that a node has failed, and waits until that is decided; its agents are being placed again
   * then. NOT_FOUND if no such node is or was known, CONFLICT if it still answers: then it has not
   * failed, and {@code drain} is what empties it.
   *
   * @param node its id or its name
   */
  Future<NodeFailure> handleNodeFailure(String node, String reason);
}
