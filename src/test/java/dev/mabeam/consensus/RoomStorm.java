package dev.mabeam.consensus;

import dev.mabeam.consensus.Registers.Verb;
import dev.mabeam.consensus.RoomWorld.Node;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Unpacker;
import dev.mabeam.testing.check.Counter;
import dev.mabeam.testing.check.History;
import dev.mabeam.testing.check.Operation;
import dev.mabeam.testing.check.Register;
import dev.mabeam.testing.check.WingGong;
import dev.mabeam.testing.check.Zones;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/**
 * Clients on all nodes of a world that is cut, paused, crashed and lossy; then quiet, in which all
 * copies have to become equal; then a look at what the clients were told.
 */
final class RoomStorm {
  private static final Duration DEADLINE = Duration.ofSeconds(2);
  private static final Set<ErrorCode> CERTAIN =
      Set.of(
          ErrorCode.INSUFFICIENT_CONSENSUS,
          ErrorCode.OVERLOADED,
          ErrorCode.STALE_EPOCH,
          ErrorCode.UNAVAILABLE,
          ErrorCode.SESSION_EXPIRED);

  private record Keyed<I>(String key, I op) {}

  final RoomWorld world;
  private final RandomGenerator random;
  private final History<Keyed<Register.Op>, Long> registers = new History<>();
  private final History<Keyed<Register.Op>, Long> swapped = new History<>();
  private final History<Keyed<Counter.Add>, Long> counters = new History<>();
  private final int voters;
  private long ids;
  private int processes;
  /** Whose expulsion may have been decided, or may still be. */
  private final List<Node> doomed = new ArrayList<>();
  private boolean corners;
  private boolean hunts;
  private boolean quiet;
  private boolean calm;
  int answered;
  int refused;
  int unknown;
  int barriers;

  /** Three voters, sometimes five, and none to two observers; half of them keep their logs. */
  static RoomStorm of(long seed, Rules rules) {
    return new RoomStorm(
        seed, seed % 5 == 0 ? 5 : 3, (int) (seed % 3), seed % 2 == 0, rules, null);
  }

  /** Again and again a leader is left with one node, and everybody reads and writes in haste. */
  static RoomStorm cornered(long seed, Rules rules) {
    RoomStorm storm = new RoomStorm(seed, 3, 1, false, rules, null);
    storm.corners = true;
    return storm;
  }

  /** The rooms choose their voters themselves, and expel who is silent. */
  static RoomStorm governed(long seed) {
    return governed(new RoomWorld(seed), LeaseRules.ALL);
  }

  private static RoomStorm governed(RoomWorld world, LeaseRules rules) {
    long seed = world.sim.seed();
    return new RoomStorm(
        world, seed % 5 == 0 ? 5 : 3, (int) (seed % 3), seed % 2 == 0, Rules.ALL, rules);
  }

  /** One node after the other is out of the leader's hearing, though others still confirm it. */
  static RoomStorm hunting(long seed, LeaseRules rules) {
    return hunting(new RoomWorld(seed), rules);
  }

  static RoomStorm hunting(RoomWorld world, LeaseRules rules) {
    RoomStorm storm = governed(world, rules);
    storm.hunts = true;
    return storm;
  }

  RoomStorm(
      long seed,
      int voters,
      int observers,
      boolean keepsLogs,
      Rules rules,
      LeaseRules leaseRules) {
    this(new RoomWorld(seed), voters, observers, keepsLogs, rules, leaseRules);
  }

  /**
   * @param leaseRules null if a {@link Keeper} replaces voters that are lost
   */
  private RoomStorm(
      RoomWorld world,
      int voters,
      int observers,
      boolean keepsLogs,
      Rules rules,
      LeaseRules leaseRules) {
    this.voters = voters;
    this.world = world;
    world.leaseRules = leaseRules;
    world.keepsLogs = keepsLogs;
    world.rules = rules;
    world.settings = new LogSettings(50, 400, 60, 1 << 20);
    random = world.sim.random();
    String[] names = new String[voters + observers];
    for (int i = 0; i < names.length; i++) {
      names[i] = String.valueOf((char) ('a' + i));
    }
    if (leaseRules == null) {
      RoomWorld.of(world, voters, names);
      new Keeper(world, voters);
    } else {
      RoomWorld.of(world, 1, names);
      awaitVoters();
    }
    rejoin();
  }

  private void awaitVoters() {
    int target = Electorate.target(world.all().size());
    world.await(
        target + " voters", () -> world.leader() != null && votersOf(world.leader()) == target);
  }

  private static int votersOf(Node leader) {
    return leader.consensus.group().status().voters().size();
  }

  /** Lets it storm for that long, and requires that nothing was promised and not kept. */
  void run(Duration storm) {
    for (Node node : world.all()) {
      client(node.name);
      client(node.name);
    }
    if (hunts) {
      hunt();
    } else {
      fault();
    }
    world.sim.runFor(storm);
    calmDown();
    world.sim.runFor(Duration.ofSeconds(3));
    calm = true;
    world.sim.runFor(Duration.ofSeconds(3));
    world.awaitEqual();
    check();
  }

  private void calmDown() {
    quiet = true;
    world.sim.network().calm().healAll();
    for (Node node : List.copyOf(world.all())) {
      node.machine.resume();
      if (!node.lives()) {
        world.start(node.name);
      }
    }
    world.await(
        "all to be members again",
        () -> world.all().stream().allMatch(node -> node.inside && node.expelled == null));
  }

  private void check() {
    History.partition(plain(registers), Keyed::key)
        .forEach((key, operations) -> require(key, Zones.check(ops(operations))));
    History.partition(plain(swapped), Keyed::key)
        .forEach(
            (key, operations) -> require(key, WingGong.check(ops(operations), Register.MODEL)));
    History.partition(plain(counters), Keyed::key)
        .forEach(
            (key, operations) -> require(key, WingGong.check(ops(operations), Counter.MODEL)));
  }

  private static <I> List<Operation<Keyed<I>, Long>> plain(History<Keyed<I>, Long> history) {
    return history.operations();
  }

  private static <I> List<Operation<I, Long>> ops(List<Operation<Keyed<I>, Long>> keyed) {
    return keyed.stream()
        .map(o -> new Operation<>(o.process(), o.input().op(), o.output(), o.invoked(), o.returned()))
        .toList();
  }

  private void require(String key, dev.mabeam.testing.check.Verdict verdict) {
    if (!verdict.linearizable()) {
      throw new AssertionError(
          "seed " + world.sim.seed() + ": " + key + " is not linearizable: " + verdict.why());
    }
  }

  // ---- clients --------------------------------------------------------------------------------

  /** Asks at whatever process the machine of that name has, one thing after the other. */
  private void client(String name) {
    int process = ++processes;
    next(name, process);
  }

  private void next(String name, int process) {
    if (calm) {
      return;
    }
    world.sim.after(
        corners ? Duration.ofMillis(2) : Duration.ofMillis(random.nextInt(2, 60)),
        () -> {
          Node node = world.node(name);
          if (!calm && node.inside && node.runs()) {
            ask(node, process);
          } else {
            next(name, process);
          }
        });
  }

  private String key(String kind) {
    if (corners) {
      return kind + world.sim.elapsed().toSeconds();
    }
    return kind + world.sim.elapsed().toSeconds() / 3 + "." + random.nextInt(2);
  }

  private void ask(Node node, int process) {
    switch (random.nextInt(corners ? 3 : 6)) {
      case 0 -> write(node, process, key("r"));
      case 1, 2 -> {
        String key = key("r");
        read(node, process, key, registers.invoke(process, new Keyed<>(key, new Register.Read())));
      }
      case 3 -> add(node, process, key("c"), random.nextInt(1, 5));
      case 4 -> swap(node, process, key("s"));
      default -> {
        String key = key("s");
        read(node, process, key, swapped.invoke(process, new Keyed<>(key, new Register.Read())));
      }
    }
  }

  private void write(Node node, int process, String key) {
    long value = ids + 1;
    var call = registers.invoke(process, new Keyed<>(key, new Register.Write(value)));
    propose(node, process, call, Verb.WRITE, key, value, 0);
  }

  private void add(Node node, int process, String key, long amount) {
    var call = counters.invoke(process, new Keyed<>(key, new Counter.Add(amount)));
    propose(node, process, call, Verb.ADD, key, amount, 0);
  }

  /** From what this copy has, which may be old. */
  private void swap(Node node, int process, String key) {
    long from = node.registers.value(key);
    long to = from + 1 + random.nextInt(2);
    var call = swapped.invoke(process, new Keyed<>(key, new Register.Cas(from, to)));
    propose(node, process, call, Verb.CAS, key, from, to);
  }

  private void propose(
      Node node,
      int process,
      History<?, Long>.Call call,
      Verb verb,
      String key,
      long a,
      long b) {
    long id = ++ids;
    Buffer command = Registers.command(id, node.self.id(), verb, key, a, b);
    Future<Buffer> answer = node.decisions().propose(Registers.NAME, command, DEADLINE);
    settle(
        node,
        process,
        answer,
        (value, failure) -> {
          if (failure == null) {
            answered++;
            call.returned(new Unpacker(value).number());
          } else if (CERTAIN.contains(failure)) {
            refused++;
            call.refused();
            world.ledger.refused(id);
          } else {
            unknown++;
            call.unknown();
          }
        });
  }

  private void read(Node node, int process, String key, History<?, Long>.Call call) {
    settle(
        node,
        process,
        node.decisions().barrier(DEADLINE),
        (value, failure) -> {
          if (failure == null) {
            barriers++;
            call.returned(node.registers.value(key));
          } else {
            call.refused();
          }
        });
  }

  /** A process that dies takes its client's answer along. */
  private <T> void settle(
      Node node, int process, Future<T> future, BiConsumer<T, ErrorCode> outcome) {
    boolean[] over = {false};
    world.sim.after(
        DEADLINE.multipliedBy(3),
        () -> {
          if (!over[0]) {
            over[0] = true;
            next(node.name, process);
          }
        });
    future.onComplete(
        done -> {
          ErrorCode failure =
              done.succeeded() ? null : MabeamException.of(done.cause()).code();
          outcome.accept(done.result(), failure);
          if (!over[0]) {
            over[0] = true;
            next(node.name, process);
          }
        });
  }

  // ---- faults ---------------------------------------------------------------------------------

  private void fault() {
    world.sim.after(
        Duration.ofMillis(random.nextInt(100, 1_500)),
        () -> {
          if (!quiet) {
            inject();
            fault();
          }
        });
  }

  private Node any() {
    List<Node> all = List.copyOf(world.all());
    return all.get(random.nextInt(all.size()));
  }

  private void inject() {
    Node a = any();
    if (corners) {
      world.sim.network().healAll();
      if (random.nextBoolean()) {
        corner(world.node("d"));
      }
      return;
    }
    Node b = any();
    switch (random.nextInt(14)) {
      case 0 -> world.sim.network().cut(a.name, b.name);
      case 1 -> world.sim.network().cutOneWay(a.name, b.name);
      case 2 -> world.sim.network().isolate(a.name);
      case 3, 4, 5 -> world.sim.network().healAll();
      case 6 -> world.sim.network().setLoss(random.nextDouble() * 0.05);
      case 7 -> world.sim.network().setLateness(0.05, Duration.ofMillis(random.nextInt(1, 300)));
      case 8 -> world.sim.network().calm();
      case 9 -> {
        if (world.keepsLogs && random.nextBoolean()) {
          crash(a);
        } else {
          pause(a);
        }
      }
      case 10 -> crash(a);
      case 11, 12 -> corner(a);
      default -> {
        if (world.leaseRules == null) {
          expel(a);
        }
      }
    }
  }

  /**
   * The leader does not hear the victim any more; and when it is about to have it expelled, the
   * victim stops, or hears nothing of anybody.
   */
  private void hunt() {
    if (quiet) {
      return;
    }
    world.sim.network().calm().healAll();
    Node leader = world.leader();
    Node victim = random.nextBoolean() ? any() : world.slowest();
    if (leader != null && leader != victim) {
      world.sim.network().cut(leader.name, victim.name);
      world.sim.network().setLateness(random.nextInt(3) * 0.01, Duration.ofSeconds(2));
      if (random.nextBoolean()) {
        stutter(victim, random.nextInt(10, 30));
      }
    }
    world.sim.after(Duration.ofMillis(random.nextInt(3_500, 6_000)), () -> strike(victim));
    world.sim.after(Duration.ofMillis(random.nextInt(7_000, 10_000)), this::hunt);
  }

  /** It runs for moments only, and so hears late what it was told in time. */
  private void stutter(Node victim, int times) {
    if (!quiet && times > 0) {
      victim.machine.pause();
      world.sim.after(
          Duration.ofMillis(random.nextInt(50, 500)),
          () -> {
            victim.machine.resume();
            world.sim.after(
                Duration.ofNanos(random.nextInt(3_000_000)), () -> stutter(victim, times - 1));
          });
    }
  }

  private void strike(Node victim) {
    if (!quiet) {
      switch (random.nextInt(4)) {
        case 0 -> world.sim.network().isolate(victim.name);
        case 1, 2 -> pause(victim);
        default -> crash(any());
      }
    }
  }

  /** The leader is left with one node, which may have to read there. */
  private void corner(Node with) {
    Node leader = world.leader();
    if (leader != null) {
      for (Node other : world.all()) {
        if (other != leader && other != with) {
          world.sim.network().cut(leader.name, other.name);
          world.sim.network().cut(with.name, other.name);
        }
      }
    }
  }

  private void pause(Node node) {
    node.machine.pause();
    world.sim.after(Duration.ofMillis(random.nextInt(50, 5_000)), node.machine::resume);
  }

  /** Only as long as those that are left can decide that it is lost. */
  private boolean mayLose(Node node) {
    doomed.removeIf(doomedNode -> !doomedNode.lives());
    Node leader = world.leader();
    if (world.keepsLogs) {
      return true;
    }
    if (leader == null || !doomed.isEmpty() || world.leaseRules != null && !whole(leader)) {
      return false;
    }
    List<Endpoint> all = leader.consensus.seat().log().status().voters();
    long lost = all.stream().filter(voter -> !world.keeps(voter)).count();
    return all.size() >= Math.min(3, voters) && lost < (all.size() - 1) / 2;
  }

  /** Whether nobody was or is about to be expelled for silence. */
  private boolean whole(Node leader) {
    return world.all().stream()
        .allMatch(
            node ->
                node.runs()
                    && node.inside
                    && leader.consensus.members().contains(node.self.id())
                    && world.sim.network().connected(leader.name, node.name));
  }

  private void crash(Node node) {
    if (node.lives() && mayLose(node)) {
      node.crash();
      again(node, Duration.ofMillis(random.nextInt(300, 4_000)));
    }
  }

  private void again(Node node, Duration after) {
    world.sim.after(
        after,
        () -> {
          if (world.node(node.name) == node && !node.lives()) {
            world.start(node.name);
          }
        });
  }

  private void expel(Node node) {
    Node by = any();
    if (node.inside && node != by && by.runs() && by.inside && mayLose(node)) {
      doomed.add(node);
      by.consensus.expel(node.self.id(), "a test");
    }
  }

  /** Whoever is expelled ends its process when it hears of it, and begins anew. */
  private void rejoin() {
    world.sim.after(Duration.ofMillis(200), this::rejoin);
    for (Node node : world.living()) {
      if (node.expelled != null && node.runs()) {
        node.crash();
        again(node, Duration.ofMillis(100));
      }
    }
  }

  @Override
  public String toString() {
    return "seed " + world.sim.seed() + ": " + answered + " answered, " + refused + " refused, "
        + unknown + " unknown, " + barriers + " reads, " + world.resumed
        + " resumed, " + world.sim.eventsRun() + " events";
  }
}
