package dev.mabeam.time;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What is asked of a room from outside: it runs on the room's thread, and its outcome comes back on
 * the caller's context. Every call ends: what has not ended when the room closes fails then, since
 * whatever would have ended it may be gone. Any thread.
 */
public final class Calls {
  private final Executor thread;
  private final Supplier<? extends Throwable> closing;
  private final Set<Call<?>> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private record Call<T>(Promise<T> result, Context caller) {
    void end(AsyncResult<T> outcome) {
      if (caller == null) {
        complete(outcome);
      } else {
        caller.runOnContext(none -> complete(outcome));
      }
    }

    private void complete(AsyncResult<T> outcome) {
      if (outcome.succeeded()) {
        result.tryComplete(outcome.result());
      } else {
        result.tryFail(outcome.cause());
      }
    }

    void fail(Throwable why) {
      end(Future.failedFuture(why));
    }
  }

  /**
   * @param thread the room's
   * @param closing what a call fails with that does not end before {@link #close}
   */
  public Calls(Executor thread, Supplier<? extends Throwable> closing) {
    this.thread = thread;
    this.closing = closing;
  }

  /** Runs {@code task} on the room's thread; what it throws, the call fails with. */
  public <T> Future<T> call(Supplier<Future<T>> task) {
    Call<T> call = new Call<>(Promise.promise(), Vertx.currentContext());
    open.add(call);
    if (closed) {
      // Whoever closes may have been through already.
      open.remove(call);
      return Future.failedFuture(closing.get());
    }
    thread.execute(() -> run(task).onComplete(outcome -> ended(call, outcome)));
    return call.result().future();
  }

  private static <T> Future<T> run(Supplier<Future<T>> task) {
    try {
      return task.get();
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  private <T> void ended(Call<T> call, AsyncResult<T> outcome) {
    if (open.remove(call)) {
      call.end(outcome);
    }
  }

  /** Takes no more, and fails what has not ended. */
  public void close() {
    closed = true;
    for (Call<?> call : open) {
      if (open.remove(call)) {
        call.fail(closing.get());
      }
    }
  }
}
