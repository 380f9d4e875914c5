package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Frames as bytes: length of the payload (4), type (1), CRC32C of type and payload (4), payload. A
 * decoder belongs to one connection and takes its bytes in whatever pieces they come.
 */
final class FrameCodec {
  static final int HEADER = 9;
  /** Longer ones are taken for garbage, before anything is kept for them. */
  static final int MAX_PAYLOAD = 16 * 1024 * 1024;

  /** What is kept for a frame at once, however long it says it is. */
  private static final int AT_ONCE = 1024 * 1024;

  /** A frame of which not everything has come; empty if there is none. */
  private Buffer begun = Buffer.buffer();

  static Buffer encode(Frame frame) {
    Buffer payload = frame.payload();
    if (payload.length() > MAX_PAYLOAD) {
      throw new IllegalArgumentException("a frame of " + payload.length() + " bytes is too long");
    }
    return Buffer.buffer(HEADER + payload.length())
        .appendInt(payload.length())
        .appendByte(frame.type())
        .appendInt(checksum(frame.type(), payload))
        .appendBuffer(payload);
  }

  /**
   * Takes the next bytes and hands out every frame that they complete.
   *
   * @throws MalformedFrameException after which the connection is of no use any more
   */
  void decode(Buffer bytes, Consumer<Frame> frames) {
    int at = 0;
    while (at < bytes.length()) {
      int left = bytes.length() - at;
      if (begun.length() == 0 && left >= HEADER && left - HEADER >= length(bytes, at)) {
        int end = at + HEADER + length(bytes, at);
        frames.accept(frame(bytes, at, bytes.getBuffer(at + HEADER, end)));
        at = end;
      } else {
        at += begin(bytes, at);
        if (lacking() == 0) {
          Buffer whole = begun;
          begun = Buffer.buffer();
          frames.accept(frame(whole, 0, whole.slice(HEADER, whole.length())));
        }
      }
    }
  }

  /** Keeps what belongs to a frame that has begun; how much that is. */
  private int begin(Buffer bytes, int at) {
    int taken = Math.min(lacking(), bytes.length() - at);
    begun.appendBuffer(bytes, at, taken);
    if (begun.length() == HEADER) {
      // All of it has one place, so that nothing is copied while it grows.
      begun = Buffer.buffer(Math.min(AT_ONCE, HEADER + length(begun, 0))).appendBuffer(begun);
    }
    return taken;
  }

  /** How many bytes of the header, or of the frame, have not come. */
  private int lacking() {
    int whole = begun.length() < HEADER ? HEADER : HEADER + length(begun, 0);
    return whole - begun.length();
  }

  private static int length(Buffer from, int at) {
    int length = from.getInt(at);
    if (length < 0 || length > MAX_PAYLOAD) {
      throw new MalformedFrameException("frame of " + length + " bytes");
    }
    return length;
  }

  private static Frame frame(Buffer from, int at, Buffer payload) {
    byte type = from.getByte(at + 4);
    if (from.getInt(at + 5) != checksum(type, payload)) {
      throw new MalformedFrameException("frame of type " + type + " with a wrong checksum");
    }
    return new Frame(type, payload);
  }

  private static int checksum(byte type, Buffer payload) {
    CRC32C crc = new CRC32C();
    crc.update(type);
    Checksum.update(crc, payload);
    return (int) crc.getValue();
  }

  /** Bytes that no peer of ours sends. */
  static final class MalformedFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MalformedFrameException(String message) {
      super(message);
    }
  }
}
