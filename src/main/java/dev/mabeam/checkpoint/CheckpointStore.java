package dev.mabeam.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What a process keeps of checkpoints, its own agents' and others'. It outlives the node's
 * incarnations: the next one's {@link CheckpointRoom} takes it over, on the same thread, when the
 * one before is closed.
 *
 * <p>{@linkplain #inMemory In memory}, it is gone with the process. In a directory, a write or a
 * promise is confirmed once it was forced there; if that fails, the store says nothing more, and is
 * dropped from the sets that it is in.
 */
public final class CheckpointStore {
  private final String id;
  private final Shelf shelf;
  private final StoreLog log;

  CheckpointStore(String id, Shelf shelf, StoreLog log) {
    this.id = id;
    this.shelf = shelf;
    this.log = log;
  }

  /** One that has nothing yet, under a new id. */
  public static CheckpointStore inMemory(RandomGenerator random) {
    return inMemory(random, new Rules());
  }

  static CheckpointStore inMemory(RandomGenerator random, Rules rules) {
    return new CheckpointStore(newId(random), new Shelf(rules), StoreLog.NONE);
  }

  static String newId(RandomGenerator random) {
    return "%016x".formatted(random.nextLong());
  }

  /** What the sets call it. */
  public String id() {
    return id;
  }

  /** How many keys it has something of. On the room's thread. */
  public int keys() {
    return shelf.keys().size();
  }

  /** Ends it, with what it has in memory. On the room's thread, after the last room. */
  public void close() {
    log.close();
  }

  /** Calls back, at once or later, when what was taken is as safe as this store makes it. */
  void write(List<Update> updates, Consumer<List<Outcome>> then) {
    List<Outcome> outcomes = new ArrayList<>(updates.size());
    for (Update update : updates) {
      Outcome outcome = shelf.write(update);
      if (outcome.done()) {
        log.wrote(update);
      }
      outcomes.add(outcome);
    }
    log.force(() -> then.accept(outcomes));
  }

  /** As {@link #write}; what it has of the keys is looked up when it calls back. */
  void seal(List<SealRequest> requests, Consumer<List<Outcome>> then) {
    List<Outcome> outcomes = new ArrayList<>(requests.size());
    for (SealRequest request : requests) {
      Outcome outcome = shelf.seal(request.key(), request.epoch(), request.setVersion());
      if (outcome.done()) {
        log.promised(request.key(), request.epoch(), request.setVersion());
      }
      outcomes.add(outcome);
    }
    log.force(() -> then.accept(outcomes));
  }

  /** Null if it has none. */
  Content content(String key) {
    Shelf.Kept kept = shelf.find(key);
    return kept == null ? null : kept.content;
  }

  void forget(String key) {
    shelf.forget(key);
    log.forgot(key);
  }
}
