package dev.mabeam;

import dev.mabeam.agent.Agent;
import dev.mabeam.agent.AgentContext;
import dev.mabeam.agent.AgentMessage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * Counts as the built-in counter does, but on the node that its settings name in {@code holdsOn} it
 * never ends a message that says {@code hold}.
 */
public final class HoldingAgent implements Agent {
  private AgentContext context;
  private long count;

  @Override
  public Future<?> start(AgentContext agent) {
    context = agent;
    return Future.succeededFuture();
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    String name = context.nodeId().substring(0, context.nodeId().indexOf('#'));
    if (message.json().getBoolean("hold", false)
        && name.equals(context.config().getString("holdsOn"))) {
      return Promise.promise().future();
    }
    count += message.json().getLong("add");
    return Future.succeededFuture(
        new JsonObject().put("count", count).put("node", context.nodeId()));
  }

  @Override
  public Buffer snapshot() {
    return Buffer.buffer(Long.BYTES).appendLong(count);
  }

  @Override
  public Future<?> restore(Buffer state, int version) {
    count = state.getLong(0);
    return Future.succeededFuture();
  }
}
