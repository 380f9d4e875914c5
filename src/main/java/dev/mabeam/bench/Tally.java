package dev.mabeam.bench;

import io.vertx.core.buffer.Buffer;

/**
 * What a {@link TallyAgent} has had.
 *
 * @param last the highest number
 * @param missed numbers that had not come when a higher one did
 * @param node where it runs
 */
record Tally(long last, long duplicated, long missed, long epoch, String node) {
  /** Without the node. */
  static final int BYTES = 4 * Long.BYTES;

  Buffer encode() {
    return Buffer.buffer(BYTES + 32)
        .appendLong(last)
        .appendLong(duplicated)
        .appendLong(missed)
        .appendLong(epoch)
        .appendString(node);
  }

  static Tally decode(Buffer from) {
    return new Tally(
        from.getLong(0),
        from.getLong(8),
        from.getLong(16),
        from.getLong(24),
        from.getString(BYTES, from.length()));
  }
}
