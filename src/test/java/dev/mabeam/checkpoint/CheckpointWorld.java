package dev.mabeam.checkpoint;

import dev.mabeam.disk.SimDisk;
import dev.mabeam.link.BareCourier;
import dev.mabeam.link.Courier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Rooms of simulated machines on the production courier, and somebody who decides: one log that is
 * written in one place and heard everywhere, later, by those that are not cut off from it.
 */
final class CheckpointWorld {
  static final String DECIDER = "decider";
  private static final Duration HEARS_EVERY = Duration.ofMillis(10);
  private static final Duration FORCING = Duration.ofMillis(2);
  private static final Duration WAY = Duration.ofMillis(5);

  /** What is decided of a key. */
  record Entry(long epoch, String owner, CheckpointSet set) {}

  final Simulation sim;
  final Map<String, Machine> machines = new LinkedHashMap<>();
  /** What is decided, at the one place. */
  final Map<String, Entry> entries = new LinkedHashMap<>();
  final List<Consumer<Machine>> log = new ArrayList<>();
  final Rules rules;
  /** What becomes of a set that is to have other stores. */
  private final UnaryOperator<CheckpointSet> change;
  Map<String, Stores.Store> stores = Map.of();
  private long lastRoom;

  CheckpointWorld(long seed) {
    this(seed, new Rules(), set -> set);
  }

  CheckpointWorld(long seed, Rules rules, UnaryOperator<CheckpointSet> change) {
    this.sim = new Simulation(seed);
    this.rules = rules;
    this.change = change;
    sim.start(DECIDER);
  }

  static CheckpointWorld of(String... names) {
    return of(new Rules(), names);
  }

  static CheckpointWorld of(Rules rules, String... names) {
    CheckpointWorld world = new CheckpointWorld(1, rules, set -> set);
    for (String name : names) {
      world.start(name);
    }
    return world;
  }

  /** A machine, its process, and what it has heard. */
  final class Machine implements SetDecisions {
    final String name;
    final String zone;
    /** Where its store is kept; null for memory. */
    final SimDisk disk;
    final SimNode node;
    CheckpointStore store;
    CheckpointCounts counts = new CheckpointCounts();
    CheckpointRoom room;
    long life;
    Map<String, Stores.Store> known = Map.of();
    Map<String, Entry> heard = new HashMap<>();
    /** The writers of the keys it owns, which hear of changes. */
    final Map<String, Writer> writers = new LinkedHashMap<>();
    Consumer<String> onEntry = key -> {};
    /** How often it asked for what. */
    final Map<String, Integer> asked = new HashMap<>();
    private int position;

    private Machine(String name, String zone, SimDisk disk) {
      this.name = name;
      this.zone = zone;
      this.disk = disk;
      this.node = sim.start(name);
      begin(opened());
    }

    private CheckpointStore opened() {
      if (disk == null) {
        return CheckpointStore.inMemory(node.random(), rules);
      }
      try {
        // What waits for the disk is done a moment later, if the process still lives.
        return CheckpointStore.open(
            disk,
            node.random(),
            task -> node.scheduler().after(FORCING, task),
            node.scheduler()::execute,
            rules,
            20_000);
      } catch (IOException unusable) {
        throw new UncheckedIOException(unusable);
      }
    }

    private void begin(CheckpointStore kept) {
      life = node.life();
      store = kept;
      heard = new HashMap<>();
      writers.clear();
      position = 0;
      known = Map.of();
      LinkAddress address = new LinkAddress(name, LinkAddress.DEFAULT_PORT);
      Courier courier =
          BareCourier.listen(SimLinkTransport.of(node), node.scheduler(), "c1", address);
      room =
          CheckpointRoom.open(
              new CheckpointContext(
                  courier, node.scheduler(), store, () -> known, this, counts, ++lastRoom),
              rules);
      node.scheduler().every(HEARS_EVERY, this::hear);
    }

    String id() {
      return name + "/" + life;
    }

    boolean lives() {
      return node.up() && node.life() == life;
    }

    /** It ends; what it had in memory is gone. */
    void crash() {
      node.crash();
      gone(store.id());
    }

    void restart() {
      sim.start(name);
      begin(opened());
      joined(this);
    }

    private void hear() {
      while (position < log.size() && sim.network().reaches(DECIDER, name)) {
        log.get(position++).accept(this);
      }
    }

    Writer open(String key) {
      Entry entry = entries.get(key);
      Writer writer = room.open(key, entry.epoch(), entry.set());
      writers.put(key, writer);
      return writer;
    }

    private void ask(String what, Runnable op) {
      asked.merge(what, 1, Integer::sum);
      sim.after(
          WAY,
          () -> {
            if (sim.network().reaches(name, DECIDER)) {
              op.run();
            }
          });
    }

    @Override
    public void drop(String silent, Map<String, Long> epochs) {
      ask(
          "drop",
          () ->
              epochs.forEach(
                  (key, epoch) -> {
                    Entry entry = entries.get(key);
                    if (entry.epoch() == epoch && entry.set().canLose(silent)) {
                      decide(key, new Entry(epoch, entry.owner(), entry.set().without(silent)));
                    }
                  }));
    }

    @Override
    public void filled(String key, long epoch, long version) {
      ask(
          "filled",
          () -> {
            Entry entry = entries.get(key);
            if (entry.epoch() == epoch && entry.set().version() == version) {
              decide(key, new Entry(epoch, entry.owner(), entry.set().filled()));
            }
          });
    }

    @Override
    public void change(String key, long epoch, long version, List<String> to) {
      ask(
          "change",
          () -> {
            Entry entry = entries.get(key);
            if (entry.epoch() == epoch && entry.set().version() == version) {
              decide(key, new Entry(epoch, entry.owner(), followedBy(entry.set(), to)));
            }
          });
    }

    @Override
    public String toString() {
      return name;
    }
  }

  Machine start(String name) {
    return start(name, "");
  }

  Machine start(String name, String zone) {
    return start(name, zone, null);
  }

  Machine start(String name, String zone, SimDisk disk) {
    Machine machine = new Machine(name, zone, disk);
    machines.put(name, machine);
    joined(machine);
    return machine;
  }

  Machine machine(String name) {
    return machines.get(name);
  }

  String store(String name) {
    return machines.get(name).store.id();
  }

  List<String> stores(String... names) {
    return List.of(names).stream().map(this::store).toList();
  }

  /** By decision. */
  void joined(Machine machine) {
    Map<String, Stores.Store> next = new LinkedHashMap<>(stores);
    next.put(
        machine.store.id(),
        new Stores.Store(
            machine.store.id(),
            new LinkAddress(machine.name, LinkAddress.DEFAULT_PORT),
            machine.zone,
            true));
    publish(next);
  }

  /** By decision. */
  void gone(String store) {
    Map<String, Stores.Store> next = new LinkedHashMap<>(stores);
    next.remove(store);
    publish(next);
  }

  private void publish(Map<String, Stores.Store> next) {
    stores = Map.copyOf(next);
    Map<String, Stores.Store> now = stores;
    log.add(machine -> machine.known = now);
  }

  /** As whoever decides has it. */
  CheckpointSet followedBy(CheckpointSet set, List<String> next) {
    return change.apply(set.followedBy(next));
  }

  void decide(String key, Entry entry) {
    entries.put(key, entry);
    log.add(
        machine -> {
          machine.heard.put(key, entry);
          Writer writer = machine.writers.get(key);
          if (writer != null && entry.owner().equals(machine.id())) {
            writer.changed(entry.set());
          }
          machine.onEntry.accept(key);
        });
  }

  /** A key of that owner whose set is these. */
  void decide(String key, long epoch, String owner, String... names) {
    Entry before = entries.get(key);
    long version = before == null ? 1 : before.set().version() + 1;
    decide(
        key,
        new Entry(
            epoch,
            machine(owner).id(),
            new CheckpointSet(version, stores(names), List.of())));
  }

  CheckpointSet set(String key) {
    return entries.get(key).set();
  }

  void await(String what, BooleanSupplier condition) {
    if (!sim.runUntil(condition, Duration.ofSeconds(60))) {
      throw new AssertionError(
          "seed " + sim.seed() + ": still not after a minute: " + what + "; " + entries);
    }
  }

  <T> T done(String what, Future<T> future) {
    await(what, future::isComplete);
    if (future.failed()) {
      throw new AssertionError(what + " failed: " + future.cause(), future.cause());
    }
    return future.result();
  }
}
