package dev.mabeam.variable;

import dev.mabeam.testing.sim.SimNode;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * What goes wrong in a run: messages are lost, doubled and late, processes crash, pause and are
 * expelled, links are cut, in one direction or both, and clocks are wrong. Then calm.
 */
final class SimStorm {
  private static final String[] FAULTS = {
    "crash or start", "crash or start", "pause", "resume", "isolate", "split", "cut one way from",
    "expel if silent", "skew", "heal, not"
  };

  private final SimVariables cluster;
  private final RandomGenerator random;
  private final List<String> names;
  private final Duration skew;
  private final Consumer<SimVariables.Node> beforeLoss;
  private final Consumer<String> trace;

  /**
   * @param skew how wrong a clock gets at most
   * @param beforeLoss called with a node that is about to crash or to be expelled
   * @param trace called with what goes wrong
   */
  SimStorm(
      SimVariables cluster,
      RandomGenerator random,
      Duration skew,
      Consumer<SimVariables.Node> beforeLoss,
      Consumer<String> trace) {
    this.cluster = cluster;
    this.random = random;
    this.skew = skew;
    this.beforeLoss = beforeLoss;
    this.trace = trace;
    names = cluster.sim.nodes().stream().map(SimNode::name).toList();
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
        .setLateness(random.nextInt(3) * 0.1, Duration.ofSeconds(1));
  }

  void fault() {
    String name = anyName();
    String other = anyName();
    SimVariables.Node node = cluster.node(name);
    int which = random.nextInt(FAULTS.length);
    trace.accept(FAULTS[which] + " " + name);
    switch (which) {
      case 0, 1 -> crash(name);
      case 2 -> node.host.pause();
      case 3 -> node.host.resume();
      case 4 -> cluster.sim.network().isolate(name);
      case 5 -> split();
      case 6 -> {
        if (!other.equals(name)) {
          cluster.sim.network().cutOneWay(name, other);
        }
      }
      case 7 -> expel(name);
      case 8 -> {
        int most = (int) skew.toMillis();
        node.host.skewWall(Duration.ofMillis(random.nextInt(-most, most)));
      }
      default -> cluster.sim.network().healAll();
    }
  }

  private void split() {
    int at = 1 + random.nextInt(names.size() - 1);
    for (String a : names.subList(0, at)) {
      names.subList(at, names.size()).forEach(b -> cluster.sim.network().cut(a, b));
    }
  }

  /** One at a time dies with its memory, and is expelled soon or late. */
  private void crash(String name) {
    SimVariables.Node node = cluster.node(name);
    boolean allUp = names.stream().allMatch(each -> cluster.node(each).host.up());
    if (allUp && node.isIn()) {
      beforeLoss.accept(node);
      cluster.crash(name);
      cluster.sim.after(
          Duration.ofMillis(random.nextInt(200, 2_000)), () -> cluster.expel(node));
    } else if (!node.host.up() && node.expelled) {
      cluster.start(name);
    }
  }

  /** It was silent for too long; when it comes back it finds out, and joins again. */
  private void expel(String name) {
    SimVariables.Node node = cluster.node(name);
    if (node.isIn() && node.host.up() && !cluster.log.hasQuorum(name)) {
      beforeLoss.accept(node);
      cluster.expel(node);
    }
  }

  void calm() {
    cluster.sim.network().calm().healAll();
    cluster.sim.nodes().forEach(SimNode::resume);
    cluster.sim.runFor(Duration.ofSeconds(4));
    for (String name : names) {
      SimVariables.Node node = cluster.node(name);
      if (node.expelled && node.host.up()) {
        cluster.rejoin(name);
      } else if (node.expelled) {
        cluster.start(name);
      }
    }
  }
}
