package dev.mabeam.consensus;

import dev.mabeam.time.Scheduler;
import io.microraft.executor.RaftNodeExecutor;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The engine's thread and clock, which are the scheduler's, at {@link #SPEED} times the speed: its
 * settings are whole seconds, and a leader's silence has to be noticed in half of one.
 *
 * <p>What the engine executes runs at once when nothing of it is running, else right after that.
 * What it submits waits for everything that the thread has to do already: that is how one force of
 * the disk serves all entries that came meanwhile.
 */
final class EngineThread implements RaftNodeExecutor {
  static final int SPEED = 4;

  private final Scheduler scheduler;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean busy;

  EngineThread(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Override
  public void execute(Runnable task) {
    waiting.add(task);
    if (busy) {
      return;
    }
    busy = true;
    try {
      for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
        next.run();
      }
    } finally {
      busy = false;
    }
  }

  @Override
  public void submit(Runnable task) {
    scheduler.execute(() -> execute(task));
  }

  @Override
  public void schedule(Runnable task, long delay, TimeUnit unit) {
    scheduler.after(Duration.ofNanos(unit.toNanos(delay) / SPEED), () -> execute(task));
  }

  Clock clock() {
    return new FastClock(scheduler);
  }

  private static final class FastClock extends Clock {
    private final Scheduler scheduler;
    private final long beginNanos;

    FastClock(Scheduler scheduler) {
      this.scheduler = scheduler;
      this.beginNanos = scheduler.nanos();
    }

    /** Counted from its beginning; never below 1, which the engine takes for "not yet". */
    @Override
    public long millis() {
      return (scheduler.nanos() - beginNanos) / (1_000_000 / SPEED) + 1_000_000;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
