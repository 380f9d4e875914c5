package dev.mabeam.verticle;

import dev.mabeam.grid.Knowledge;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The one entry that this node keeps in a replicated map. Writes go one after another, and those
 * that are asked for meanwhile become a single one with the newest value.
 */
final class OwnEntry {
  private final Knowledge knowledge;
  private final Supplier<String> key;
  private final Supplier<JsonObject> value;
  private final Executor context;
  private Promise<Void> inFlight;
  private Promise<Void> next;

  OwnEntry(
      Knowledge knowledge,
      Supplier<String> key,
      Supplier<JsonObject> value,
      Executor context) {
    this.knowledge = knowledge;
    this.key = key;
    this.value = value;
    this.context = context;
  }

  /** Puts the value as it is now, or newer. */
  Future<Void> put() {
    if (inFlight != null) {
      if (next == null) {
        next = Promise.promise();
      }
      return next.future();
    }
    Promise<Void> promise = Promise.promise();
    write(promise);
    return promise.future();
  }

  private void write(Promise<Void> promise) {
    inFlight = promise;
    knowledge
        .put(key.get(), value.get())
        .onComplete(written -> context.execute(() -> written(promise, written)));
  }

  private void written(Promise<Void> promise, AsyncResult<Void> result) {
    inFlight = null;
    if (next != null) {
      Promise<Void> following = next;
      next = null;
      write(following);
    }
    promise.handle(result);
  }

  /** Whether this node's copy of the map holds something else than the value. */
  boolean differs() {
    return !value.get().equals(knowledge.entries().get(key.get()));
  }
}
