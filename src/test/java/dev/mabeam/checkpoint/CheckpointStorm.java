package dev.mabeam.checkpoint;

import dev.mabeam.checkpoint.CheckpointWorld.Entry;
import dev.mabeam.checkpoint.CheckpointWorld.Machine;
import dev.mabeam.disk.SimDisk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.SimNetwork;
import dev.mabeam.testing.sim.SimNode;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Owners that write, and lose their keys to others, under random faults; then calm, and every key
 * has to be written again, in a set that is whole and of the right size. {@link CheckpointHistory}
 * checks what happens meanwhile.
 */
final class CheckpointStorm {
  private static final int LARGE = 600_000;
  private static final Duration STORM = Duration.ofSeconds(8);
  private static final long FIRST_EPOCH = 10;

  final CheckpointWorld world;
  final CheckpointHistory history = new CheckpointHistory();
  final Map<String, Integer> struck = new TreeMap<>();
  private final Random random;
  private final Whole whole;
  /** Stores outlive their processes, and whatever was forced a loss of power. */
  private final boolean directories;
  private final List<String> names = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final Map<String, Keeper> keepers = new HashMap<>();
  private final Map<String, Integer> writtenInCalm = new HashMap<>();
  private boolean calm;

  /** Whether what was sealed is all there is. */
  @FunctionalInterface
  interface Whole {
    boolean test(CheckpointSet set, Sealed sealed);
  }

  /** What can be left out. */
  record Variant(Rules rules, UnaryOperator<CheckpointSet> change, Whole whole) {
    static final Variant AS_IT_IS = of(new Rules());

    static Variant of(Rules rules) {
      return new Variant(rules, set -> set, (set, sealed) -> set.isWholeIn(sealed.reached()));
    }

    static Variant changing(UnaryOperator<CheckpointSet> change) {
      return new Variant(new Rules(), change, AS_IT_IS.whole);
    }
  }

  CheckpointStorm(long seed, Variant variant) {
    // Seeds next to each other would draw the same first numbers.
    random = new Random(seed * 0x9E3779B97F4A7C15L);
    world = new CheckpointWorld(random.nextLong(), variant.rules, variant.change);
    whole = variant.whole;
    directories = random.nextBoolean();
    int machines = 3 + random.nextInt(3);
    for (int i = 1; i <= machines; i++) {
      names.add("n" + i);
      SimDisk disk = directories ? new SimDisk() : null;
      listen(world.start("n" + i, random.nextInt(3) == 0 ? "z1" : "z2", disk));
    }
    world.sim.network().onFrameFault((fault, frame) -> struck(fault.name()));
    for (int i = 1; i <= 4; i++) {
      String key = "k" + i;
      keys.add(key);
      Machine owner = any();
      world.decide(
          key,
          new Entry(
              FIRST_EPOCH,
              owner.id(),
              CheckpointSet.first(
                  SetChooser.choose(key, owner.store.id(), world.stores.values()))));
    }
  }

  private Machine any() {
    return world.machine(names.get(random.nextInt(names.size())));
  }

  private void struck(String what) {
    struck.merge(what, 1, Integer::sum);
  }

  private Duration millis(int from, int to) {
    return Duration.ofMillis(from + random.nextInt(to - from));
  }

  /** Only the faults: what has to hold whatever happens. */
  void storm() {
    faults();
    failovers();
    world.sim.runUntil(() -> history.failure != null, STORM);
    history.check();
  }

  CheckpointStorm run() {
    storm();
    calm();
    world.await(
        "every key is written, and its set is as it should be",
        () ->
            history.failure != null
                || keys.stream().allMatch(key -> settled(key) || lost(key)));
    history.check();
    keys.stream().filter(this::lost).forEach(key -> struck("lost"));
    return this;
  }

  /**
   * The last that was whole died while a drop was on its way that took away the others; what they
   * have nobody may call whole any more.
   */
  private boolean lost(String key) {
    return !directories
        && world.set(key).whole().stream()
            .noneMatch(
                store ->
                    world.machines.values().stream()
                        .anyMatch(one -> one.lives() && one.store.id().equals(store)));
  }

  private boolean settled(String key) {
    CheckpointSet set = world.set(key);
    return writtenInCalm.getOrDefault(key, 0) > 5
        && set.previous().isEmpty()
        && set.stores().size() == Math.min(SetChooser.COPIES, names.size());
  }

  // ---- owners ---------------------------------------------------------------------------------

  private void listen(Machine machine) {
    machine.onEntry = key -> heard(machine, key);
  }

  private void heard(Machine machine, String key) {
    Entry entry = machine.heard.get(key);
    Keeper keeper = keepers.get(machine.id() + key);
    if (keeper != null && (keeper.epoch != entry.epoch() || !entry.owner().equals(machine.id()))) {
      keeper.end();
      keeper = null;
    }
    if (keeper == null && entry.owner().equals(machine.id())) {
      Keeper begun = new Keeper(machine, key, entry.epoch());
      keepers.put(machine.id() + key, begun);
      begun.begin();
    }
  }

  /** One owner of one key. */
  private final class Keeper {
    private final Machine machine;
    private final String life;
    private final String key;
    private final long epoch;
    private final List<Long> tokens = new ArrayList<>();
    private final List<Long> state = new ArrayList<>();
    private Writer writer;
    private boolean ended;

    Keeper(Machine machine, String key, long epoch) {
      this.machine = machine;
      this.life = machine.id();
      this.key = key;
      this.epoch = epoch;
    }

    void end() {
      ended = true;
      keepers.remove(life + key, this);
      if (writer != null) {
        machine.writers.remove(key, writer);
        writer.close();
      }
    }

    void begin() {
      if (ended) {
        return;
      }
      CheckpointSet set = machine.heard.get(key).set();
      machine.room
          .seal(key, epoch, set)
          .onSuccess(
              sealed -> {
                if (ended) {
                  return;
                }
                if (whole.test(set, sealed)) {
                  // Making an agent of what was found takes a while.
                  machine.node.scheduler().after(millis(1, 150), () -> open(sealed));
                } else {
                  struck("not whole");
                  machine.node.scheduler().after(millis(100, 300), this::begin);
                }
              })
          .onFailure(
              failure -> {
                boolean later = ((MabeamException) failure).code() == ErrorCode.STALE_EPOCH;
                struck(later ? "seal refused" : "seal failed");
                if (!ended) {
                  machine.node.scheduler().after(millis(100, 300), this::begin);
                }
              });
    }

    private void open(Sealed sealed) {
      if (ended) {
        return;
      }
      if (!sealed.unreached().isEmpty()) {
        struck("sealed some");
      }
      sealed.newest().ifPresent(this::adopt);
      history.found(key, epoch, tokens, state);
      Entry now = machine.heard.get(key);
      writer = machine.room.open(key, epoch, now.set());
      machine.writers.put(key, writer);
      write(true);
      next();
    }

    private void adopt(Checkpoint found) {
      tokens.addAll(CheckpointHistory.decode(found.envelope()));
      state.addAll(CheckpointHistory.decode(found.base()));
      found.deltas().forEach(delta -> state.addAll(CheckpointHistory.decode(delta)));
    }

    private void next() {
      machine.node.scheduler().after(millis(5, calm ? 60 : 40), this::more);
    }

    private void more() {
      if (!ended) {
        int many = 1 + random.nextInt(3);
        for (int i = 0; i < many && tokens.size() < (calm ? 600 : 400); i++) {
          write(false);
        }
        next();
      }
    }

    private void write(boolean first) {
      long token = history.token();
      tokens.add(token);
      StateWrite change = first ? base(token) : change(token);
      history.written(token, state);
      writer
          .write(CheckpointHistory.encode(tokens, 0), change)
          .onSuccess(
              done -> {
                history.done(key, epoch, token);
                if (calm) {
                  writtenInCalm.merge(key, 1, Integer::sum);
                }
              })
          .onFailure(failure -> struck("write " + ((MabeamException) failure).code()));
    }

    private StateWrite change(long token) {
      int kind = random.nextInt(10);
      if (kind < 4) {
        return StateWrite.UNCHANGED;
      }
      if (kind < 8) {
        state.add(token);
        return new StateWrite.Delta(CheckpointHistory.encode(List.of(token), 0));
      }
      return base(token);
    }

    private StateWrite base(long token) {
      state.add(token);
      boolean large = random.nextInt(60) == 0;
      if (large) {
        struck("large");
      }
      Buffer bytes = CheckpointHistory.encode(state, large ? LARGE : 0);
      return new StateWrite.Base(1, bytes);
    }
  }

  // ---- who decides, and what goes wrong -------------------------------------------------------

  /** The owner of a key that has none gets one; and now and then another gets it for no reason. */
  private void failovers() {
    for (String key : keys) {
      Entry entry = world.entries.get(key);
      boolean dead =
          world.machines.values().stream()
              .noneMatch(machine -> machine.id().equals(entry.owner()) && machine.lives());
      if (dead || !calm && random.nextInt(12) == 0) {
        struck(dead ? "failover" : "move");
        flip(key, entry);
      }
    }
    world.sim.after(millis(100, 300), this::failovers);
  }

  private void flip(String key, Entry entry) {
    Machine to = any();
    if (!to.node.up() || !world.stores.containsKey(to.store.id())) {
      return;
    }
    List<String> next = SetChooser.choose(key, to.store.id(), world.stores.values());
    world.decide(
        key, new Entry(entry.epoch() + 1, to.id(), world.followedBy(entry.set(), next)));
  }

  private void faults() {
    if (calm) {
      return;
    }
    Machine one = any();
    Machine other = any();
    SimNetwork network = world.sim.network();
    switch (random.nextInt(12)) {
      case 0, 1 -> crash(one);
      case 2, 3 -> pause(one);
      case 4 -> {
        if (one != other) {
          struck("cut");
          network.cut(one.name, other.name);
          healLater();
        }
      }
      case 5 -> {
        struck("isolation");
        network.isolate(one.name);
        healLater();
      }
      case 6, 7 -> {
        struck("deaf");
        network.cut(one.name, CheckpointWorld.DECIDER);
        healLater();
      }
      case 8 -> {
        if (one != other) {
          struck("one-way cut");
          network.cutOneWay(one.name, other.name);
          healLater();
        }
      }
      case 9 -> {
        struck("loss");
        network.setLoss(0.05);
        world.sim.after(millis(500, 1500), network::calm);
      }
      case 10 -> {
        struck("lateness");
        network.setLateness(0.3, Duration.ofMillis(300));
        world.sim.after(millis(500, 1500), network::calm);
      }
      default -> expel(one);
    }
    world.sim.after(millis(50, 500), this::faults);
  }

  private void healLater() {
    world.sim.after(millis(100, 2500), world.sim.network()::healAll);
  }

  private void pause(Machine machine) {
    if (machine.node.state() == SimNode.State.RUNNING) {
      struck("pause");
      machine.node.pause();
      world.sim.after(millis(50, 3000), machine.node::resume);
    }
  }

  /** Without a directory its memory is lost, so every key has to be whole somewhere else. */
  private void crash(Machine machine) {
    if (!machine.node.up() || !directories && !spare(machine)) {
      return;
    }
    String store = machine.store.id();
    machine.node.crash();
    if (directories && random.nextBoolean()) {
      struck("power loss");
      machine.disk.losePower(random);
    } else {
      struck(directories ? "crash, store kept" : "crash");
      if (directories) {
        machine.disk.crash();
      }
    }
    int gone = 10 + random.nextInt(900);
    world.sim.after(
        Duration.ofMillis(gone),
        () -> {
          if (!machine.node.up() || !machine.store.id().equals(store)) {
            world.gone(store);
          }
        });
    world.sim.after(millis(gone + 10, gone + 2000), () -> restart(machine));
  }

  private void restart(Machine machine) {
    if (!machine.node.up()) {
      struck("restart");
      machine.restart();
    }
  }

  private boolean spare(Machine machine) {
    return keys.stream()
        .allMatch(
            key ->
                world.set(key).whole().stream()
                    .anyMatch(
                        store ->
                            world.machines.values().stream()
                                .anyMatch(
                                    other ->
                                        other != machine
                                            && other.node.up()
                                            && other.store.id().equals(store))));
  }

  /** By decision it is gone for a while, though it may well be there. */
  private void expel(Machine machine) {
    String store = machine.store.id();
    if (machine.node.up() && world.stores.containsKey(store)) {
      struck("expulsion");
      world.gone(store);
      world.sim.after(
          millis(100, 1500),
          () -> {
            if (machine.node.up() && machine.store.id().equals(store)) {
              world.joined(machine);
            }
          });
    }
  }

  private void calm() {
    calm = true;
    world.sim.network().calm();
    world.sim.network().healAll();
    for (Machine machine : world.machines.values()) {
      machine.node.resume();
      restart(machine);
      if (!world.stores.containsKey(machine.store.id())) {
        world.joined(machine);
      }
    }
  }
}
