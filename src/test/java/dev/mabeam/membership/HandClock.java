package dev.mabeam.membership;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A clock that a test turns; periodic tasks run as late as {@link #stall} makes them. */
final class HandClock implements Scheduler {
  private record Periodic(Duration period, Runnable task, long[] next) {}

  private final List<Periodic> periodic = new ArrayList<>();
  private long nanos;

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public long wallMillis() {
    return nanos / 1_000_000;
  }

  @Override
  public Scheduled after(Duration delay, Runnable task) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Scheduled every(Duration period, Runnable task) {
    Periodic timer = new Periodic(period, task, new long[] {nanos + period.toNanos()});
    periodic.add(timer);
    return () -> periodic.remove(timer);
  }

  int timers() {
    return periodic.size();
  }

  /** Lets time pass with every timer on time. */
  void turn(Duration span) {
    long end = nanos + span.toNanos();
    while (nanos < end) {
      nanos = Math.min(end, nanos + 1_000_000);
      runDue();
    }
  }

  /** Lets time pass in one step, as when the loop is stuck. */
  void stall(Duration span) {
    nanos += span.toNanos();
    runDue();
  }

  private void runDue() {
    for (Periodic timer : List.copyOf(periodic)) {
      if (timer.next[0] <= nanos) {
        timer.next[0] = nanos + timer.period.toNanos();
        timer.task.run();
      }
    }
  }
}
