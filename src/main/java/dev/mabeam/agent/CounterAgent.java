package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * The built-in type {@code counter}: {@code {"add":n}} is answered with {@code
 * {"count","node","epoch"}}, the sum of everything that was added.
 */
final class CounterAgent implements Agent {
  static final String TYPE = "counter";

  private AgentContext context;
  private long count;

  @Override
  public Future<?> start(AgentContext context) {
    this.context = context;
    return Future.succeededFuture();
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    Object add = message.json().getValue("add");
    if (!(add instanceof Integer || add instanceof Long)) {
      throw invalid("'add' is " + (add == null ? "missing" : "no whole number: " + add));
    }
    try {
      count = Math.addExact(count, ((Number) add).longValue());
    } catch (ArithmeticException tooLarge) {
      throw invalid("the sum of " + count + " and " + add + " does not fit into 64 bits");
    }
    return Future.succeededFuture(
        new JsonObject()
            .put("count", count)
            .put("node", context.nodeId())
            .put("epoch", context.epoch()));
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

  private MabeamException invalid(String why) {
    return new MabeamException(
        ErrorCode.INVALID, "counter '" + context.id() + "': " + why, "send {\"add\":1}");
  }
}
