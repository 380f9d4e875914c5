package dev.mabeam;

import dev.mabeam.agent.Agent;
import dev.mabeam.agent.AgentContext;
import dev.mabeam.agent.AgentMessage;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Random;
import java.util.zip.CRC32C;

/**
 * Has a state of as many bytes as {@code {"fill":bytes,"seed":n}} asks for, no two places alike;
 * every other message is answered with the number of its bytes, and, if it says {@code sum}, with
 * their checksum.
 */
public final class LargeAgent implements Agent {
  private AgentContext context;
  private Buffer state = Buffer.buffer();

  @Override
  public Future<?> start(AgentContext agent) {
    context = agent;
    return Future.succeededFuture();
  }

  @Override
  public Future<?> receive(AgentMessage message) {
    JsonObject body = message.json();
    if (body.containsKey("fill")) {
      byte[] bytes = new byte[body.getInteger("fill")];
      new Random(body.getLong("seed")).nextBytes(bytes);
      state = Buffer.buffer(bytes);
    }
    JsonObject answer =
        new JsonObject().put("bytes", state.length()).put("node", context.nodeId());
    return Future.succeededFuture(
        body.getBoolean("sum", false) ? answer.put("sum", checksum(state.getBytes())) : answer);
  }

  /** Of what {@code fill} of that size and seed makes. */
  static long checksum(int bytes, long seed) {
    byte[] filled = new byte[bytes];
    new Random(seed).nextBytes(filled);
    return checksum(filled);
  }

  private static long checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return crc.getValue();
  }

  @Override
  public Buffer snapshot() {
    return state;
  }

  @Override
  public Future<?> restore(Buffer kept, int version) {
    state = kept;
    return Future.succeededFuture();
  }
}
