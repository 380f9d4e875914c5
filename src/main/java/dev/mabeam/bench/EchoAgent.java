package dev.mabeam.bench;

import dev.mabeam.agent.Agent;
import dev.mabeam.agent.AgentMessage;
import io.vertx.core.Future;

/** Answers with what it is asked, as the event bus's consumer and the socket do. */
public final class EchoAgent implements Agent {
  @Override
  public Future<?> receive(AgentMessage message) {
    return Future.succeededFuture(message.body());
  }
}
