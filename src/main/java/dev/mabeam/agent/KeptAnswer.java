package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;

/** What became of a message, as it is kept for whoever asks again. Immutable. */
final class KeptAnswer {
  private static final byte VALUE = 0;
  private static final byte FAILURE = 1;

  /** Of a message that nobody waits for an answer of. */
  static final KeptAnswer NONE = new KeptAnswer(null, null, 0);

  private final Object encoded;
  private final MabeamException failure;
  private final int size;

  private KeptAnswer(Object encoded, MabeamException failure, int size) {
    this.encoded = encoded;
    this.failure = failure;
    this.size = size;
  }

  /**
   * An answer.
   *
   * @throws io.vertx.core.json.EncodeException or IllegalStateException if it has something in it
   *     that cannot travel
   */
  static KeptAnswer of(Object value) {
    Object encoded = Body.encoded(value instanceof Buffer buffer ? buffer.copy() : value);
    return new KeptAnswer(encoded, null, Body.size(encoded));
  }

  /** What the agent failed with. */
  static KeptAnswer of(MabeamException failure) {
    return new KeptAnswer(null, failure, 100 + String.valueOf(failure.getMessage()).length());
  }

  /** A copy of the answer. */
  Object value() {
    return Body.decoded(encoded);
  }

  /** The answer as {@link Body#write} takes it. */
  Object encoded() {
    return encoded;
  }

  /** Null if there is an answer. */
  MabeamException failure() {
    return failure;
  }

  /** About how many bytes it takes. */
  int size() {
    return size;
  }

  void write(Buffer to) {
    if (failure == null) {
      Body.write(to.appendByte(VALUE), encoded);
    } else {
      Frames.write(to.appendByte(FAILURE), failure);
    }
  }

  /** INVALID if these bytes are none. */
  static KeptAnswer read(Buffer from, int start, int end) {
    if (from.getByte(start) == FAILURE) {
      return of(Frames.readFailure(from, start + 1));
    }
    Object encoded = Body.readEncoded(from, start + 1, end);
    return new KeptAnswer(encoded, null, Body.size(encoded));
  }
}
