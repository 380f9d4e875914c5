package dev.mabeam.consensus;

import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Cuts messages that are too long for one frame, such as images, into pieces, and puts them
 * together again at the other side. What came incomplete is forgotten when the same sender begins
 * another.
 */
final class Pieces {
  /** What a piece carries; a frame may be larger, but heartbeats wait behind it. */
  static final int MAX_PIECE = 1024 * 1024;

  private static final int MAX_MESSAGE = 512 * 1024 * 1024;

  private final String group;
  private final Endpoint self;
  private final Map<Endpoint, Partial> partials = new HashMap<>();
  private long lastId;

  Pieces(String group, Endpoint self, long firstId) {
    this.group = group;
    this.self = self;
    this.lastId = firstId;
  }

  void cut(Endpoint to, Buffer message, Consumer<Buffer> out) {
    if (message.length() <= MAX_PIECE) {
      out.accept(message);
      return;
    }
    long id = ++lastId;
    for (int at = 0; at < message.length(); at += MAX_PIECE) {
      Buffer piece =
          LogCodec.begin(LogCodec.PIECE, group, to, self, 0, MAX_PIECE + 256)
              .appendLong(id)
              .appendInt(at)
              .appendInt(message.length());
      LogWire.writeBytes(
          piece, message.getBuffer(at, Math.min(at + MAX_PIECE, message.length())));
      out.accept(piece);
    }
  }

  /** Returns the whole message if this was its last piece, else null. */
  Buffer join(Buffer piece) {
    LogWire in = LogCodec.open(group, self, piece);
    if (in == null) {
      return null;
    }
    Endpoint from = in.readEndpoint();
    in.readInt();
    long id = in.readLong();
    int at = in.readInt();
    int length = in.readInt();
    if (length > MAX_MESSAGE) {
      throw new IllegalArgumentException("a message of " + length + " bytes is too long");
    }
    Partial partial = partials.get(from);
    if (at == 0) {
      partial = new Partial(id, Buffer.buffer(length));
      partials.put(from, partial);
    }
    if (partial == null || partial.id != id || partial.bytes.length() != at) {
      partials.remove(from);
      return null;
    }
    partial.bytes.appendBuffer(in.readBytes());
    if (partial.bytes.length() < length) {
      return null;
    }
    partials.remove(from);
    return partial.bytes;
  }

  private record Partial(long id, Buffer bytes) {}
}
