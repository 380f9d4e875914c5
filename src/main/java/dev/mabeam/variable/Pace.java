package dev.mabeam.variable;

import dev.mabeam.time.Scheduler;
import java.time.Duration;

/** Lets so many through in each period, and no more. */
final class Pace {
  private final int most;
  private final long periodNanos;
  private final Scheduler scheduler;
  private long sinceNanos;
  private int passed;

  Pace(int most, Duration period, Scheduler scheduler) {
    this.most = most;
    this.periodNanos = period.toNanos();
    this.scheduler = scheduler;
    this.sinceNanos = scheduler.nanos();
  }

  boolean passes() {
    long now = scheduler.nanos();
    if (now - sinceNanos >= periodNanos) {
      sinceNanos = now;
      passed = 0;
    }
    return passed++ < most;
  }
}
