package dev.mabeam.checkpoint;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One key being sealed: who has promised, and what the newest is that any of these has. */
final class Sealing {
  /** Reads what a store found, as far as it did not send it along. */
  @FunctionalInterface
  interface Reader {
    Future<Update> read(String store, SealRequest request, Message.Found found);
  }

  private final SealRequest request;
  private final Reader reader;
  private final Set<String> waiting = new LinkedHashSet<>();
  private final Set<String> reached = new HashSet<>();
  private final Set<String> unreached = new HashSet<>();
  private final Map<String, Message.Found> found = new HashMap<>();
  private final Promise<Sealed> result = Promise.promise();

  Sealing(SealRequest request, Set<String> stores, Reader reader) {
    this.request = request;
    this.reader = reader;
    waiting.addAll(stores);
  }

  SealRequest request() {
    return request;
  }

  Future<Sealed> result() {
    return result.future();
  }

  /** A store has promised, or refused. */
  void heard(String store, Message.Word word) {
    if (!waiting.remove(store)) {
      return;
    }
    if (!word.outcome().done()) {
      waiting.clear();
      result.tryFail(
          new MabeamException(
              ErrorCode.STALE_EPOCH,
              "'" + request.key() + "' was sealed at a later epoch than " + request.epoch()
                  + ", or has a later set than " + request.setVersion()));
      return;
    }
    reached.add(store);
    if (word.found() != null) {
      found.put(store, word.found());
    }
    next();
  }

  /** A store said nothing in time, or is gone. */
  void silent(String store) {
    if (waiting.remove(store)) {
      unreached.add(store);
      next();
    }
  }

  private void next() {
    if (!waiting.isEmpty() || result.future().isComplete()) {
      return;
    }
    Optional<Map.Entry<String, Message.Found>> newest =
        found.entrySet().stream()
            .max(
                Map.Entry.comparingByValue(
                    Comparator.comparingLong(Message.Found::epoch)
                        .thenComparingLong(Message.Found::position)
                        .thenComparing(one -> one.update() != null)));
    if (newest.isEmpty()) {
      complete(Optional.empty());
      return;
    }
    String store = newest.get().getKey();
    Message.Found best = newest.get().getValue();
    Future<Update> read =
        best.update() != null
            ? Future.succeededFuture(best.update())
            : reader.read(store, request, best);
    read.onComplete(
        update -> complete(Optional.of(checkpoint(update))), failure -> unreadable(store));
  }

  /** Nothing can be said of what a store has that answers no more. */
  private void unreadable(String store) {
    found.remove(store);
    reached.remove(store);
    unreached.add(store);
    next();
  }

  private static Checkpoint checkpoint(Update update) {
    Content content = new Content(update.key(), update.epoch());
    content.take(update);
    return content.checkpoint();
  }

  private void complete(Optional<Checkpoint> newest) {
    result.tryComplete(new Sealed(newest, reached, unreached));
  }

  void fail(MabeamException why) {
    waiting.clear();
    result.tryFail(why);
  }
}
