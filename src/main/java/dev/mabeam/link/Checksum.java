package dev.mabeam.link;

import io.vertx.core.buffer.Buffer;
import java.util.zip.CRC32C;

/** CRC32C of a buffer, without a copy of all of it. */
public final class Checksum {
  private static final int BLOCK = 8 * 1024;

  private Checksum() {}

  public static long of(Buffer bytes) {
    CRC32C crc = new CRC32C();
    update(crc, bytes);
    return crc.getValue();
  }

  static void update(CRC32C crc, Buffer bytes) {
    int length = bytes.length();
    byte[] block = new byte[Math.min(BLOCK, length)];
    for (int at = 0; at < length; at += block.length) {
      int end = Math.min(length, at + block.length);
      bytes.getBytes(at, end, block);
      crc.update(block, 0, end - at);
    }
  }
}
