package dev.mabeam.agent;

import dev.mabeam.grid.Knowledge;
import dev.mabeam.time.Scheduler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What runs on this node, shown in the replicated map {@code mabeam.agents}.
 *
 * <p>Each node writes only what it owns, in {@link #BUCKETS} entries {@code <nodeId>/<number>}:
 * {@code {"v":1,"agents":{id:[type,epoch,state]}}}. One entry an agent would cost every node's
 * cache a few hundred bytes of overhead each, and a burst of a thousand deployments a thousand
 * replicated writes; one entry a node would be rewritten as a whole for each. In buckets a burst costs
 * at most one write a bucket and pace, and an agent costs its bytes.
 *
 * <p>Shown, never decided upon, and a moment old. On the room's context.
 */
final class Mirror {
  static final int BUCKETS = 64;
  private static final System.Logger LOG = System.getLogger(Mirror.class.getName());
  private static final Duration PACE = Duration.ofMillis(100);
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final List<Duration> AFTER_A_VIEW =
      List.of(Duration.ofMillis(500), Duration.ofMillis(2500), Duration.ofSeconds(6));

  private final String nodeId;
  private final AgentDirectory directory;
  private final Knowledge knowledge;
  private final Scheduler scheduler;
  private final List<Set<String>> buckets = new ArrayList<>();
  private final Set<Integer> dirty = new TreeSet<>();
  private final Set<Integer> shown = new HashSet<>();
  private final Set<String> forgotten = new HashSet<>();
  private boolean writing;
  private boolean closed;

  Mirror(String nodeId, AgentDirectory directory, Knowledge knowledge, Scheduler scheduler) {
    this.nodeId = nodeId;
    this.directory = directory;
    this.knowledge = knowledge;
    this.scheduler = scheduler;
    for (int i = 0; i < BUCKETS; i++) {
      buckets.add(new HashSet<>());
    }
  }

  /** What is decided about that agent has changed. */
  void changed(String id) {
    int bucket = Math.floorMod(id.hashCode(), BUCKETS);
    boolean own = isOwn(directory.entry(id));
    boolean was = buckets.get(bucket).contains(id);
    if (own) {
      buckets.get(bucket).add(id);
    } else {
      buckets.get(bucket).remove(id);
    }
    if (own || was) {
      dirty.add(bucket);
      write();
    }
  }

  private boolean isOwn(Entry entry) {
    return entry != null && entry.owner().equals(nodeId) && entry.shown();
  }

  /** Everything may have changed. */
  void allChanged() {
    buckets.forEach(Set::clear);
    for (Entry entry : directory.entries().values()) {
      if (isOwn(entry)) {
        buckets.get(Math.floorMod(entry.id().hashCode(), BUCKETS)).add(entry.id());
      }
    }
    showAgain();
  }

  /** The grid has a new view: what this node had put may be lost. */
  void onView() {
    AFTER_A_VIEW.forEach(delay -> scheduler.after(delay, this::showAgain));
  }

  private void showAgain() {
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      if (!buckets.get(bucket).isEmpty() || shown.contains(bucket)) {
        dirty.add(bucket);
      }
    }
    write();
  }

  /** Removes what a node that is gone had shown; one node of the cluster does. */
  void forget(String node) {
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      forgotten.add(key(node, bucket));
    }
    write();
  }

  private static String key(String node, int bucket) {
    return node + "/" + bucket;
  }

  private void write() {
    if (!writing && !closed && !(dirty.isEmpty() && forgotten.isEmpty())) {
      writing = true;
      scheduler.after(PACE, this::next);
    }
  }

  private void next() {
    if (closed) {
      return;
    }
    if (!dirty.isEmpty()) {
      int bucket = dirty.iterator().next();
      dirty.remove(bucket);
      show(bucket);
    } else if (!forgotten.isEmpty()) {
      String key = forgotten.iterator().next();
      forgotten.remove(key);
      knowledge
          .remove(key)
          .onComplete(
              done -> written(), failure -> notWritten(() -> forgotten.add(key), failure));
    } else {
      writing = false;
    }
  }

  private void show(int bucket) {
    JsonObject agents = new JsonObject();
    for (String id : buckets.get(bucket)) {
      Entry entry = directory.entry(id);
      if (isOwn(entry)) {
        agents.put(id, row(entry));
      }
    }
    String key = key(nodeId, bucket);
    if (agents.isEmpty()) {
      shown.remove(bucket);
    } else {
      shown.add(bucket);
    }
    (agents.isEmpty()
            ? knowledge.remove(key)
            : knowledge.put(key, new JsonObject().put("v", 1).put("agents", agents)))
        .onComplete(done -> written(), failure -> notWritten(() -> dirty.add(bucket), failure));
  }

  private static JsonArray row(Entry entry) {
    return new JsonArray()
        .add(entry.spec().type())
        .add(entry.epoch())
        .add(entry.info().status().json());
  }

  private void written() {
    scheduler.execute(this::next);
  }

  private void notWritten(Runnable again, Throwable failure) {
    LOG.log(Level.DEBUG, "{0}: agents are not shown yet: {1}", nodeId, failure);
    scheduler.execute(
        () -> {
          again.run();
          scheduler.after(AGAIN, this::next);
        });
  }

  void close() {
    closed = true;
  }
}
