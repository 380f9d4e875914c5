package dev.mabeam.agent;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;

/**
 * The thread of one agent, or of several: where all of their code runs, one task at a time.
 *
 * @param executor runs tasks there, in order
 * @param queue the same for what should not crowd others out
 * @param toCheckpoints what it has for the checkpoints' thread
 * @param fromCheckpoints what that has for this; there only
 */
record Home(Executor executor, RunQueue queue, Bundle toCheckpoints, Bundle fromCheckpoints) {
  static Home on(Executor executor) {
    return new Home(executor, new RunQueue(executor), new Bundle(), new Bundle());
  }

  /** Calls {@code task} there, and ends as it does, or as what it returns; null is an end. */
  <T> Future<T> call(Callable<Future<? extends T>> task) {
    Promise<T> result = Promise.promise();
    executor.execute(
        () -> {
          try {
            Future<? extends T> done = task.call();
            if (done == null) {
              result.complete();
            } else {
              done.onComplete(result::complete, result::fail);
            }
          } catch (Throwable failure) {
            result.fail(failure);
          }
        });
    return result.future();
  }
}
