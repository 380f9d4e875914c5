package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;

/** Reads what {@link Packer} wrote. What is too short or makes no sense is a {@link Malformed}. */
public final class Unpacker {
  /** It was not written by {@link Packer}, or by a later version. */
  public static final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Malformed(String message) {
      super(message);
    }
  }

  private final Buffer buffer;
  private final int end;
  private int at;

  public Unpacker(Buffer buffer) {
    this(buffer, 0, buffer.length());
  }

  private Unpacker(Buffer buffer, int at, int end) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
  }

  public int octet() {
    require(1);
    return buffer.getByte(at++) & 0xff;
  }

  public long number() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = octet();
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new Malformed("a number of more than ten bytes");
  }

  public boolean flag() {
    return octet() != 0;
  }

  public String text() {
    int length = length();
    String value = buffer.getString(at, at + length);
    at += length;
    return value;
  }

  public Buffer bytes() {
    int length = length();
    Buffer value = buffer.getBuffer(at, at + length);
    at += length;
    return value;
  }

  /** Reads what {@link #bytes} would return, without a copy of it. */
  public Unpacker part() {
    int length = length();
    at += length;
    return new Unpacker(buffer, at - length, at);
  }

  /** What is left, without a copy of it. */
  public Buffer rest() {
    Buffer rest = buffer.slice(at, end);
    at = end;
    return rest;
  }

  /** How many things follow, each of at least one byte. */
  public int count() {
    return length();
  }

  public boolean done() {
    return at == end;
  }

  /** Later versions of a thing begin with another number. */
  public Unpacker version(int known, String what) {
    int version = octet();
    if (version != known) {
      throw new Malformed("version " + version + " of " + what + "; known is " + known);
    }
    return this;
  }

  private int length() {
    long length = number();
    if (length < 0 || length > end - at) {
      throw new Malformed("a length of " + length + " with " + (end - at) + " left");
    }
    return (int) length;
  }

  private void require(int bytes) {
    if (end - at < bytes) {
      throw new Malformed("cut off after " + end + " bytes");
    }
  }
}
