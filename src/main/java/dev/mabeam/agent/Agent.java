package dev.mabeam.agent;

import io.vertx.core.Future;

/**
 * Something with a name and a state that handles one message at a time. {@link AgentVerticle} is
 * what users extend.
 */
public interface Agent {
  /** Gets ready, before the first message; a failure means that it was not deployed. */
  default Future<?> start(AgentContext context) {
    return Future.succeededFuture();
  }

  /**
   * Handles one message. The next one waits until the future has ended. What it completes with is
   * the answer of an ask (JSON values, buffers, or null); what it fails with is the asker's
   * failure. Do not block: others share the thread, unless it is an {@link AgentVerticle} that asks
   * for one of its own.
   */
  Future<?> receive(AgentMessage message);

  /** Says goodbye, after the last message. */
  default Future<?> stop() {
    return Future.succeededFuture();
  }
}
