package dev.mabeam.agent;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/**
 * Something with a name and a state that handles one message at a time. {@link AgentVerticle} is
 * what users extend.
 *
 * <p><b>State.</b> What an agent has in its fields goes along when it moves, and is there again
 * after its node has crashed, if {@link #snapshot} and {@link #restore} say what it is. All methods
 * are called on the agent's context. If it is durable, what it has answered and told is in the
 * state that is restored, and what is not there was neither answered nor told.
 */
public interface Agent {
  /**
   * Gets ready, before its state is restored and before the first message; a failure means that it
   * was not deployed. When the agent moves this runs before it is this node's: what it tells here
   * is sent when it is, and it cannot ask.
   */
  default Future<?> start(AgentContext context) {
    return Future.succeededFuture();
  }

  /**
   * Handles one message. The next one waits until the future has ended. What it completes with is
   * the answer of an ask (JSON values, buffers, or null); what it fails with is the asker's
   * failure. Do not block: others share the thread, unless it is an {@link AgentVerticle} that asks
   * for one of its own.
   *
   * <p>A failure takes nothing back: what was changed before it stays changed.
   */
  Future<?> receive(AgentMessage message);

  /**
   * The state as bytes, in a buffer that nobody changes afterwards; null for an agent that has
   * none. Called between messages, once for all those since the last time: at most 256 MB. If it
   * fails, those messages fail with FAILED_TO_SERIALIZE, and the agent is started again from its
   * last checkpoint. The bytes have to tell whether the state has changed: if they are the last
   * ones, nothing is written.
   */
  default Buffer snapshot() {
    return null;
  }

  /** Which form the bytes of {@link #snapshot} have: raise it when they change. */
  default int stateVersion() {
    return 1;
  }

  /**
   * Brings the state of an older version to the present one. Without it {@link #restore} gets the
   * older one as it is, with its number.
   *
   * @param from the version in which {@code state} is
   */
  default Buffer upcast(Buffer state, int from) {
    return state;
  }

  /**
   * Takes the state over, after {@link #start} and before the first message; not called when there
   * is none. A failure means that the agent is not started here.
   *
   * @param version in which {@code state} is
   */
  default Future<?> restore(Buffer state, int version) {
    return Future.succeededFuture();
  }

  /**
   * What became of the state since the last {@link #snapshot} or delta, for one that is large and
   * changes little: empty if nothing did, null if the agent gives no deltas. A snapshot is still
   * asked for now and then.
   */
  default Buffer delta() {
    return null;
  }

  /** Applies a {@link #delta} to the restored state, in their order. */
  default void replay(Buffer delta) {
    throw new UnsupportedOperationException(getClass().getName() + " gives deltas, replays none");
  }

  /** Says goodbye, after the last message. Not called when its node crashes. */
  default Future<?> stop() {
    return Future.succeededFuture();
  }
}
