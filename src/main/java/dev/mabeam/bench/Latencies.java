package dev.mabeam.bench;

/**
 * How long things took: a histogram of nanoseconds in buckets that grow with the value, each at
 * most 1/64 wide. Recording allocates nothing. Not thread-safe.
 */
final class Latencies {
  private static final int BITS = 6;
  private static final int WIDTH = 1 << BITS;

  private final long[] counts = new long[(64 - BITS) * WIDTH];
  private long count;

  void record(long nanos) {
    counts[bucket(Math.max(0, nanos))]++;
    count++;
  }

  long count() {
    return count;
  }

  /**
   * The least value, give or take its bucket, that the share {@code quantile} of all values does
   * not exceed; 0 if there are none.
   */
  long nanosAt(double quantile) {
    long wanted = Math.max(1, (long) Math.ceil(quantile * count));
    long seen = 0;
    for (int bucket = 0; bucket < counts.length; bucket++) {
      seen += counts[bucket];
      if (seen >= wanted) {
        return highest(bucket);
      }
    }
    return 0;
  }

  /** Values below twice the width have a bucket each; above, each doubling has {@link #WIDTH}. */
  private static int bucket(long value) {
    int shift = Math.max(0, 64 - Long.numberOfLeadingZeros(value) - BITS - 1);
    return shift * WIDTH + (int) (value >>> shift);
  }

  private static long highest(int bucket) {
    if (bucket < 2 * WIDTH) {
      return bucket;
    }
    int shift = bucket / WIDTH - 1;
    return ((long) (bucket - shift * WIDTH + 1) << shift) - 1;
  }
}
