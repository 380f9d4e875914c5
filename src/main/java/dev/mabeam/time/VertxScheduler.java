package dev.mabeam.time;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * {@link Scheduler} on a Vert.x context: tasks run on that context, whoever sets them. Once its
 * Vert.x is closed nothing runs any more, and what is set then is dropped: the last callbacks of a
 * node that closes come from rooms that close after this one.
 */
public final class VertxScheduler implements Scheduler {
  private final Vertx vertx;
  private final Context context;

  public VertxScheduler(Vertx vertx, Context context) {
    this.vertx = vertx;
    this.context = context;
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }

  /** Other than the timers this may be called on any thread, and still runs on the context. */
  @Override
  public void execute(Runnable task) {
    try {
      context.runOnContext(none -> task.run());
    } catch (RejectedExecutionException closed) {
      // As said above: dropped.
    }
  }

  @Override
  public Scheduled after(Duration delay, Runnable task) {
    return set(
        () -> vertx.setTimer(atLeastOne(delay), timer -> context.runOnContext(run -> task.run())));
  }

  @Override
  public Scheduled every(Duration period, Runnable task) {
    return set(
        () ->
            vertx.setPeriodic(
                atLeastOne(period), timer -> context.runOnContext(run -> task.run())));
  }

  private Scheduled set(LongSupplier timer) {
    try {
      long id = timer.getAsLong();
      return () -> vertx.cancelTimer(id);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  private static long atLeastOne(Duration duration) {
    return Math.max(1, duration.toMillis());
  }
}
