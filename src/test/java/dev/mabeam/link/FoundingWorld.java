package dev.mabeam.link;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNetwork.FrameFault;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * One seed's story: some seeds and a few other nodes start in any order, and for half a minute
 * things break, at random and just when a node enters a phase of the protocol; then all is healed.
 */
final class FoundingWorld {
  /** What a node may suffer. */
  enum Fault {
    CRASH,
    RESTART,
    POWER_OFF,
    PAUSE,
    CUT,
    ONE_WAY_OUT,
    ONE_WAY_IN
  }

  static final Duration TROUBLE = Duration.ofSeconds(30);
  static final Duration BOUND = Duration.ofSeconds(60);

  private final Simulation sim;
  private final RandomGenerator dice;
  private final Founding.Rules rules;
  private final Coverage coverage;
  private final boolean trace;
  private final List<String> names = new ArrayList<>();
  private final List<LinkAddress> seeds;
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final Map<String, Founding.Phase> phases = new HashMap<>();
  private final double ambush;
  private final int meanMillis;
  private boolean troubled = true;
  private int orphans;
  /** Kept, not thrown: a future would swallow it. */
  private AssertionError violation;

  FoundingWorld(long seed, Founding.Rules rules, Coverage coverage, boolean trace) {
    this.sim = new Simulation(seed);
    this.dice = sim.random();
    this.rules = rules;
    this.coverage = coverage;
    this.trace = trace;
    int seedCount = 2 + dice.nextInt(4);
    seeds = IntStream.range(0, seedCount).mapToObj(i -> address("s" + i)).toList();
    seeds.forEach(address -> names.add(address.host()));
    IntStream.range(0, dice.nextInt(3)).forEach(i -> names.add("j" + i));
    ambush = dice.nextDouble() * 0.4;
    meanMillis = 300 + dice.nextInt(6_000);
    sim.network()
        .setLatency(Duration.ofNanos(200_000), Duration.ofMillis(1 + dice.nextInt(20)))
        .setLoss(dice.nextInt(3) == 0 ? dice.nextDouble() * 0.1 : 0)
        .setLateness(dice.nextDouble() * 0.1, Duration.ofMillis(3_000))
        .onFrameFault(this::frameFault);
  }

  /** How many nodes ended in a cluster that had lost all its seeds: the documented case. */
  int orphans() {
    return orphans;
  }

  Simulation simulation() {
    return sim;
  }

  /** Runs it; an AssertionError says what was violated. */
  void run() {
    for (String name : names) {
      sim.after(Duration.ofMillis(dice.nextInt(dice.nextBoolean() ? 200 : 8_000)), () -> start(name));
    }
    trouble();
    sim.runUntil(() -> violation != null, TROUBLE);
    heal();
    boolean converged = sim.runUntil(this::settled, BOUND);
    restartOrphans();
    if (!converged || orphans > 0) {
      converged = sim.runUntil(this::settled, BOUND);
    }
    if (violation != null) {
      throw violation;
    }
    if (!converged) {
      throw new AssertionError("not one cluster within " + BOUND + " of the heal: " + describe());
    }
  }

  // ---- nodes ----------------------------------------------------------------------------------

  private static LinkAddress address(String host) {
    return new LinkAddress(host, LinkAddress.DEFAULT_PORT);
  }

  private void start(String name) {
    SimNode known = sim.nodes().stream().filter(n -> n.name().equals(name)).findAny().orElse(null);
    if (known != null && known.up()) {
      return;
    }
    SimNode node = sim.start(name);
    long life = node.life();
    LinkOptions options =
        new LinkOptions(
            name, address(name), address(name), address(name), Duration.ofSeconds(20));
    Link link =
        Link.create(
            options,
            SimLinkTransport.of(node),
            SeedSource.fixed(seeds),
            node.scheduler(),
            node.random(),
            rules,
            phase -> entered(node, life, phase));
    OldestMemberRegistrar.serve(link, node.scheduler());
    links.put(name, link);
    phases.put(name, Founding.Phase.SEEKING);
    say(name + " starts, life " + life);
    link.onReplaced(by -> failed(node, life, replaced(name)));
    link.join().onFailure(failure -> failed(node, life, failure));
  }

  private static MabeamException replaced(String name) {
    return new MabeamException(ErrorCode.CONFLICT, name + " was replaced");
  }

  /** As a supervisor does: whoever finds no cluster starts again. */
  private void failed(SimNode node, long life, Throwable failure) {
    ErrorCode code = MabeamException.of(failure).code();
    say(node.name() + " fails: " + failure.getMessage());
    if (code != ErrorCode.NO_REACHABLE_SEED_NODES && code != ErrorCode.CONFLICT) {
      violation = new AssertionError(node.name() + " failed with " + failure, failure);
    }
    sim.after(
        Duration.ofMillis(1),
        () -> {
          if (node.life() == life) {
            node.crash();
            sim.after(Duration.ofMillis(500), () -> start(node.name()));
          }
        });
  }

  private void entered(SimNode node, long life, Founding.Phase phase) {
    phases.put(node.name(), phase);
    say(node.name() + " " + phase + clusterOf(node.name()));
    if (phase == Founding.Phase.MEMBER) {
      checkSafety();
    }
    if (troubled && dice.nextDouble() < ambush) {
      Fault fault = Fault.values()[dice.nextInt(Fault.values().length)];
      sim.after(
          Duration.ofNanos(dice.nextLong(dice.nextBoolean() ? 500_000 : 60_000_000)),
          () -> {
            if (troubled && node.life() == life) {
              strike(node, fault);
            }
          });
    }
  }

  private String clusterOf(String name) {
    return links.get(name).admission().map(a -> " " + a.self().id() + " of " + a.clusterId()).orElse("");
  }

  // ---- trouble --------------------------------------------------------------------------------

  private void trouble() {
    sim.after(
        Duration.ofMillis(50 + dice.nextInt(2 * meanMillis)),
        () -> {
          if (troubled) {
            List<SimNode> nodes = List.copyOf(sim.nodes());
            if (!nodes.isEmpty()) {
              Fault fault = Fault.values()[dice.nextInt(Fault.values().length)];
              strike(nodes.get(dice.nextInt(nodes.size())), fault);
              if (dice.nextInt(6) == 0) {
                blackout(nodes);
              }
            }
            trouble();
          }
        });
  }

  /** Everybody goes down, and comes back in any order: founding begins anew. */
  private void blackout(List<SimNode> nodes) {
    say("everybody goes down");
    int within = dice.nextBoolean() ? 100 : 3_000;
    for (SimNode node : nodes) {
      node.crash();
      startLater(node, within);
    }
  }

  private void strike(SimNode node, Fault fault) {
    if (!node.up()) {
      return;
    }
    coverage.hit(phases.get(node.name()).name(), fault.name());
    say(node.name() + " suffers " + fault);
    String other = names.get(dice.nextInt(names.size()));
    switch (fault) {
      case CRASH -> {
        node.crash();
        startLater(node, 5_000);
      }
      case RESTART -> {
        node.crash();
        startLater(node, 50);
      }
      case POWER_OFF -> {
        node.powerOff();
        startLater(node, 5_000);
      }
      case PAUSE -> {
        node.pause();
        sim.after(Duration.ofMillis(1 + dice.nextInt(8_000)), node::resume);
      }
      case CUT -> {
        if (dice.nextBoolean()) {
          sim.network().isolate(node.name());
          sim.after(lasting(), () -> names.forEach(n -> sim.network().heal(n, node.name())));
        } else {
          sim.network().cut(node.name(), other);
          healLater(node.name(), other);
        }
      }
      case ONE_WAY_OUT -> {
        sim.network().cutOneWay(node.name(), other);
        healLater(node.name(), other);
      }
      case ONE_WAY_IN -> {
        sim.network().cutOneWay(other, node.name());
        healLater(node.name(), other);
      }
      default -> throw new IllegalStateException();
    }
  }

  private void healLater(String a, String b) {
    sim.after(lasting(), () -> sim.network().heal(a, b));
  }

  /** Mostly short, sometimes longer than every timeout. */
  private Duration lasting() {
    return Duration.ofMillis(1 + dice.nextInt(dice.nextInt(3) == 0 ? 25_000 : 4_000));
  }

  private void startLater(SimNode node, int withinMillis) {
    sim.after(Duration.ofMillis(1 + dice.nextInt(withinMillis)), () -> start(node.name()));
  }

  private void frameFault(FrameFault fault, Frame frame) {
    if (frame.type() == Frame.ASK) {
      JsonObject question = frame.json().getJsonObject("question");
      coverage.hit(question.getString("ask"), fault.name());
    } else if (frame.type() == Frame.ANSWER) {
      JsonObject answer = frame.json().getJsonObject("answer");
      String said = answer.getString("answer", answer.getString("ruling", ""));
      if (!said.isEmpty()) {
        coverage.hit(said, fault.name());
      }
    }
  }

  private void heal() {
    say("---- all is healed");
    troubled = false;
    sim.network().calm().healAll();
    sim.nodes().forEach(SimNode::resume);
    names.forEach(this::start);
  }

  // ---- what has to hold -----------------------------------------------------------------------

  private boolean alive(String name) {
    return links.containsKey(name) && sim.node(name).up();
  }

  /** Never two clusters that both have a living member among the seeds. */
  private void checkSafety() {
    Set<String> clusters = new TreeSet<>();
    for (LinkAddress seed : seeds) {
      if (alive(seed.host())) {
        links.get(seed.host()).admission().ifPresent(in -> clusters.add(in.clusterId()));
      }
    }
    if (clusters.size() > 1) {
      say("two clusters among the same seeds");
      violation = new SafetyViolation("two clusters among the same seeds: " + describe());
    }
  }

  /** Told apart from other failures: this one a broken variant has to cause. */
  static final class SafetyViolation extends AssertionError {
    private static final long serialVersionUID = 1L;

    SafetyViolation(String message) {
      super(message);
    }
  }

  private boolean settled() {
    return violation != null || converged();
  }

  /** Everybody is in one cluster, has an id of its own, and is connected with everybody. */
  private boolean converged() {
    Set<String> clusters = new TreeSet<>();
    Set<String> ids = new TreeSet<>();
    for (String name : names) {
      Admission in = links.get(name).admission().orElse(null);
      if (!alive(name) || in == null) {
        return false;
      }
      clusters.add(in.clusterId());
      ids.add(in.self().id());
    }
    return clusters.size() == 1
        && ids.size() == names.size()
        && names.stream().allMatch(this::seesAll);
  }

  private boolean seesAll(String name) {
    return links.get(name).peers().stream()
            .filter(peer -> peer.reachability() == Reachability.CONNECTED)
            .count()
        == names.size() - 1;
  }

  /** Members of a cluster whose seeds all died: an operator restarts them. */
  private void restartOrphans() {
    String cluster = null;
    for (LinkAddress seed : seeds) {
      cluster = links.get(seed.host()).admission().map(Admission::clusterId).orElse(cluster);
    }
    for (String name : names) {
      Admission in = links.get(name).admission().orElse(null);
      boolean seed = seeds.contains(address(name));
      if (!seed && in != null && !in.clusterId().equals(cluster)) {
        orphans++;
        say(name + " is an orphan");
        sim.node(name).crash();
        start(name);
      }
    }
  }

  private String describe() {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      text.append("\n  ").append(name).append(' ').append(phases.get(name));
      if (links.containsKey(name)) {
        text.append(' ').append(sim.node(name)).append(clusterOf(name)).append(' ');
        links.get(name).peers().forEach(
            p -> text.append(p.member().id()).append(' ').append(p.reachability()).append(", "));
      }
    }
    return text.toString();
  }

  private void say(String what) {
    if (trace) {
      System.out.printf("%9.3f  %s%n", sim.nanos() / 1e9, what);
    }
  }

  /** How often each fault struck at each step. */
  static final class Coverage {
    private final Map<String, Map<String, Long>> hits = new LinkedHashMap<>();

    void hit(String step, String fault) {
      hits.computeIfAbsent(step, key -> new HashMap<>()).merge(fault, 1L, Long::sum);
    }

    long count(String step, String fault) {
      return hits.getOrDefault(step, Map.of()).getOrDefault(fault, 0L);
    }

    String table(List<String> steps, List<String> faults) {
      StringBuilder text = new StringBuilder("%-12s".formatted(""));
      faults.forEach(fault -> text.append("%12s".formatted(fault)));
      for (String step : steps) {
        text.append("%n%-12s".formatted(step));
        faults.forEach(fault -> text.append("%12d".formatted(count(step, fault))));
      }
      return text.toString();
    }
  }
}
