package dev.mabeam.time;

import java.time.Duration;

/**
 * A clock and the timers that run on it, all on one thread (an event loop in production, the
 * simulation's thread in tests). Timers never run early and never run inside the call that sets
 * them.
 */
public interface Scheduler {
  /** Nanoseconds of a monotonic clock: for durations, meaningless as a date. */
  long nanos();

  /** Milliseconds since 1970 as this node's wall clock has it, which may be wrong or jump. */
  long wallMillis();

  /** Runs {@code task} after the present one, as soon as it can; such tasks keep their order. */
  default void execute(Runnable task) {
    after(Duration.ZERO, task);
  }

  /**
   * Runs {@code task} once, {@code delay} from now. Two timers for the same moment keep no order if
   * they are not set on the scheduler's own thread.
   */
  Scheduled after(Duration delay, Runnable task);

  /** Runs {@code task} every {@code period}, the first time one period from now. */
  Scheduled every(Duration period, Runnable task);

  /** A timer that can still be stopped. */
  @FunctionalInterface
  interface Scheduled {
    /** Stops the timer; does nothing when it has run or was stopped. */
    void cancel();
  }
}
