package dev.mabeam.consensus;

import dev.mabeam.time.Scheduler;
import java.time.Duration;

/** A node's clock that runs at its own rate, from its own beginning. */
final class SkewedClock implements Scheduler {
  private final Scheduler real;
  private final double rate;
  private final long offset;

  /**
   * @param rate seconds of this clock in a second
   */
  SkewedClock(Scheduler real, double rate, long offset) {
    this.real = real;
    this.rate = rate;
    this.offset = offset;
  }

  @Override
  public long nanos() {
    return (long) (real.nanos() * rate) + offset;
  }

  @Override
  public long wallMillis() {
    return real.wallMillis();
  }

  /** A microsecond more, so that a timer is never early. */
  private Duration real(Duration mine) {
    return Duration.ofNanos((long) Math.ceil(mine.toNanos() / rate) + 1_000);
  }

  @Override
  public Scheduled after(Duration delay, Runnable task) {
    return real.after(real(delay), task);
  }

  @Override
  public Scheduled every(Duration period, Runnable task) {
    return real.every(real(period), task);
  }
}
