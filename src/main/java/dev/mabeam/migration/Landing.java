package dev.mabeam.migration;

import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Arrival;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.migration.ChunkFrames.Chunk;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/**
 * One agent on its way to this node: what has come of it, and what was made of that. What is
 * allowed when is in {@link Landings}; the protocol is on {@link Handoff}.
 */
final class Landing {
  enum State {
    /** A place is kept, and its state may be coming. */
    RESERVED,
    /** All of it has come, and the agent is being made. */
    RESTORING,
    /** It is made, and waits for the decision. */
    READY,
    /** It will not be this node's, or is. */
    ENDED
  }

  final long move;
  final AgentSpec spec;
  final long epoch;
  final String source;
  final Promise<Void> restored = Promise.promise();
  State state = State.RESERVED;
  Arrival arrival;
  long heardNanos;
  /** Its source has said what is to come. */
  boolean expected;
  /** Its source is asked how it is. */
  boolean asking;
  /** Completes when the agent takes messages here; null as long as it is not made. */
  Future<Void> running;
  private final Promise<Void> complete = Promise.promise();
  private Buffer received;
  private int count = -1;
  private int next;
  private JsonObject manifest;

  Landing(long move, AgentSpec spec, long epoch, String source, long nowNanos) {
    this.move = move;
    this.spec = spec;
    this.epoch = epoch;
    this.source = source;
    heardNanos = nowNanos;
  }

  /** Takes that chunk if it is the next one; how many have come. */
  int take(Chunk chunk) {
    if (count < 0) {
      count = Math.min(chunk.count(), Cargo.MOST_CHUNKS);
      received = count == 1 ? Buffer.buffer() : Buffer.buffer(count * Cargo.CHUNK);
    }
    if (chunk.index() == next && next < count) {
      received.appendBuffer(chunk.bytes());
      next++;
      completeIfWhole();
    }
    return next;
  }

  /** What is to come; completes when it has. */
  Future<Buffer> expect(JsonObject whatComes) {
    manifest = whatComes;
    completeIfWhole();
    return complete.future().map(whole -> takeReceived());
  }

  private void completeIfWhole() {
    if (manifest != null && next == manifest.getInteger("chunks")) {
      complete.tryComplete();
    }
  }

  /** Once: this is kept for a while after the agent was made, and its bytes are not. */
  private Buffer takeReceived() {
    Buffer all = received == null ? Buffer.buffer() : received;
    received = null;
    return all;
  }

  boolean whole() {
    return complete.future().isComplete();
  }

  /** It is given up: whoever waits for it hears. */
  void end(String why) {
    state = State.ENDED;
    received = null;
    MabeamException over =
        new MabeamException(
            ErrorCode.UNAVAILABLE,
            "agent '" + spec.id() + "' is not taken over: " + why,
            "it goes on where it was; try again");
    complete.tryFail(over);
    restored.tryFail(over);
  }
}
