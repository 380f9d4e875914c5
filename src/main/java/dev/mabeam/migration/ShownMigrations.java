package dev.mabeam.migration;

import dev.mabeam.consensus.Members;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.link.Member;
import dev.mabeam.time.Scheduler;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What this node shows of its moves to all, in its own entry of the replicated map, a few times a
 * second while there are any; and what all show. An entry that was lost in a merge is put again.
 */
final class ShownMigrations {
  private static final Duration PERIOD = Duration.ofMillis(250);
  private static final int CHECK_EVERY = 8;

  private final String nodeId;
  private final Knowledge knowledge;
  private final Supplier<Members> members;
  private final Supplier<MigrationList> own;
  private final Scheduler scheduler;
  private volatile MigrationList latest =
      new MigrationList(List.of(), List.of(), 0, List.of(), List.of());
  private Scheduler.Scheduled tick = () -> {};
  private boolean dirty;
  private boolean put;
  private boolean writing;
  private int ticks;

  ShownMigrations(
      String nodeId,
      Knowledge knowledge,
      Supplier<Members> members,
      Supplier<MigrationList> own,
      Scheduler scheduler) {
    this.nodeId = nodeId;
    this.knowledge = knowledge;
    this.members = members;
    this.own = own;
    this.scheduler = scheduler;
  }

  void start() {
    tick = scheduler.every(PERIOD, this::tick);
  }

  /** What is shown of this node may be another one now. */
  void changed() {
    dirty = true;
  }

  private void tick() {
    boolean busy = dirty || !latest.running().isEmpty();
    if (busy) {
      dirty = false;
      latest = own.get();
    }
    if (++ticks % CHECK_EVERY == 0) {
      busy |= put && !knowledge.entries().containsKey(nodeId);
      forgetGone();
    }
    if (busy && !writing) {
      write();
    } else {
      dirty |= busy;
    }
  }

  private void write() {
    writing = true;
    put = true;
    knowledge
        .put(nodeId, latest.toJson().put("v", 1))
        .onComplete(
            written ->
                scheduler.execute(
                    () -> {
                      writing = false;
                      dirty |= written.failed();
                    }));
  }

  /** One node is enough to remove what nodes show that are gone. */
  private void forgetGone() {
    Members now = members.get();
    Iterator<Member> oldestFirst = now.all().iterator();
    if (oldestFirst.hasNext() && oldestFirst.next().id().equals(nodeId)) {
      Set<String> gone = new HashSet<>(knowledge.entries().keySet());
      gone.removeIf(now::contains);
      gone.forEach(key -> knowledge.remove(key).onFailure(nextTime -> {}));
    }
  }

  /** Any thread. */
  MigrationList all() {
    List<MigrationList> lists = new ArrayList<>();
    Members now = members.get();
    for (Map.Entry<String, JsonObject> entry : knowledge.entries().entrySet()) {
      if (!entry.getKey().equals(nodeId) && now.contains(entry.getKey())) {
        lists.add(MigrationList.fromJson(entry.getValue()));
      }
    }
    lists.add(latest);
    return MigrationList.together(lists);
  }

  void close() {
    tick.cancel();
  }
}
