package dev.mabeam.consensus;

import dev.mabeam.consensus.LogWorld.Machine;
import dev.mabeam.disk.SimDisk;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.testing.sim.SimNode;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Random faults on a group of logs while entries are appended and voters come and go; then calm,
 * and everybody has to agree. With stores, processes and machines crash as they like; without, an
 * endpoint that crashes is lost, so the next one waits until it is replaced. {@link LogWorld}
 * checks what happens meanwhile.
 */
final class LogFaults {
  private static final Duration APPENDS = Duration.ofMillis(20);
  private static final Duration CHANGES = Duration.ofMillis(250);

  final LogWorld world;
  final Map<String, Integer> struck = new TreeMap<>();
  private final Random random;
  private final boolean stores;
  private final Map<String, SimDisk> disks = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private boolean calm;
  private boolean changing;

  LogFaults(long seed, Function<String, MicroRaftLog.Rules> rules) {
    random = Seeds.random(seed);
    stores = random.nextBoolean();
    // Of every other seed images are for bytes: an entry has eight.
    int bytesPerImage = seed % 2 == 0 ? 1 << 20 : (10 + Math.floorMod(seed, 40)) * 8;
    LogSettings settings =
        new LogSettings(
            1 + random.nextInt(60),
            50 + random.nextInt(200),
            20 + random.nextInt(150),
            bytesPerImage);
    world = new LogWorld(seed, settings, rules);
    int voters = random.nextBoolean() ? 3 : 5;
    for (int i = 1; i <= voters; i++) {
      names.add("n" + i);
    }
    LogWorld.of(world, this::store, names.toArray(String[]::new));
    names.add("n" + (voters + 1));
    world.join(names.get(voters), store(names.get(voters)));
  }

  private Supplier<LogStore> store(String name) {
    return stores ? () -> open(name) : LogStore::memory;
  }

  private LogStore open(String name) {
    SimNode node = world.sim.node(name);
    try {
      return ForcedStore.open(
          disks.computeIfAbsent(name, key -> new SimDisk()),
          LogWorld.GROUP,
          node.scheduler()::execute,
          node.scheduler()::execute);
    } catch (IOException unusable) {
      throw new UncheckedIOException(unusable);
    }
  }

  /** Returns the world at its calm end. */
  LogFaults run() {
    world.sim.after(APPENDS, this::append);
    world.sim.after(CHANGES, this::change);
    world
        .sim
        .network()
        .setLoss(random.nextInt(3) * 0.02)
        .setLateness(random.nextInt(3) * 0.05, Duration.ofMillis(1 + random.nextInt(800)));
    int faults = 5 + random.nextInt(15);
    for (int i = 0; i < faults; i++) {
      fault();
      world.runFor(Duration.ofMillis(50 + random.nextInt(3_000)));
    }
    calm = true;
    world.sim.network().calm().healAll();
    world.sim.nodes().forEach(SimNode::resume);
    downs().forEach(this::restart);
    world.await("changes to end", () -> !changing);
    settle();
    return this;
  }

  private void settle() {
    Future<Long> last = null;
    for (int attempt = 0; attempt < 20; attempt++) {
      Machine leader = world.awaitLeader();
      last = world.append(leader);
      world.await("the last append", last::isComplete);
      if (last.succeeded()) {
        long index = last.result();
        List<Machine> members = members(leader);
        world.await(
            "all members to apply " + index,
            () -> members.stream().allMatch(m -> m.applied >= index));
        return;
      }
      world.runFor(Duration.ofMillis(500));
    }
    throw new AssertionError("no append after the calm: " + last + "; " + world.all());
  }

  private List<Machine> members(Machine leader) {
    Log.LogStatus now = leader.log.status();
    return world.all().stream()
        .filter(m -> now.voters().contains(m.endpoint) || now.learners().contains(m.endpoint))
        .toList();
  }

  private void append() {
    if (calm) {
      return;
    }
    world.sim.after(APPENDS, this::append);
    Machine leader = world.leader();
    int many = random.nextInt(20) == 0 ? 60 : 1 + random.nextInt(4);
    for (int i = 0; leader != null && i < many; i++) {
      world.append(leader);
    }
    Machine any = machine();
    if (any.node.state() == SimNode.State.RUNNING && random.nextInt(10) == 0) {
      world.append(any);
      any.log.readIndex();
    }
  }

  private Machine machine() {
    return world.machine(names.get(random.nextInt(names.size())));
  }

  private List<Machine> downs() {
    return world.all().stream().filter(m -> !m.node.up()).toList();
  }

  // ---- faults ---------------------------------------------------------------------------------

  private void strike(String what) {
    struck.merge(what, 1, Integer::sum);
  }

  private void fault() {
    Machine one = random.nextInt(3) == 0 && world.leader() != null ? world.leader() : machine();
    Machine two = machine();
    switch (random.nextInt(11)) {
      case 0 -> {
        strike("cut");
        world.sim.network().cut(one.name, two.name);
      }
      case 1 -> {
        strike("one-way cut");
        world.sim.network().cutOneWay(one.name, two.name);
      }
      case 2 -> {
        strike("isolation");
        world.sim.network().isolate(one.name);
      }
      case 3, 4 -> {
        strike("heal");
        world.sim.network().healAll();
      }
      case 5 -> {
        strike("pause");
        one.node.pause();
      }
      case 6 -> {
        strike("resume");
        world.sim.nodes().forEach(SimNode::resume);
      }
      case 7, 8 -> crash(one);
      case 9 -> downs().forEach(this::restart);
      default -> transfer(two);
    }
  }

  private void crash(Machine machine) {
    boolean mayLose = stores || downs().isEmpty() && allVotersAreWhole();
    if (!machine.node.up() || !mayLose) {
      return;
    }
    machine.node.crash();
    SimDisk disk = disks.get(machine.name);
    if (disk == null) {
      strike("lost store");
    } else if (random.nextBoolean()) {
      strike("power loss");
      disk.losePower(random);
    } else {
      strike("crash");
      disk.crash();
    }
  }

  /** No committed voter is one that was lost. */
  private boolean allVotersAreWhole() {
    Machine leader = world.leader();
    return leader != null
        && !changing
        && leader.log.status().voters().size() > 2
        && leader.log.status().voters().stream().allMatch(this::lives);
  }

  private boolean lives(Endpoint endpoint) {
    return world.all().stream()
        .anyMatch(m -> m.endpoint.equals(endpoint) && (stores || m.node.up()));
  }

  private void restart(Machine machine) {
    strike("restart");
    machine.restart();
  }

  private void transfer(Machine to) {
    Machine leader = world.leader();
    if (leader != null && leader.log.status().voters().contains(to.endpoint)) {
      strike("transfer");
      leader.log.transferTo(to.endpoint);
    }
  }

  // ---- voters ---------------------------------------------------------------------------------

  /** What an electorate does: the lost go, the caught up vote, now and then one leaves. */
  private void change() {
    if (calm) {
      return;
    }
    world.sim.after(CHANGES, this::change);
    Machine leader = world.leader();
    if (leader == null || changing) {
      return;
    }
    Log.LogStatus now = leader.log.status();
    for (Endpoint endpoint : concat(now.voters(), now.learners())) {
      if (!lives(endpoint)) {
        change(leader, endpoint, Log.Change.REMOVE);
        return;
      }
    }
    for (Endpoint learner : now.learners()) {
      if (now.voters().size() < 5 && now.matched().getOrDefault(learner, 0L) >= now.committed()) {
        change(leader, learner, Log.Change.PROMOTE);
        return;
      }
    }
    for (Machine machine : world.all()) {
      boolean outside =
          !now.voters().contains(machine.endpoint) && !now.learners().contains(machine.endpoint);
      if (outside && machine.node.up() && now.learners().size() < 2) {
        admit(leader, machine);
        return;
      }
    }
    if (random.nextInt(8) == 0 && now.voters().size() > 3) {
      change(leader, machine().endpoint, Log.Change.REMOVE);
    }
  }

  private static List<Endpoint> concat(List<Endpoint> some, List<Endpoint> others) {
    List<Endpoint> all = new ArrayList<>(some);
    all.addAll(others);
    return all;
  }

  /** One that was removed comes back as another endpoint, without what it had. */
  private void admit(Machine leader, Machine machine) {
    if (machine.everMember) {
      machine.node.crash();
      disks.remove(machine.name);
      machine.restart();
      machine.everMember = false;
    } else {
      change(leader, machine.endpoint, Log.Change.ADD_LEARNER);
    }
  }

  private void change(Machine leader, Endpoint endpoint, Log.Change change) {
    strike(change.toString());
    changing = true;
    world.all().stream()
        .filter(m -> m.endpoint.equals(endpoint))
        .forEach(m -> m.everMember = true);
    leader
        .log
        .change(endpoint, change, leader.log.status().configuration())
        .onComplete(done -> changing = false);
    // A leader that crashes says nothing more.
    world.sim.after(Duration.ofSeconds(5), () -> changing = false);
  }
}
