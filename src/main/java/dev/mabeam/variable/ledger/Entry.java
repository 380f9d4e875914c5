package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;

/**
 * One write in a block.
 *
 * @param n its number among the writes of the block's author to this variable, from 1
 * @param stamp when it was written
 * @param value JSON in UTF-8, in the form of the variable's resolution
 */
record Entry(long n, HybridTime stamp, byte[] value) {
  private static final int VERSION = 1;
  private static final int WRITE = 1;

  byte[] encode() {
    return new Packer().u8(VERSION).u8(WRITE).u64(n).time(stamp).bytes(value).done();
  }

  static Entry decode(byte[] bytes) {
    Unpacker in = new Unpacker(bytes);
    int version = in.u8();
    int kind = in.u8();
    if (version != VERSION || kind != WRITE) {
      throw new Broken(
          Fault.Reason.VERSION, "a write of version " + version + " and kind " + kind);
    }
    Entry entry = new Entry(in.u64(), in.time(), in.bytes());
    in.end();
    return entry;
  }
}
