package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Writes what {@link Unpacker} reads: numbers of variable length, texts and bytes with theirs. */
public final class Packer {
  /** Where a part's length goes, when it is known: any length fits. */
  private static final byte[] PART_LENGTH = new byte[5];

  private final Buffer buffer;

  public Packer() {
    this(Buffer.buffer(64));
  }

  public Packer(Buffer buffer) {
    this.buffer = buffer;
  }

  public Packer octet(int value) {
    buffer.appendByte((byte) value);
    return this;
  }

  /** Seven bits a byte, the lowest first; numbers that are not negative are short. */
  public Packer number(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      buffer.appendByte((byte) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    buffer.appendByte((byte) rest);
    return this;
  }

  public Packer flag(boolean value) {
    return octet(value ? 1 : 0);
  }

  public Packer text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    number(bytes.length);
    buffer.appendBytes(bytes);
    return this;
  }

  public Packer bytes(Buffer value) {
    number(value.length());
    buffer.appendBuffer(value);
    return this;
  }

  /** What {@code write} appends, as {@link #bytes} would it. */
  public Packer part(Runnable write) {
    int start = buffer.length();
    buffer.appendBytes(PART_LENGTH);
    write.run();
    int length = buffer.length() - start - PART_LENGTH.length;
    int last = PART_LENGTH.length - 1;
    for (int i = 0; i <= last; i++) {
      int more = i < last ? 0x80 : 0;
      buffer.setByte(start + i, (byte) (length >>> 7 * i & 0x7f | more));
    }
    return this;
  }

  /** What was written so far; goes on growing. */
  public Buffer buffer() {
    return buffer;
  }

  public int length() {
    return buffer.length();
  }
}
