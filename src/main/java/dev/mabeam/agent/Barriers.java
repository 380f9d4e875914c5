package dev.mabeam.agent;

import dev.mabeam.consensus.Decisions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Executor;

/**
 * Catches up with what is decided, once for all who ask meanwhile: an id that nobody knows costs
 * the cluster one question at a time, however often it is asked for. On the room's context.
 */
final class Barriers {
  private final Decisions decisions;
  private final Executor context;
  private Promise<Void> inFlight;
  /** Who asks while one is under way may know of something decided after it began. */
  private Promise<Void> next;

  Barriers(Decisions decisions, Executor context) {
    this.decisions = decisions;
    this.context = context;
  }

  /** Completes when this node's copy has everything that was decided before the call. */
  Future<Void> pass() {
    if (inFlight != null) {
      if (next == null) {
        next = Promise.promise();
      }
      return next.future();
    }
    Promise<Void> promise = Promise.promise();
    begin(promise);
    return promise.future();
  }

  private void begin(Promise<Void> promise) {
    inFlight = promise;
    decisions
        .barrier(Decisions.DEFAULT_DEADLINE)
        .onComplete(
            passed ->
                context.execute(
                    () -> {
                      inFlight = null;
                      if (next != null) {
                        Promise<Void> following = next;
                        next = null;
                        begin(following);
                      }
                      promise.handle(passed);
                    }));
  }
}
