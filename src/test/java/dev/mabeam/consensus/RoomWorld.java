package dev.mabeam.consensus;

import dev.mabeam.link.BareCourier;
import dev.mabeam.link.Courier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.link.Reachability;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * Nodes with a consensus room each, over the production courier, in one simulated network, and each
 * with a clock of its own. Besides what the {@link Ledger} sees it looks that <em>no node holds a
 * lease once it is decided anywhere that the node is gone</em>.
 */
final class RoomWorld {
  private static final String CLUSTER = "c1";
  private static final Duration RESUMING = Duration.ofSeconds(60);
  private static final Duration JOIN_AGAIN = Duration.ofSeconds(5);
  /** The fastest clock makes 1.094 s of the slowest one's second; a lease stands a tenth. */
  private static final double SKEW = 0.045;

  final Simulation sim;
  final Ledger ledger = new Ledger();
  final Map<String, Node> nodes = new LinkedHashMap<>();
  Rules rules = Rules.ALL;
  /**
   * Null: the voters change only by hand, and nobody is expelled but by hand, which does not wait
   * for a lease.
   */
  LeaseRules leaseRules;
  /** By how much clocks are too slow or too fast at most. */
  double skew = SKEW;
  ConsensusOptions options = new ConsensusOptions();
  LogSettings settings = new LogSettings(50, 400, 100, 1 << 20);
  /** Whether machines keep logs while their processes come and go. */
  boolean keepsLogs;
  private final Map<String, SimStores> disks = new LinkedHashMap<>();
  /** How many processes went on with the log of an earlier one. */
  int resumed;
  private long boots;
  private final RandomGenerator clocks;
  private final Map<String, Double> rates = new TreeMap<>();
  private final int odd;
  private final int pattern;
  private String lease = "";

  RoomWorld(long seed) {
    sim = new Simulation(seed);
    clocks = sim.split();
    odd = clocks.nextInt(3);
    pattern = clocks.nextInt(3);
    ledger.onGone(this::endedWithALease);
    look();
  }

  private void look() {
    if (!ledger.broken().isEmpty()) {
      throw new AssertionError(ledger.broken());
    }
    if (!lease.isEmpty()) {
      throw new AssertionError(lease);
    }
    sim.after(Duration.ofMillis(50), this::look);
  }

  /** The next machine's: one is slow among fast ones, or fast among slow ones, or all are anyhow. */
  private double rate() {
    double others =
        switch (pattern) {
          case 0 -> 1;
          case 1 -> -1;
          default -> clocks.nextDouble() * 2 - 1;
        };
    return 1 + skew * (rates.size() == odd ? -others : others);
  }

  Node slowest() {
    return all().stream().min(Comparator.comparingDouble(node -> node.rate)).orElseThrow();
  }

  private void endedWithALease(String member) {
    for (Node node : living()) {
      if (node.self != null && node.self.id().equals(member)) {
        lookAtLease(node);
      }
    }
  }

  /** To be called when either the lease is got or the end is decided, whichever is later. */
  private void lookAtLease(Node node) {
    boolean both = node.self != null
        && ledger.isGone(node.self.id())
        && node.consensus.lease().held();
    if (both && leaseRules != null && lease.isEmpty()) {
      lease = node.self.id() + " holds a lease at " + sim.elapsed() + " and is gone; its clock runs at "
          + node.rate + ", all at " + rates;
    }
  }

  /** One process of a machine of that name. */
  final class Node {
    final String name;
    final SimNode machine;
    final long life;
    final double rate;
    final Member applicant;
    final Registers registers;
    final Consensus consensus;
    Member self;
    boolean inside;
    /** Its log was there when it started, so that it can pass on applications before it is in. */
    boolean votes;
    String expelled;

    private Node(String name) {
      this.name = name;
      machine = sim.start(name);
      life = machine.life();
      rate = rates.computeIfAbsent(name, key -> rate());
      Scheduler clock =
          new SkewedClock(machine.scheduler(), rate, clocks.nextLong(-(1L << 50), 1L << 50));
      LinkAddress address = new LinkAddress(name, LinkAddress.DEFAULT_PORT);
      applicant = new Member(name, 0, address, address, address, "boot" + ++boots);
      registers = new Registers(name, ledger);
      Courier courier =
          BareCourier.listen(SimLinkTransport.of(machine), clock, CLUSTER, address);
      ConsensusContext context =
          new ConsensusContext(
              courier,
              clock,
              machine.random(),
              clock::execute,
              CLUSTER,
              Optional.empty(),
              member -> reachability(this, member),
              List.of(registers));
      LogContext ofLog =
          new LogContext(clock, machine.random(), courier, clock::execute, settings);
      LogStores stores = keepsLogs ? disk(name).of(machine) : LogStores.memory();
      consensus =
          Consensus.create(
              options, context, new MicroRaftLogs(ofLog, stores), rules, leaseRules);
      consensus.onExpelled(reason -> expelled = reason);
      consensus.lease().onChange(held -> lookAtLease(this));
    }

    boolean lives() {
      return machine.up() && machine.life() == life;
    }

    boolean runs() {
      return machine.state() == SimNode.State.RUNNING && lives();
    }

    /** Whose log this process keeps; null if it keeps none. */
    Endpoint endpoint() {
      Log log = consensus.seat().log();
      return log == null ? null : log.self();
    }

    /** Its process ends, or the machine loses power. */
    void crash() {
      machine.crash();
      if (keepsLogs) {
        disk(name).crash(sim.random());
      }
    }

    Decisions decisions() {
      return consensus.decisions();
    }

    LinkAddress address() {
      return applicant.link();
    }

    private void entered(Member admitted) {
      self = admitted;
      inside = true;
    }

    @Override
    public String toString() {
      return machine + " " + (self == null ? "outside" : self.id()) + " at "
          + consensus.replica().index() + " observes " + consensus.seat().observes() + " "
          + (consensus.seat().log() == null ? "" : consensus.seat().log().status())
          + (expelled == null ? "" : " expelled: " + expelled);
    }
  }

  /** What the link of {@code by} would say, without its delay. */
  private Reachability reachability(Node by, Member member) {
    Node node = nodes.get(member.name());
    boolean ended =
        node == null
            || !node.applicant.bootId().equals(member.bootId())
            || node.machine.state() == SimNode.State.CRASHED;
    if (!sim.network().connected(by.name, member.name())) {
      return Reachability.SILENT;
    }
    if (ended) {
      return Reachability.REFUSED;
    }
    return node.runs() ? Reachability.CONNECTED : Reachability.SILENT;
  }

  Node found(String name) {
    Node node = new Node(name);
    nodes.put(name, node);
    node.entered(done(name + " to found", node.consensus.found(node.applicant)));
    return node;
  }

  /**
   * Starts a process that applies until it is a member. If its machine has a log, it goes on with
   * that, and may be admitted by it as well.
   */
  Node start(String name) {
    Node node = new Node(name);
    nodes.put(name, node);
    if (keepsLogs && disk(name).kept()) {
      resume(node);
    }
    apply(node);
    return node;
  }

  private void resume(Node node) {
    node.votes = true;
    node.consensus
        .restart(node.applicant)
        .compose(voting -> node.consensus.admitMyself(node.applicant, RESUMING))
        .onSuccess(
            admitted -> {
              resumed++;
              enter(node, admitted, List.copyOf(node.consensus.members().all()));
            });
  }

  private SimStores disk(String name) {
    return disks.computeIfAbsent(name, key -> new SimStores(CLUSTER));
  }

  /** Whether that endpoint's log is there, or will be when its machine runs again. */
  boolean keeps(Endpoint endpoint) {
    Node node = node(endpoint.node());
    if (node != null && node.lives() && node.endpoint() != null) {
      return node.endpoint().equals(endpoint) && node.expelled == null;
    }
    return keepsLogs && disk(endpoint.node()).endpoint().filter(endpoint::equals).isPresent();
  }

  private void apply(Node node) {
    if (!node.lives() || node.inside) {
      return;
    }
    sim.after(JOIN_AGAIN, () -> apply(node));
    List<Node> inside =
        nodes.values().stream()
            .filter(other -> (other.inside || other.votes) && other.runs())
            .filter(other -> other != node && other.expelled == null)
            .filter(other -> sim.network().connected(node.name, other.name))
            .toList();
    if (inside.isEmpty()) {
      return;
    }
    Node at = inside.get(sim.random().nextInt(inside.size()));
    at.consensus
        .admit(node.applicant)
        .onSuccess(
            admitted -> {
              List<Member> others = List.copyOf(at.consensus.members().all());
              sim.after(Duration.ofMillis(1), () -> enter(node, admitted, others));
            });
  }

  private void enter(Node node, Member admitted, List<Member> others) {
    if (node.lives() && node.self == null) {
      node.self = admitted;
      node.consensus.follow(admitted, others).onSuccess(done -> node.inside = true);
    }
  }

  Node node(String name) {
    return nodes.get(name);
  }

  Collection<Node> all() {
    return nodes.values();
  }

  List<Node> living() {
    return nodes.values().stream().filter(Node::lives).toList();
  }

  /** The one that leads in the highest term, if it is up. */
  Node leader() {
    Node found = null;
    for (Node node : nodes.values()) {
      boolean newer = found == null || node.consensus.group().term() > found.consensus.group().term();
      if (node.runs() && node.consensus.seat().leads() && newer) {
        found = node;
      }
    }
    return found;
  }

  void await(String what, BooleanSupplier condition) {
    if (!sim.runUntil(condition, Duration.ofSeconds(60))) {
      throw new AssertionError(
          "seed " + sim.seed() + ": still not after a minute: " + what + "; " + nodes.values());
    }
  }

  <T> T done(String what, Future<T> future) {
    await(what, future::isComplete);
    if (future.failed()) {
      throw new AssertionError(what + " failed: " + future.cause(), future.cause());
    }
    return future.result();
  }

  void awaitInside(String... names) {
    for (String name : names) {
      await(name + " to be a member", () -> node(name).inside);
    }
  }

  /** Until all living copies have come as far as any, and then they have to be equal. */
  void awaitEqual() {
    await(
        "all to have applied the same",
        () -> living().stream().map(node -> node.consensus.replica().index()).distinct().count() == 1);
    Buffer first = null;
    for (Node node : living()) {
      Buffer image = node.consensus.image().get();
      if (first != null && !image.equals(first)) {
        throw new AssertionError("seed " + sim.seed() + ": " + node + " is not what others are");
      }
      first = image;
    }
  }

  // ---- voters ---------------------------------------------------------------------------------

  /** Makes it a voter. */
  void promote(String name) {
    Node node = node(name);
    Node leader = leader();
    Endpoint endpoint =
        done(
            name + " to open a log",
            node.consensus.seat().enlist(node.self, leader.consensus.replica().members().founder()));
    change(endpoint, Log.Change.ADD_LEARNER);
    await(
        name + " to catch up",
        () -> {
          Log.LogStatus status = leader().consensus.seat().log().status();
          return status.matched().getOrDefault(endpoint, 0L) >= status.committed();
        });
    change(endpoint, Log.Change.PROMOTE);
  }

  void change(Endpoint endpoint, Log.Change change) {
    Log log = leader().consensus.seat().log();
    done(change + " of " + endpoint, log.change(endpoint, change, log.status().configuration()));
  }

  /** A cluster of these nodes, of which the first {@code voters} vote. */
  static RoomWorld of(RoomWorld world, int voters, String... names) {
    world.found(names[0]);
    List<String> rest = List.of(names).subList(1, names.length);
    for (String name : rest) {
      world.start(name);
      world.awaitInside(name);
    }
    for (String name : new ArrayList<>(rest).subList(0, voters - 1)) {
      world.promote(name);
    }
    return world;
  }
}
