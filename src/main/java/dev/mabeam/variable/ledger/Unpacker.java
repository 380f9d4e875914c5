package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads what {@link Packer} wrote. Strict: whatever has another form than the one that is written,
 * is too short or too long, is {@link Fault.Reason#MALFORMED}.
 */
final class Unpacker {
  private final ByteBuffer in;

  Unpacker(byte[] bytes) {
    in = ByteBuffer.wrap(bytes);
  }

  int u8() {
    require(1);
    return in.get() & 0xff;
  }

  int u16() {
    require(2);
    return in.getShort() & 0xffff;
  }

  int u32() {
    require(4);
    int value = in.getInt();
    if (value < 0) {
      throw malformed("a length of " + Integer.toUnsignedString(value));
    }
    return value;
  }

  /** From 0 up. */
  long u64() {
    require(8);
    long value = in.getLong();
    if (value < 0) {
      throw malformed("a number of " + Long.toUnsignedString(value));
    }
    return value;
  }

  Hash hash() {
    return Hash.of(raw(Hash.LENGTH));
  }

  String text() {
    byte[] bytes = raw(u16());
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException notText) {
      throw malformed("a text that is no UTF-8");
    }
  }

  HybridTime time() {
    return new HybridTime(u64(), u64());
  }

  byte[] bytes() {
    return raw(u32());
  }

  byte[] raw(int length) {
    require(length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  boolean isDone() {
    return !in.hasRemaining();
  }

  int at() {
    return in.position();
  }

  void end() {
    if (!isDone()) {
      throw malformed(in.remaining() + " bytes too many");
    }
  }

  private void require(int length) {
    if (in.remaining() < length) {
      throw malformed("only " + in.remaining() + " of " + length + " bytes");
    }
  }

  static Broken malformed(String what) {
    return new Broken(Fault.Reason.MALFORMED, what);
  }
}
