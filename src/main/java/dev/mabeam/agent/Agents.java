package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The cluster's agents: deploy them anywhere, send to them from everywhere.
 *
 * <p>Who owns an agent is decided once, by a majority, at an epoch that only grows; every node has
 * a copy of these decisions, and messages follow it.
 *
 * <p>Every method may be called on any thread.
 */
public interface Agents {
  /** How long an ask may take when the caller does not say. */
  Duration DEFAULT_DEADLINE = Duration.ofSeconds(5);

  /**
   * Places and starts an agent; completes when it takes messages. CONFLICT if the id is in use,
   * INVALID or NOT_FOUND or FORBIDDEN if the type is of no use, NO_SUITABLE_NODES with the reason a
   * node, FAILED_TO_START_ON_TARGET if its start failed (it is not deployed then),
   * INSUFFICIENT_CONSENSUS without a majority (certainly not deployed), TIMEOUT if unknown.
   */
  Future<AgentInfo> deploy(AgentSpec spec);

  /** Stops an agent and forgets it. AGENT_NOT_FOUND if there is none. */
  Future<Void> undeploy(String id);

  /**
   * Moves an agent to a node, named by its id or its name, with its state; completes when it takes
   * messages there. What it fails with is told by the room {@code migration}, which does it.
   */
  default Future<AgentInfo> migrate(String id, String node) {
    return Future.failedFuture(
        new MabeamException(ErrorCode.UNAVAILABLE, "nothing moves agents here"));
  }

  /** Every agent as this node's copy has it, by id; never blocks, may be a moment old. */
  List<AgentInfo> list();

  Optional<AgentInfo> get(String id);

  /**
   * Sends a message and completes with the answer. Until the deadline it is sent again if need be,
   * and handled once. AGENT_NOT_FOUND if there is none, OVERLOADED if its mailbox is full,
   * UNAVAILABLE if it has no node, or has lost what it knew of the message, TIMEOUT at the deadline
   * (whether it was handled is unknown), or what the agent failed with.
   */
  Future<Object> ask(String id, Object body, Duration deadline);

  default Future<Object> ask(String id, Object body) {
    return ask(id, body, DEFAULT_DEADLINE);
  }

  /**
   * Sends a message that nobody waits for an answer to; completes when it was handled and that is
   * kept, or, if the agent is volatile, when it is in its mailbox. Fails as {@link #ask} does if it
   * did not get there.
   */
  Future<Void> tell(String id, Object body);

  /**
   * Asks on behalf of a client outside that numbers its messages: the same number gets the same
   * answer, on whichever node, and is handled once. SESSION_EXPIRED if the agent does not know any
   * more what became of that number. INVALID where clients outside do not come in.
   */
  default Future<Object> ask(String id, Object body, Duration deadline, InSession number) {
    return Future.failedFuture(
        new MabeamException(ErrorCode.INVALID, "messages are not numbered by clients here"));
  }

  /** Tells so; completes when the message is handled, and kept if the agent is durable. */
  default Future<Void> tell(String id, Object body, InSession number) {
    return Future.failedFuture(
        new MabeamException(ErrorCode.INVALID, "messages are not numbered by clients here"));
  }
}
