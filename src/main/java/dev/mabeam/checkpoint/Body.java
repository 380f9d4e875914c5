package dev.mabeam.checkpoint;

import io.vertx.core.buffer.Buffer;

/** A whole {@link Update} as its bytes, cut into pieces without being put together. */
final class Body {
  /** What a piece carries. */
  static final int PIECE = 256 * 1024;

  /** The longest that can be kept. */
  static final int MAX = 1024 * 1024 * 1024;

  private final Buffer header;
  private final Buffer base;

  Body(Update whole) {
    this.header = whole.header();
    this.base = whole.base();
  }

  long length() {
    return (long) header.length() + base.length();
  }

  /** The piece that begins there. */
  Buffer from(long offset) {
    int end = (int) Math.min(offset + PIECE, length());
    int at = (int) offset;
    if (at >= header.length()) {
      return base.slice(at - header.length(), end - header.length());
    }
    Buffer piece = header.getBuffer(at, Math.min(end, header.length()));
    return end > header.length()
        ? piece.appendBuffer(base.slice(0, end - header.length()))
        : piece;
  }
}
