package dev.mabeam.consensus;

import dev.mabeam.time.Scheduler;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** From any thread to the log's, taking along all that waits, and back to the caller's context. */
final class Hop {
  private static final int AT_A_TIME = 1_000;

  private final Scheduler scheduler;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean underWay = new AtomicBoolean();

  Hop(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  <T> Future<T> call(Supplier<Future<T>> action) {
    Promise<T> result = Promise.promise();
    Context caller = Vertx.currentContext();
    add(() -> act(action, caller, result));
    return result.future();
  }

  void run(Runnable task) {
    add(task);
  }

  private static <T> void act(Supplier<Future<T>> action, Context caller, Promise<T> result) {
    Future<T> outcome;
    try {
      outcome = action.get();
    } catch (RuntimeException defect) {
      outcome = Future.failedFuture(defect);
    }
    outcome.onComplete(done -> back(caller, done, result));
  }

  private static <T> void back(Context caller, AsyncResult<T> done, Promise<T> result) {
    if (caller == null) {
      complete(done, result);
    } else {
      caller.runOnContext(none -> complete(done, result));
    }
  }

  private static <T> void complete(AsyncResult<T> done, Promise<T> result) {
    if (done.succeeded()) {
      result.complete(done.result());
    } else {
      result.fail(done.cause());
    }
  }

  private void add(Runnable task) {
    tasks.add(task);
    if (underWay.compareAndSet(false, true)) {
      scheduler.execute(this::run);
    }
  }

  private void run() {
    for (int done = 0; done < AT_A_TIME; done++) {
      Runnable task = tasks.poll();
      if (task == null) {
        underWay.set(false);
        // Whoever added one before that saw a hop under way.
        if (tasks.isEmpty() || !underWay.compareAndSet(false, true)) {
          return;
        }
      } else {
        task.run();
      }
    }
    scheduler.execute(this::run);
  }
}
