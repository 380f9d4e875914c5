package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the canonical binary form: numbers with the highest byte first, lengths before bytes. */
final class Packer {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Packer u8(int value) {
    out.write(value);
    return this;
  }

  Packer u16(int value) {
    return raw(ByteBuffer.allocate(2).putShort((short) value).array());
  }

  Packer u32(int value) {
    return raw(ByteBuffer.allocate(4).putInt(value).array());
  }

  Packer u64(long value) {
    return raw(ByteBuffer.allocate(8).putLong(value).array());
  }

  Packer hash(Hash hash) {
    return raw(hash.bytes());
  }

  Packer text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return u16(bytes.length).raw(bytes);
  }

  Packer time(HybridTime time) {
    return u64(time.millis()).u64(time.counter());
  }

  /** With its length before it. */
  Packer bytes(byte[] bytes) {
    return u32(bytes.length).raw(bytes);
  }

  Packer raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  byte[] done() {
    return out.toByteArray();
  }
}
