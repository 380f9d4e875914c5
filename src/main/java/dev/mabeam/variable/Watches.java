package dev.mabeam.variable;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Who watches which variable. On a node that has the value the watchers hear of what it takes, in
 * its order. A node that has none has one of the replicas tell it:
 *
 * <pre>
 *   watcher's node                       a replica
 *   watch {name} ──────────────────────────►      every second: it tells for 3 s from then on
 *        ◄─────────────── {value} | {error}       what it has now; an error: ask another replica
 *        ◄─────── watched {changes, skipped}      one message under way at a time
 * </pre>
 *
 * <p>Where a message is lost or a replica goes, the next answer says what is there; changes between
 * are missed, and nobody can say how many. A value that was told is not told again.
 *
 * <p>On the room's thread, but for {@link #isWatched}: who is not watched by its answer finds what
 * there was before in its first look.
 */
final class Watches {
  private static final System.Logger LOG = System.getLogger(Watches.class.getName());
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final long TOLD_NANOS = Duration.ofSeconds(3).toNanos();
  private static final Duration DEADLINE = Duration.ofSeconds(1);
  /** How many changes wait for one watcher, or for one node. */
  static final int MOST = 1_000;

  private final String self;
  private final Bus bus;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  /** What this node has; null if nothing that counts. */
  private final Function<VariableInfo, VariableValue> here;
  private final VariableDefinitions definitions;
  private final Map<String, List<Watcher>> watchers = new ConcurrentHashMap<>();
  /** Which replica tells of a variable that is not here. */
  private final Map<String, String> sources = new HashMap<>();
  private final Map<String, Map<String, Teller>> tellers = new ConcurrentHashMap<>();
  private Scheduler.Scheduled timer = () -> {};

  /** Values on their way to somebody. */
  private static final class Changes {
    final Deque<VariableValue> waiting = new ArrayDeque<>();
    long skipped;

    void add(VariableValue value) {
      waiting.add(value);
      if (waiting.size() > MOST) {
        waiting.poll();
        skipped++;
      }
    }

    long takeSkipped() {
      long taken = skipped;
      skipped = 0;
      return taken;
    }
  }

  Watches(VariableContext context, Function<VariableInfo, VariableValue> here) {
    self = context.nodeId();
    bus = context.bus();
    scheduler = context.scheduler();
    random = context.random();
    definitions = context.definitions();
    this.here = here;
  }

  Stream<Future<Bus.Registration>> serve() {
    timer = scheduler.every(PERIOD, this::renew);
    return Stream.of(
        bus.serve(Addresses.node(self, "variable", "watch"), this::watched),
        bus.serve(Addresses.node(self, "variable", "watched"), this::heard));
  }

  void close() {
    timer.cancel();
    watchers.clear();
    tellers.clear();
  }

  /** Whether anybody hears of changes of it here. */
  boolean isWatched(String name) {
    return watchers.containsKey(name) || tellers.containsKey(name);
  }

  /** The value here is another one. */
  void changed(String name, VariableValue value) {
    watchers.getOrDefault(name, List.of()).forEach(watcher -> watcher.add(value));
    tellers.getOrDefault(name, Map.of()).values().forEach(teller -> teller.add(value));
  }

  // ---- who watches here -----------------------------------------------------------------------

  Watch open(VariableInfo info, Consumer<VariableChange> consumer) {
    Watcher watcher = new Watcher(info.name(), consumer);
    // In one step: whoever closes the last watcher, on any thread, takes the list away.
    watchers.compute(
        info.name(),
        (name, all) -> {
          List<Watcher> with = all == null ? new CopyOnWriteArrayList<>() : all;
          with.add(watcher);
          return with;
        });
    try {
      // After that it is told of what is decided: what was before is here.
      watcher.last = here.apply(info);
    } catch (MabeamException gone) {
      watcher.close();
      throw gone;
    }
    if (watcher.last == null) {
      renew(info.name());
    }
    return watcher;
  }

  private final class Watcher implements Watch {
    private final String name;
    private final Consumer<VariableChange> consumer;
    private final Changes changes = new Changes();
    /** What was told last; what is here when it begins to watch is no change. */
    private VariableValue last;
    private boolean set;
    private volatile boolean closed;

    Watcher(String name, Consumer<VariableChange> consumer) {
      this.name = name;
      this.consumer = consumer;
    }

    void add(VariableValue value) {
      if (last == null || !isSame(last, value)) {
        last = value;
        changes.add(value);
        tellSoon();
      }
    }

    /** What a replica has that begins to tell: no change, unless another one told before. */
    void first(VariableValue value) {
      if (last == null) {
        last = value;
      } else {
        add(value);
      }
    }

    private void tellSoon() {
      if (!set) {
        set = true;
        scheduler.execute(this::tell);
      }
    }

    private void tell() {
      set = false;
      VariableValue next = changes.waiting.poll();
      if (next == null || closed) {
        return;
      }
      try {
        consumer.accept(new VariableChange(name, next, changes.takeSkipped()));
      } catch (RuntimeException defect) {
        LOG.log(Level.ERROR, "a watcher of '" + name + "' failed", defect);
      }
      if (!changes.waiting.isEmpty()) {
        tellSoon();
      }
    }

    @Override
    public Future<Void> close() {
      closed = true;
      watchers.computeIfPresent(
          name,
          (key, all) -> {
            all.remove(this);
            return all.isEmpty() ? null : all;
          });
      return Future.succeededFuture();
    }
  }

  /** Whoever answers is of no matter. */
  private static boolean isSame(VariableValue one, VariableValue other) {
    return one.version().equals(other.version())
        && one.deleted() == other.deleted()
        && one.siblings().size() == other.siblings().size();
  }

  // ---- of what is not here --------------------------------------------------------------------

  private void renew() {
    watchers.keySet().forEach(this::renew);
    sources.keySet().retainAll(watchers.keySet());
    long now = scheduler.nanos();
    for (Iterator<Map<String, Teller>> all = tellers.values().iterator(); all.hasNext(); ) {
      Map<String, Teller> told = all.next();
      told.values().removeIf(teller -> now - teller.endNanos >= 0);
      if (told.isEmpty()) {
        all.remove();
      }
    }
  }

  private void renew(String name) {
    VariableInfo info = definitions.definition(name).orElse(null);
    if (info == null || here.apply(info) != null) {
      sources.remove(name);
      return;
    }
    String source = sources.get(name);
    if (source == null || !info.replicas().contains(source)) {
      List<String> replicas = new ArrayList<>(info.replicas());
      replicas.remove(self);
      if (replicas.isEmpty()) {
        return;
      }
      Collections.shuffle(replicas, new Random(random.nextLong()));
      source = replicas.get(0);
      sources.put(name, source);
    }
    String asked = source;
    bus.request(
            Addresses.node(asked, "variable", "watch"),
            new JsonObject().put("v", 1).put("name", name).put("from", self),
            DEADLINE)
        .compose(Remote::unwrap)
        .onComplete(
            value -> {
              if (asked.equals(sources.get(name))) {
                watchers.getOrDefault(name, List.of()).forEach(watcher -> watcher.first(value));
              }
            },
            failure -> sources.remove(name, asked));
  }

  private Future<JsonObject> heard(JsonObject message) {
    return Remote.read(
        () -> {
          String name = message.getString("name");
          boolean mine = message.getString("from").equals(sources.get(name));
          List<Watcher> all = mine ? watchers.getOrDefault(name, List.of()) : List.of();
          long skipped = message.getLong("skipped");
          for (Object change : message.getJsonArray("changes")) {
            VariableValue value = Remote.value((JsonObject) change);
            all.forEach(watcher -> watcher.add(value));
          }
          all.forEach(watcher -> watcher.changes.skipped += skipped);
          return Future.succeededFuture(new JsonObject().put("more", !all.isEmpty()));
        });
  }

  // ---- for other nodes ------------------------------------------------------------------------

  private Future<JsonObject> watched(JsonObject message) {
    return Remote.read(
        () -> {
          String name = message.getString("name");
          String from = message.getString("from");
          Offered.requireName(name);
          VariableValue now = definitions.definition(name).map(here).orElse(null);
          if (now == null) {
            return Remote.wrap(
                Future.failedFuture(
                    new MabeamException(
                        ErrorCode.UNAVAILABLE, "node " + self + " has no '" + name + "'")));
          }
          tellers
              .computeIfAbsent(name, key -> new ConcurrentHashMap<>())
              .computeIfAbsent(from, node -> new Teller(name, node))
              .endNanos = scheduler.nanos() + TOLD_NANOS;
          // After that it tells of what is decided: what was before is here.
          return Remote.wrap(
              Future.succeededFuture(definitions.definition(name).map(here).orElse(now)));
        });
  }

  /** Tells one node of one variable. */
  private final class Teller {
    private static final int MOST_A_MESSAGE = 50;

    private final String name;
    private final String node;
    private final Changes changes = new Changes();
    private long endNanos;
    private boolean underWay;

    Teller(String name, String node) {
      this.name = name;
      this.node = node;
    }

    void add(VariableValue value) {
      changes.add(value);
      if (!underWay) {
        underWay = true;
        scheduler.execute(this::send);
      }
    }

    private void send() {
      if (changes.waiting.isEmpty() || scheduler.nanos() - endNanos >= 0) {
        underWay = false;
        return;
      }
      JsonArray some = new JsonArray();
      long bytes = 0;
      while (!changes.waiting.isEmpty()
          && some.size() < MOST_A_MESSAGE
          && bytes < Offered.MAX_VALUE_BYTES) {
        VariableValue value = changes.waiting.poll();
        bytes += Values.atMost(value.value());
        some.add(Remote.json(value));
      }
      JsonObject message =
          new JsonObject()
              .put("v", 1)
              .put("name", name)
              .put("from", self)
              .put("changes", some)
              .put("skipped", changes.takeSkipped());
      bus.request(Addresses.node(node, "variable", "watched"), message, DEADLINE)
          .onComplete(
              answer -> {
                if (!answer.getBoolean("more", false)) {
                  endNanos = scheduler.nanos();
                }
                send();
              },
              failure -> send());
    }
  }
}
