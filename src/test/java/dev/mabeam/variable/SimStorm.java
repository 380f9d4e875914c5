package dev.mabeam.variable;

import dev.mabeam.testing.sim.SimNode;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What goes wrong in a run: messages are lost, doubled and late, processes crash, pause and are
 * expelled, links are cut, in one direction or both, and clocks are wrong. Then calm.
 */
final class SimStorm {
  /** What may happen to a node that is drawn; named twice it is drawn twice as often. */
  enum Fault {
    /** One at a time dies with its memory, and is expelled soon or late; then it is started. */
    CRASH_OR_START,
    PAUSE,
    RESUME,
    ISOLATE,
    /** From another one, in both directions. */
    CUT,
    /** What it sends to another one. */
    CUT_ONE_WAY,
    /** The cluster falls into two. */
    SPLIT,
    /** It was silent for too long; when it comes back it finds out, and joins again. */
    EXPEL_IF_SILENT,
    SKEW,
    HEAL,
    HEAL_AND_SKEW
  }

  /** Everything, as often as it takes to meet. */
  static final Fault[] MIX = {
    Fault.CRASH_OR_START, Fault.CRASH_OR_START, Fault.PAUSE, Fault.RESUME, Fault.ISOLATE,
    Fault.SPLIT, Fault.CUT_ONE_WAY, Fault.EXPEL_IF_SILENT, Fault.SKEW, Fault.HEAL
  };

  private final SimVariables cluster;
  private final RandomGenerator random;
  private final List<Fault> faults;
  private final Duration skew;
  private final List<String> names;
  private Duration unnoticed = Duration.ofSeconds(2);
  private double late = 0.1;
  private Consumer<SimVariables.Node> beforeLoss = node -> {};
  private Consumer<String> trace = what -> {};

  /**
   * @param skew how wrong a clock gets at most
   * @param faults of which one is drawn at a time
   */
  SimStorm(SimVariables cluster, RandomGenerator random, Duration skew, Fault... faults) {
    this.cluster = cluster;
    this.random = random;
    this.skew = skew;
    this.faults = List.of(faults);
    names = cluster.sim.nodes().stream().map(SimNode::name).toList();
  }

  /** Within how long one that crashed is expelled; two seconds unless it is said. */
  SimStorm unnoticedFor(Duration atMost) {
    unnoticed = atMost;
    return this;
  }

  /** None, one or two times this share of the messages is late; a tenth unless it is said. */
  SimStorm late(double share) {
    late = share;
    return this;
  }

  /** Hears of a node that is about to crash or to be expelled. */
  SimStorm beforeLoss(Consumer<SimVariables.Node> listener) {
    beforeLoss = listener;
    return this;
  }

  /** Hears what goes wrong. */
  SimStorm trace(Consumer<String> listener) {
    trace = listener;
    return this;
  }

  List<String> names() {
    return names;
  }

  String anyName() {
    return names.get(random.nextInt(names.size()));
  }

  /** From now on the network is as bad as it is in this run. */
  void begin() {
    cluster
        .sim
        .network()
        .setLoss(random.nextInt(4) * 0.1)
        .setDuplication(random.nextInt(3) * 0.1)
        .setLateness(random.nextInt(3) * late, Duration.ofSeconds(1));
  }

  void fault() {
    String name = anyName();
    SimNode host = cluster.node(name).host;
    Fault fault = faults.get(random.nextInt(faults.size()));
    trace.accept(fault + " " + name);
    switch (fault) {
      case CRASH_OR_START -> crashOrStart(name);
      case PAUSE -> host.pause();
      case RESUME -> host.resume();
      case ISOLATE -> cluster.sim.network().isolate(name);
      case CUT -> cutFromAnother(name, cluster.sim.network()::cut);
      case CUT_ONE_WAY -> cutFromAnother(name, cluster.sim.network()::cutOneWay);
      case SPLIT -> split();
      case EXPEL_IF_SILENT -> expelIfSilent(name);
      case SKEW -> skew(host);
      case HEAL -> cluster.sim.network().healAll();
      case HEAL_AND_SKEW -> {
        cluster.sim.network().healAll();
        skew(host);
      }
    }
  }

  private void cutFromAnother(String name, BiConsumer<String, String> cut) {
    String other = anyName();
    if (!other.equals(name)) {
      cut.accept(name, other);
    }
  }

  private void split() {
    int at = 1 + random.nextInt(names.size() - 1);
    for (String a : names.subList(0, at)) {
      names.subList(at, names.size()).forEach(b -> cluster.sim.network().cut(a, b));
    }
  }

  private void skew(SimNode host) {
    int most = (int) skew.toMillis();
    host.skewWall(Duration.ofMillis(random.nextInt(-most, most)));
  }

  private void crashOrStart(String name) {
    SimVariables.Node node = cluster.node(name);
    boolean allUp = names.stream().allMatch(each -> cluster.node(each).host.up());
    if (allUp && node.isIn()) {
      beforeLoss.accept(node);
      cluster.crash(name);
      cluster.sim.after(
          Duration.ofMillis(random.nextInt(200, (int) unnoticed.toMillis())),
          () -> cluster.expel(node));
    } else if (!node.host.up() && node.expelled) {
      cluster.start(name);
    }
  }

  private void expelIfSilent(String name) {
    SimVariables.Node node = cluster.node(name);
    if (node.isIn() && node.host.up() && !cluster.log.hasQuorum(name)) {
      beforeLoss.accept(node);
      cluster.expel(node);
    }
  }

  void calm() {
    cluster.sim.network().calm().healAll();
    cluster.sim.nodes().forEach(SimNode::resume);
    cluster.sim.runFor(Duration.ofSeconds(5));
    cluster.admitAgain();
  }
}
