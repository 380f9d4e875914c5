package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.testing.sim.SimNode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole consensus rooms that choose their voters themselves. */
class ElectorateSimTest {
  private static final int SAMPLE = 8;
  private static final int ALL = 250;

  /** Rooms with stores in memory; whoever is expelled comes back as a new process. */
  private static final class Cluster {
    final RoomWorld world;
    final Set<RoomWorld.Node> rejoining = new HashSet<>();
    String violation;

    Cluster(long seed, LeaseRules rules, int nodes) {
      world = new RoomWorld(seed);
      world.leaseRules = rules;
      world.found("n1");
      for (int i = 2; i <= nodes; i++) {
        start("n" + i);
      }
    }

    void start(String name) {
      world.start(name);
      await(name + " to be in", () -> world.node(name).inside);
    }

    Set<String> voters() {
      RoomWorld.Node leader = world.leader();
      Set<String> names = new TreeSet<>();
      if (leader != null) {
        leader.consensus.group().status().voters().forEach(voter -> names.add(voter.node()));
      }
      return names;
    }

    int learners() {
      return world.leader().consensus.seat().log().status().learners().size();
    }

    boolean look() {
      for (RoomWorld.Node node : world.living()) {
        if (node.self != null && node.consensus.lease().held()) {
          for (RoomWorld.Node other : world.living()) {
            MemberTable members = other.consensus.replica().members();
            boolean gone = members.lastIncarnation() >= node.self.incarnation()
                && !members.contains(node.self.id());
            if (gone) {
              violation = node.self.id() + " holds a lease at " + world.sim.elapsed()
                  + " and is gone for " + other.name;
            }
          }
        }
        if (node.expelled != null && rejoining.add(node)) {
          world.sim.after(Duration.ofSeconds(1), () -> again(node));
        }
      }
      return violation != null;
    }

    private void again(RoomWorld.Node node) {
      if (node.lives()) {
        node.machine.crash();
        world.start(node.name);
      }
    }

    void runFor(Duration span) {
      world.sim.runUntil(this::look, span);
      assertEquals(null, violation, () -> "seed " + world.sim.seed());
    }

    void await(String what, BooleanSupplier condition) {
      await(what, Duration.ofSeconds(60), condition);
    }

    void await(String what, Duration within, BooleanSupplier condition) {
      world.sim.runUntil(() -> look() || condition.getAsBoolean(), within);
      assertEquals(null, violation, () -> "seed " + world.sim.seed());
      assertTrue(
          condition.getAsBoolean(),
          () -> "seed " + world.sim.seed() + ": still not after " + within + ": " + what + "; "
              + world.all());
    }

    void awaitVoters(int count) {
      await(count + " voters", Duration.ofSeconds(90), () -> settled(count));
    }

    private boolean settled(int count) {
      return voters().size() == count
          && learners() == 0
          && world.living().stream()
              .filter(node -> voters().contains(node.name))
              .count() == count;
    }

    void awaitLeases() {
      await(
          "everybody to hold a lease",
          () -> world.living().stream().allMatch(n -> n.inside && n.consensus.lease().held()));
    }

    boolean hasLeader() {
      return world.leader() != null;
    }

    /** All voters live, and there are three of them at least. */
    boolean everybodyVotes() {
      return voters().size() >= 3 && settled(voters().size());
    }

    /** Whether a decision is made within a few seconds. */
    boolean decides() {
      RoomWorld.Node leader = world.leader();
      if (leader == null) {
        return false;
      }
      Future<?> done =
          leader.consensus.decisions().barrier(Duration.ofSeconds(3));
      world.sim.runUntil(() -> look() || done.isComplete(), Duration.ofSeconds(5));
      return done.succeeded();
    }
  }

  private static Cluster of(int nodes) {
    return new Cluster(1, LeaseRules.ALL, nodes);
  }

  @Test
  void shouldGrowFromOneVoterToFiveAndLeaveTheRestAsObservers() {
    Cluster cluster = of(9);
    cluster.awaitVoters(5);
    cluster.awaitLeases();
    cluster.runFor(Duration.ofMinutes(2));
    assertEquals(5, cluster.voters().size());
    cluster.world.awaitEqual();
  }

  /** A promotion makes every lease depend on somebody who has confirmed nobody yet. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void shouldLoseNoLeaseForLongerThanAnAnswerTakesWhileVotersArePromoted(int nodes) {
    Cluster cluster = of(nodes);
    cluster.awaitLeases();
    assertTrue(cluster.voters().size() < nodes, "all of them vote already");
    Gaps gaps = new Gaps(cluster);
    cluster.await("all to vote", () -> gaps.look() || cluster.voters().size() == nodes);
    cluster.world.sim.runUntil(gaps::look, Duration.ofSeconds(5));
    assertTrue(gaps.longest.compareTo(Duration.ofMillis(100)) < 0, () -> "" + gaps.longest);
  }

  /** For how long any node was without its lease. */
  private static final class Gaps {
    private final Cluster cluster;
    private final Map<String, Duration> since = new HashMap<>();
    Duration longest = Duration.ZERO;

    Gaps(Cluster cluster) {
      this.cluster = cluster;
    }

    boolean look() {
      Duration now = cluster.world.sim.elapsed();
      for (RoomWorld.Node node : cluster.world.living()) {
        if (node.consensus.lease().held()) {
          since.remove(node.name);
        } else {
          Duration gap = now.minus(since.computeIfAbsent(node.name, name -> now));
          longest = gap.compareTo(longest) > 0 ? gap : longest;
        }
      }
      return false;
    }
  }

  @Test
  void shouldShrinkToTwoWhenOneOfThreeDiesAndGrowAgain() {
    Cluster cluster = of(3);
    cluster.awaitVoters(3);
    cluster.world.node("n2").machine.crash();
    cluster.awaitVoters(2);
    assertTrue(cluster.decides(), "two of two decide");
    cluster.start("n2");
    cluster.awaitVoters(3);
    cluster.awaitLeases();
  }

  @Test
  void shouldGoOnWhenTheLeaderOfThreeDies() {
    Cluster cluster = of(3);
    cluster.awaitVoters(3);
    String leader = cluster.world.leader().name;
    cluster.world.node(leader).machine.crash();
    cluster.awaitVoters(2);
    cluster.start(leader);
    cluster.awaitVoters(3);
  }

  @Test
  void shouldTakeALeavingLeaderOutOfTheVoteBeforeItStops() {
    Cluster cluster = of(4);
    cluster.awaitVoters(3);
    RoomWorld.Node leader = cluster.world.leader();
    Future<Void> retired = leader.consensus.retire(Duration.ofSeconds(40));
    cluster.await("the leader to retire", retired::isComplete);
    assertTrue(retired.succeeded(), () -> "" + retired.cause());
    assertTrue(!cluster.voters().contains(leader.name), () -> "" + cluster.voters());
    cluster.await("it to leave", leader.consensus.leave(leader.self.id())::isComplete);
    leader.machine.crash();
    cluster.awaitVoters(3);
    assertTrue(cluster.decides(), "three of three decide");
  }

  @Test
  void shouldShrinkFromTwoToOneWhenOneLeaves() {
    Cluster cluster = of(2);
    cluster.awaitVoters(2);
    RoomWorld.Node leader = cluster.world.leader();
    Future<Void> retired = leader.consensus.retire(Duration.ofSeconds(30));
    cluster.await("the leader to retire", retired::succeeded);
    leader.machine.crash();
    assertEquals(1, cluster.voters().size());
    assertTrue(cluster.decides(), "one of one decides");
  }

  @Test
  void shouldPreferTheWitness() {
    Cluster cluster = of(3);
    cluster.awaitVoters(3);
    cluster.start("n4");
    cluster.world.node("n4").consensus.describe("", true);
    cluster.await("the witness to vote", Duration.ofMinutes(2), () -> cluster.settled(3)
        && cluster.voters().contains("n4"));
  }

  @Test
  void shouldGoOnDecidingWhileACandidateCannotCatchUp() {
    assertTrue(decidesBesideACutOffCandidate(LeaseRules.ALL), "it waits for the candidate");
  }

  @Test
  void shouldCatchThePromotionOfACandidateThatHasNotCaughtUp() {
    LeaseRules broken = new LeaseRules(true, true, true, true, true, true, false, true);
    assertTrue(!decidesBesideACutOffCandidate(broken), "it decides without its second voter");
  }

  private static boolean decidesBesideACutOffCandidate(LeaseRules rules) {
    Cluster cluster = new Cluster(1, rules, 2);
    cluster.await("a candidate", () -> cluster.world.leader() != null && cluster.learners() > 0);
    cluster.world.sim.network().cut("n1", "n2");
    cluster.world.sim.runFor(Duration.ofSeconds(3));
    return cluster.decides();
  }

  /** The candidates hold everything, and are about to be promoted. */
  @ParameterizedTest
  @ValueSource(ints = {0, 200, 400, 600, 800, 1_000, 1_400, 1_800, 2_200})
  void shouldDecideThoughAnyButTheFounderDiesWhileItGrowsFromOneToThree(int millis) {
    for (String victim : List.of("n2", "n3")) {
      Cluster cluster = of(3);
      cluster.await("candidates", () -> cluster.learners() == 2);
      cluster.runFor(Duration.ofMillis(millis));
      cluster.world.sim.network().isolate(victim);
      cluster.runFor(Duration.ofSeconds(30));
      assertTrue(cluster.decides(), () -> "nothing is decided without " + victim);
      cluster.world.node(victim).machine.crash();
      cluster.world.sim.network().healAll();
      cluster.start(victim);
      cluster.awaitVoters(3);
    }
  }

  static LongStream sample() {
    return LongStream.rangeClosed(1, SAMPLE);
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldComeToTheTargetAfterChurn(long seed) {
    churn(seed);
  }

  @Test
  @Tag("long")
  void shouldComeToTheTargetAfterChurnInManySeeds() {
    LongStream.rangeClosed(SAMPLE + 1, ALL).forEach(ElectorateSimTest::churn);
  }

  private static void churn(long seed) {
    Random random = Seeds.random(seed);
    int nodes = 3 + random.nextInt(5);
    Cluster cluster = new Cluster(seed, LeaseRules.ALL, nodes);
    cluster.awaitVoters(Electorate.target(nodes));
    for (int i = 0; i < 6; i++) {
      fault(cluster, random);
      cluster.runFor(Duration.ofMillis(500 + random.nextInt(12_000)));
    }
    cluster.world.sim.network().healAll();
    cluster.world.sim.nodes().forEach(SimNode::resume);
    cluster.await("decisions again", Duration.ofMinutes(3), cluster::hasLeader);
    for (RoomWorld.Node node : List.copyOf(cluster.world.all())) {
      if (!node.lives()) {
        cluster.world.start(node.name);
      }
    }
    cluster.await(
        "everybody to be in again",
        Duration.ofMinutes(3),
        () -> cluster.world.living().size() == nodes
            && cluster.world.living().stream().allMatch(n -> n.inside && n.expelled == null));
    cluster.awaitVoters(Electorate.target(nodes));
    cluster.awaitLeases();
    // A voter that comes out of a cut may just have called an election.
    cluster.await("a leader", cluster::hasLeader);
    assertTrue(cluster.decides(), () -> "seed " + seed + " decides nothing");
  }

  /** Never takes away more stores than the voters can stand: that is for an operator. */
  private static void fault(Cluster cluster, RandomGenerator random) {
    List<String> names = new ArrayList<>(cluster.world.nodes.keySet());
    Collections.shuffle(names, new Random(random.nextLong()));
    RoomWorld.Node one = cluster.world.node(names.get(0));
    switch (random.nextInt(7)) {
      case 0 -> cluster.world.sim.network().isolate(one.name);
      case 1 -> cluster.world.sim.network().cut(one.name, names.get(1));
      case 2 -> cluster.world.sim.network().cutOneWay(one.name, names.get(1));
      case 3 -> cluster.world.sim.network().healAll();
      case 4 -> one.machine.pause();
      case 5 -> cluster.world.sim.nodes().forEach(SimNode::resume);
      default -> {
        cluster.world.sim.network().healAll();
        cluster.world.sim.nodes().forEach(SimNode::resume);
        cluster.runFor(Duration.ofSeconds(20));
        if (cluster.hasLeader() && cluster.everybodyVotes() && one.lives()) {
          one.machine.crash();
        }
      }
    }
  }
}
