package dev.mabeam.checkpoint;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A key that this node owns: its checkpoint, and who has how much of it. */
final class Owned implements Writer {
  /** How the keys of a room reach its stores, and who decides. */
  interface Surroundings {
    Lane lane(String store);

    void filled(String key, long epoch, long version);

    /** It is written no more. */
    void ended(Owned owned);

    /** It has another set. */
    void moved(Owned owned);
  }

  private record Pending(long position, Promise<Void> promise) {}

  private final String key;
  private final long epoch;
  private final Rules rules;
  private final CheckpointCounts counts;
  private final Surroundings surroundings;
  private final Content content;
  private final Map<String, Progress> stores = new LinkedHashMap<>();
  private final Deque<Pending> pending = new ArrayDeque<>();
  private final List<Promise<Void>> settling = new ArrayList<>();
  private CheckpointSet set = CheckpointSet.NONE;
  private long completed;
  private long counted;
  private MabeamException failure;

  Owned(
      String key, long epoch, Rules rules, CheckpointCounts counts, Surroundings surroundings) {
    this.key = key;
    this.epoch = epoch;
    this.rules = rules;
    this.counts = counts;
    this.surroundings = surroundings;
    this.content = new Content(key, epoch);
  }

  String key() {
    return key;
  }

  long epoch() {
    return epoch;
  }

  CheckpointSet set() {
    return set;
  }

  @Override
  public long position() {
    return content.position();
  }

  Update since(long base, long state) {
    return content.since(base, state, set.version());
  }

  @Override
  public Future<Void> write(Buffer envelope, StateWrite state) {
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    content.write(envelope, state);
    Promise<Void> promise = Promise.promise();
    pending.add(new Pending(content.position(), promise));
    stores.values().forEach(progress -> progress.lane.wants(progress));
    return promise.future();
  }

  @Override
  public void changed(CheckpointSet to) {
    if (failure != null || to.version() <= set.version()) {
      return;
    }
    set = to;
    Set<String> all = to.all();
    for (String store : List.copyOf(stores.keySet())) {
      if (!all.contains(store)) {
        leave(stores.remove(store));
      }
    }
    for (String store : all) {
      stores.computeIfAbsent(store, this::join);
    }
    stores.values().stream()
        .filter(Progress::behind)
        .forEach(progress -> progress.lane.wants(progress));
    surroundings.moved(this);
    advanced();
  }

  private Progress join(String store) {
    Progress progress = new Progress(this, surroundings.lane(store));
    progress.lane.join(progress);
    return progress;
  }

  private void leave(Progress progress) {
    progress.over = true;
    progress.lane.leave(progress);
  }

  /** Some store has more than before, or others count. */
  void advanced() {
    while (!pending.isEmpty() && written(pending.peek().position)) {
      Pending written = pending.poll();
      completed = written.position;
      counts.writes.increment();
      written.promise.complete();
    }
    if (pending.isEmpty()) {
      settle();
    }
    if (filled() && counted < set.version()) {
      counted = set.version();
      counts.fills.increment();
      reportFilled();
    }
  }

  private boolean written(long position) {
    return failure == null && rules.written(set, store -> has(store, position));
  }

  private boolean has(String store, long position) {
    Progress progress = stores.get(store);
    return progress != null && progress.position >= position;
  }

  boolean joint() {
    return failure == null && !set.previous().isEmpty();
  }

  /** Whether the new set has all that was ever completed. */
  private boolean filled() {
    long needed = Math.max(1, completed);
    return joint() && set.stores().stream().allMatch(store -> has(store, needed));
  }

  /** Again, as the decision may have been lost. */
  void reportFilled() {
    if (filled()) {
      surroundings.filled(key, epoch, set.version());
    }
  }

  /** Another owner was there. */
  void fenced(long byEpoch) {
    end(
        new MabeamException(
            ErrorCode.STALE_EPOCH,
            "'" + key + "' of epoch " + epoch + " has another owner, of epoch " + byEpoch));
  }

  @Override
  public Future<Void> settled() {
    if (pending.isEmpty()) {
      return Future.succeededFuture();
    }
    Promise<Void> promise = Promise.promise();
    settling.add(promise);
    return promise.future();
  }

  private void settle() {
    List<Promise<Void>> now = List.copyOf(settling);
    settling.clear();
    now.forEach(Promise::complete);
  }

  @Override
  public void close() {
    end(
        new MabeamException(
            ErrorCode.UNAVAILABLE, "'" + key + "' of epoch " + epoch + " is written here no more"));
  }

  private void end(MabeamException why) {
    if (failure != null) {
      return;
    }
    failure = why;
    stores.values().forEach(this::leave);
    stores.clear();
    surroundings.ended(this);
    List<Pending> lost = List.copyOf(pending);
    pending.clear();
    lost.forEach(one -> one.promise.fail(why));
    settle();
  }
}
