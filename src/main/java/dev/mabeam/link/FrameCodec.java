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

  private Buffer rest = Buffer.buffer();

  static Buffer encode(Frame frame) {
    Buffer payload = frame.payload();
    if (payload.length() > MAX_PAYLOAD) {
      throw new IllegalArgumentException("a frame of " + payload.length() + " bytes is too long");
    }
    return Buffer.buffer(HEADER + payload.length())
        .appendInt(payload.length())
        .appendByte(frame.type())
        .appendInt(checksum(frame.type(), payload.getBytes()))
        .appendBuffer(payload);
  }

  /**
   * Takes the next bytes and hands out every frame that they complete.
   *
   * @throws MalformedFrameException after which the connection is of no use any more
   */
  void decode(Buffer bytes, Consumer<Frame> frames) {
    Buffer all = rest.length() == 0 ? bytes : rest.appendBuffer(bytes);
    int at = 0;
    while (all.length() - at >= HEADER) {
      int length = all.getInt(at);
      if (length < 0 || length > MAX_PAYLOAD) {
        throw new MalformedFrameException("frame of " + length + " bytes");
      }
      if (all.length() - at - HEADER < length) {
        break;
      }
      byte type = all.getByte(at + 4);
      byte[] payload = all.getBytes(at + HEADER, at + HEADER + length);
      if (all.getInt(at + 5) != checksum(type, payload)) {
        throw new MalformedFrameException("frame of type " + type + " with a wrong checksum");
      }
      frames.accept(new Frame(type, Buffer.buffer(payload)));
      at += HEADER + length;
    }
    rest = all.getBuffer(at, all.length());
  }

  private static int checksum(byte type, byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(type);
    crc.update(payload, 0, payload.length);
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
