package dev.mabeam.bench;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A closed loop: so many operations are under way at any time, each that ends starts the next, for
 * as long as the round lasts. All on one context, as a client on one event loop would.
 */
final class Flood {
  private final Context context;
  private final Supplier<Future<?>> operation;
  private final Promise<Measured> result = Promise.promise();
  private final Latencies latencies = new Latencies();
  private final long nanos;
  private long end;
  private int underWay;
  private long failed;
  private String failure = "";

  private Flood(Context context, Supplier<Future<?>> operation, Duration length) {
    this.context = context;
    this.operation = operation;
    this.nanos = length.toNanos();
  }

  /** Completes when the last operation of the round has ended. */
  static Future<Measured> run(
      Context context, Supplier<Future<?>> operation, int outstanding, Duration length) {
    Flood flood = new Flood(context, operation, length);
    context.runOnContext(none -> flood.start(outstanding));
    return flood.result.future();
  }

  private void start(int outstanding) {
    end = System.nanoTime() + nanos;
    for (int i = 0; i < outstanding; i++) {
      next();
    }
  }

  private void next() {
    underWay++;
    long started = System.nanoTime();
    Future<?> future = operation.get();
    if (future.isComplete()) {
      // It would start the next one inside this one, and that the next.
      context.runOnContext(none -> ended(started, future));
    } else {
      future.onComplete(ended -> ended(started, ended));
    }
  }

  private void ended(long started, AsyncResult<?> outcome) {
    if (Vertx.currentContext() == context) {
      endedHere(started, outcome);
    } else {
      context.runOnContext(none -> endedHere(started, outcome));
    }
  }

  private void endedHere(long started, AsyncResult<?> outcome) {
    long now = System.nanoTime();
    underWay--;
    if (outcome.failed()) {
      failed++;
      failure = failure.isEmpty() ? String.valueOf(outcome.cause()) : failure;
    } else if (now - end <= 0) {
      latencies.record(now - started);
    }
    if (now - end < 0) {
      next();
    } else if (underWay == 0) {
      result.complete(Measured.of(latencies, nanos, failed, failure));
    }
  }
}
