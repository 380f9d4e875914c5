package dev.mabeam.migration;

import dev.mabeam.link.Checksum;
import io.vertx.core.buffer.Buffer;

/** What goes over the link: pieces of a state, and how many of them have come. */
final class ChunkFrames {
  static final byte CHUNK = 64;
  static final byte RECEIVED = 65;
  private static final byte VERSION = 1;
  private static final int HEADER = 1 + 8 + 4 + 4 + 4;

  private ChunkFrames() {}

  /**
   * One piece of a state.
   *
   * @param move which move it belongs to
   * @param count how many there are
   */
  record Chunk(long move, int index, int count, Buffer bytes) {
    Buffer encode() {
      return Buffer.buffer(HEADER + bytes.length())
          .appendByte(VERSION)
          .appendLong(move)
          .appendInt(index)
          .appendInt(count)
          .appendInt(checksum(bytes))
          .appendBuffer(bytes);
    }

    /** Null if it is damaged: it will be sent again. */
    static Chunk decode(Buffer frame) {
      if (frame.length() < HEADER) {
        return null;
      }
      Buffer bytes = frame.slice(HEADER, frame.length());
      return frame.getInt(17) == checksum(bytes)
          ? new Chunk(frame.getLong(1), frame.getInt(9), frame.getInt(13), bytes)
          : null;
    }
  }

  /**
   * What has come of a move.
   *
   * @param next the first one that has not; negative if the move is not known
   */
  record Received(long move, int next) {
    Buffer encode() {
      return Buffer.buffer(13).appendByte(VERSION).appendLong(move).appendInt(next);
    }

    static Received decode(Buffer frame) {
      return frame.length() < 13 ? null : new Received(frame.getLong(1), frame.getInt(9));
    }
  }

  private static int checksum(Buffer bytes) {
    return (int) Checksum.of(bytes);
  }
}
