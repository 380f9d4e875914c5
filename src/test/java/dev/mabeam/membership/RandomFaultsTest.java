package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.link.Reachability;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.testing.sim.SimNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random faults, then calm: all tables become equal, nobody that lives is missing in them, and no
 * living node was ever called failed.
 */
class RandomFaultsTest {
  private static final int SAMPLE = 10;
  private static final int ALL = 400;

  static LongStream sample() {
    return LongStream.rangeClosed(1, SAMPLE);
  }

  static LongStream all() {
    return LongStream.rangeClosed(SAMPLE + 1, ALL);
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldAgreeAfterRandomFaults(long seed) {
    run(seed);
  }

  @Test
  @Tag("long")
  void shouldAgreeAfterRandomFaultsInHundredsOfSeeds() {
    all().forEach(RandomFaultsTest::run);
  }

  /** Takes a port that does not answer for the end of its process. */
  private static NodeStatus silenceIsDeath(VerdictRules.Sight sight) {
    boolean silent = sight.link() == Reachability.SILENT && !sight.leaving();
    return silent ? NodeStatus.FAILED : VerdictRules.judge(sight);
  }

  @Test
  void shouldCatchRulesThatTakeSilenceForDeath() {
    long caught =
        sample()
            .filter(
                seed -> {
                  try {
                    run(seed, RandomFaultsTest::silenceIsDeath);
                    return false;
                  } catch (AssertionError expected) {
                    return expected.getMessage().contains("called");
                  }
                })
            .count();
    assertTrue(caught > SAMPLE / 4, "only " + caught + " seeds of " + SAMPLE + " tell");
  }

  /**
   * Without cuts and losses, whoever crashes whenever, coordinators included: each incarnation is
   * announced once when it joins and once when it ends.
   */
  @ParameterizedTest
  @MethodSource("sample")
  void shouldAnnounceEachIncarnationOnceHoweverCoordinatorsDie(long seed) {
    RandomGenerator random = Seeds.random(seed);
    SimMembers cluster = SimMembers.of(5, seed, Topology.RING);
    cluster.sim.runFor(Duration.ofSeconds(2));
    List<String> ids = new ArrayList<>();
    cluster.eachAlive(node -> ids.add(node.id()));
    List<String> ended = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String coordinator = cluster.alive().get(0).membership.status().coordinator();
      String name =
          random.nextBoolean()
              ? coordinator.substring(0, coordinator.indexOf('#'))
              : "n" + (1 + random.nextInt(5));
      ended.add(cluster.node(name).id());
      cluster.crash(name);
      cluster.sim.runFor(Duration.ofMillis(100 + random.nextInt(8_000)));
      SimMembers.Node again = cluster.start(name);
      cluster.await(again::isIn, name + " is in again");
      ids.add(again.id());
      cluster.awaitAgreed();
      cluster.sim.runFor(Duration.ofSeconds(2));
    }
    cluster.sim.runFor(Duration.ofSeconds(20));
    for (String id : ids) {
      assertEquals(1, cluster.published("node.joined", id), () -> id + cluster.describe());
      assertEquals(
          ended.contains(id) ? 1 : 0,
          cluster.published("node.failed", id),
          () -> id + cluster.describe());
    }
  }

  private static void run(long seed) {
    run(seed, VerdictRules::judge);
  }

  private static void run(long seed, Function<VerdictRules.Sight, NodeStatus> rules) {
    RandomGenerator random = Seeds.random(seed);
    Topology topology = Topology.values()[random.nextInt(Topology.values().length)];
    SimMembers cluster = SimMembers.of(5, seed, topology, rules);
    List<String> slanders = new ArrayList<>();
    cluster.eachAlive(node -> watch(cluster, node, slanders));
    cluster
        .sim
        .network()
        .setLoss(random.nextInt(3) * 0.05)
        .setDuplication(random.nextInt(3) * 0.1)
        .setLateness(random.nextInt(3) * 0.1, Duration.ofSeconds(2));
    int faults = 3 + random.nextInt(6);
    for (int i = 0; i < faults; i++) {
      fault(cluster, random);
      cluster.sim.runFor(Duration.ofMillis(200 + random.nextInt(9_000)));
    }
    cluster.sim.network().calm().healAll();
    cluster.sim.nodes().forEach(SimNode::resume);
    cluster.sim.nodes().stream()
        .filter(node -> !node.up())
        .map(SimNode::name)
        .toList()
        .forEach(cluster::start);
    cluster.await(cluster::everybodyIsIn, "everybody is in again");
    cluster.awaitAgreed();
    cluster.sim.runFor(Duration.ofSeconds(20));
    cluster.awaitAgreed();
    assertTrue(slanders.isEmpty(), () -> "seed " + seed + ": " + slanders + cluster.describe());
    assertNothingIsSaidTwice(cluster);
  }

  private static void watch(SimMembers cluster, SimMembers.Node at, List<String> slanders) {
    at.membership.onChange(
        node -> {
          SimNode host = cluster.sim.node(node.name());
          boolean lives = host.up() && cluster.node(node.name()).isIn()
              && cluster.node(node.name()).id().equals(node.id());
          if (node.status() == NodeStatus.FAILED && lives) {
            slanders.add(at.id() + " called " + node.id() + " failed at " + cluster.sim.elapsed());
          }
        });
  }

  private static void fault(SimMembers cluster, RandomGenerator random) {
    List<String> names = new ArrayList<>(List.of("n1", "n2", "n3", "n4", "n5"));
    Collections.shuffle(names, new Random(random.nextLong()));
    String one = names.get(0);
    String two = names.get(1);
    long down = cluster.sim.nodes().stream().filter(node -> !node.up()).count();
    switch (random.nextInt(8)) {
      case 0 -> cluster.sim.network().cut(one, two);
      case 1 -> cluster.sim.network().cutOneWay(one, two);
      case 2 -> cluster.cut(names.subList(0, 2), names.subList(2, 5));
      case 3 -> cluster.sim.network().healAll();
      case 4 -> cluster.sim.node(one).pause();
      case 5 -> cluster.sim.nodes().forEach(SimNode::resume);
      default -> {
        // A grid that loses its majority for good needs an operator: not the subject here.
        if (cluster.sim.node(one).up() && down < 1) {
          cluster.crash(one);
        }
      }
    }
  }

  /** Between two announcements that a node joined there has to be one that it failed or left. */
  private static void assertNothingIsSaidTwice(SimMembers cluster) {
    Map<String, String> last = new HashMap<>();
    cluster.published.forEach(
        event -> {
          String key = event.origin() + " of " + event.fields().getString("node");
          String before = last.put(key, event.type());
          assertTrue(
              !event.type().equals(before) || event.type().equals("node.suspected"),
              () -> "twice: " + event.toJson() + "\n" + cluster.describe());
        });
  }
}
