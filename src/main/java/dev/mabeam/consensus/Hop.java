package dev.mabeam.consensus;

import dev.mabeam.time.Scheduler;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** From any thread to the log's, taking along all that waits, and back to the caller's context. */
final class Hop {
  private final Executor toLog;

  Hop(Scheduler scheduler) {
    this.toLog = new dev.mabeam.time.Hop(scheduler::execute);
  }

  <T> Future<T> call(Supplier<Future<T>> action) {
    Promise<T> result = Promise.promise();
    Context caller = Vertx.currentContext();
    toLog.execute(() -> act(action, caller, result));
    return result.future();
  }

  void run(Runnable task) {
    toLog.execute(task);
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
}
