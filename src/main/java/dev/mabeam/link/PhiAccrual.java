package dev.mabeam.link;

import java.time.Duration;

/**
 * How unlikely it is that a peer that is silent for so long is still there, judged by its own
 * rhythm: phi 1 is one in ten, phi 8 one in a hundred million (Hayashibara et al., 2004).
 *
 * <p>One long gap, such as a collector's pause on either side, does not make the detector blunt: a
 * gap counts as at most {@link #CLIP} expected intervals in the statistics. A peer that is slow
 * all the time does widen them. A pause of this node itself has to be taken out by
 * {@link #forgive}, or all peers would look silent after it.
 */
final class PhiAccrual {
  private static final int WINDOW = 100;
  /** How many expected intervals a gap counts for at most. */
  static final double CLIP = 3;
  /** Scheduling on a busy machine is never better than this, however regular it looked so far. */
  private static final double LEAST_DEVIATION_SHARE = 0.4;

  private final double expectedNanos;
  private final double[] intervals = new double[WINDOW];
  private int count;
  private int next;
  private double sum;
  private double sumOfSquares;
  private long lastNanos;

  /** Starts as if the peer had been heard of now. */
  PhiAccrual(Duration expected, long nowNanos) {
    expectedNanos = expected.toNanos();
    lastNanos = nowNanos;
    // Two made-up intervals, so that the first real ones are not judged too sharply.
    add(expectedNanos * 0.5);
    add(expectedNanos * 1.5);
  }

  /** A sign of life. */
  void heard(long nowNanos) {
    add(Math.min(nowNanos - lastNanos, expectedNanos * CLIP));
    lastNanos = nowNanos;
  }

  /** This node itself was away for so long: that silence is not the peer's. */
  void forgive(long nanos) {
    lastNanos += nanos;
  }

  long silentNanos(long nowNanos) {
    return Math.max(0, nowNanos - lastNanos);
  }

  /** 0 right after a sign of life, then growing without a jump; capped at 100. */
  double phi(long nowNanos) {
    double mean = sum / count;
    double variance = Math.max(0, sumOfSquares / count - mean * mean);
    double deviation = Math.max(Math.sqrt(variance), expectedNanos * LEAST_DEVIATION_SHARE);
    double y = (silentNanos(nowNanos) - mean) / deviation;
    // The logistic approximation of the normal distribution's tail.
    double exponent = y * (1.5976 + 0.070566 * y * y);
    double phi = Math.log1p(Math.exp(exponent)) / Math.log(10);
    return Double.isInfinite(phi) ? 100 : Math.min(100, phi);
  }

  private void add(double interval) {
    if (count == WINDOW) {
      double old = intervals[next];
      sum -= old;
      sumOfSquares -= old * old;
    } else {
      count++;
    }
    intervals[next] = interval;
    next = (next + 1) % WINDOW;
    sum += interval;
    sumOfSquares += interval * interval;
  }
}
