package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.link.LinkAddress;
import dev.mabeam.testing.sim.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ElectorateTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final long COMMITTED = 100;

  /** What the leader sees, to be changed by a test and moved on by the steps. */
  private static final class Cluster {
    final Map<String, Electorate.Node> nodes = new HashMap<>();
    final List<Endpoint> voters = new ArrayList<>();
    final List<Endpoint> learners = new ArrayList<>();
    final Map<Endpoint, Long> matched = new HashMap<>();
    final Set<String> unfit = new TreeSet<>();
    Endpoint leader;
    Duration agreedFor = LONG;
    boolean wasAlone;
    Duration sameFor = LONG;
    int made;

    Cluster(int nodesInAll, int voting) {
      for (int i = 1; i <= nodesInAll; i++) {
        node("n" + i, Traits.PLAIN);
      }
      for (int i = 1; i <= voting; i++) {
        voters.add(endpoint("n" + i));
      }
      leader = voters.get(0);
    }

    static LinkAddress address(String name) {
      return new LinkAddress(name, LinkAddress.DEFAULT_PORT);
    }

    void node(String name, Traits traits) {
      nodes.put(
          name,
          new Electorate.Node(
              name, nodes.size() + 1, address(name), traits, Duration.ZERO, ""));
    }

    /** An endpoint of that node, which holds everything. */
    Endpoint endpoint(String name) {
      Endpoint endpoint = new Endpoint(name + "-" + ++made, name, address(name));
      Electorate.Node node = nodes.get(name);
      nodes.put(name, with(node, node.traits(), node.silence(), endpoint.id()));
      matched.put(endpoint, COMMITTED);
      return endpoint;
    }

    static Electorate.Node with(
        Electorate.Node node, Traits traits, Duration silence, String endpoint) {
      return new Electorate.Node(
          node.name(), node.age(), node.address(), traits, silence, endpoint);
    }

    void silent(String name, Duration silence) {
      Electorate.Node node = nodes.get(name);
      nodes.put(name, with(node, node.traits(), silence, node.endpoint()));
    }

    void traits(String name, Traits traits) {
      Electorate.Node node = nodes.get(name);
      nodes.put(name, with(node, traits, node.silence(), node.endpoint()));
    }

    Endpoint voter(String name) {
      return voters.stream().filter(v -> v.node().equals(name)).findAny().orElseThrow();
    }

    Electorate.Sight sight() {
      return new Electorate.Sight(
          leader,
          new Configuration(7, voters),
          List.copyOf(learners),
          matched,
          COMMITTED,
          List.copyOf(nodes.values()),
          agreedFor,
          wasAlone,
          sameFor,
          unfit);
    }

    Electorate.Step next() {
      return Electorate.next(sight(), LeaseRules.ALL);
    }

    /** Takes steps until there are none; each is checked on the way. */
    List<Integer> settle() {
      List<Integer> sizes = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Electorate.Step step = next();
        if (step == null) {
          return sizes;
        }
        take(step);
        if (sizes.isEmpty() || sizes.get(sizes.size() - 1) != voters.size()) {
          sizes.add(voters.size());
        }
        assertTrue(learners.size() <= 2, "too many candidates");
      }
      throw new AssertionError("it never comes to rest: " + voters + learners + next());
    }

    void take(Electorate.Step step) {
      if (step instanceof Electorate.Step.Enlist enlist) {
        learners.add(endpoint(enlist.node().name()));
      } else if (step instanceof Electorate.Step.Promote promote) {
        assertTrue(learners.remove(promote.endpoint()), "not a candidate");
        voters.add(promote.endpoint());
      } else if (step instanceof Electorate.Step.Remove remove) {
        assertTrue(!remove.endpoint().equals(leader), "the leader removes itself");
        assertTrue(
            voters.remove(remove.endpoint()) || learners.remove(remove.endpoint()), "unknown");
      } else if (step instanceof Electorate.Step.TransferTo transfer) {
        assertTrue(voters.contains(transfer.endpoint()), "to one that does not vote");
        leader = transfer.endpoint();
      }
    }

    Set<String> names() {
      Set<String> names = new TreeSet<>();
      voters.forEach(voter -> names.add(voter.node()));
      return names;
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "3,3", "4,3", "5,5", "6,5", "9,5"})
  void shouldGrowToTheTarget(int nodes, int voters) {
    Cluster cluster = new Cluster(nodes, 1);
    cluster.settle();
    assertEquals(voters, cluster.voters.size());
    assertEquals(List.of(), cluster.learners);
  }

  @Test
  void shouldWaitOneLeaseBetweenChangesOfVoters() {
    Cluster cluster = new Cluster(3, 1);
    cluster.take(cluster.next());
    cluster.agreedFor = MajorityLease.OVER.minusMillis(1);
    cluster.take(cluster.next());
    assertEquals(2, cluster.learners.size());
    assertNull(cluster.next());
    cluster.agreedFor = MajorityLease.OVER;
    assertTrue(cluster.next() instanceof Electorate.Step.Promote);
  }

  @Test
  void shouldNotRestAtTwoOnTheWayFromOneToThree() {
    Cluster cluster = new Cluster(3, 1);
    cluster.take(cluster.next());
    cluster.take(cluster.next());
    cluster.matched.put(cluster.learners.get(1), 0L);
    assertNull(cluster.next(), "one alone would make two voters");
    cluster.matched.put(cluster.learners.get(1), COMMITTED);
    cluster.take(cluster.next());
    cluster.agreedFor = Duration.ZERO;
    assertNull(cluster.next(), "they were two before, for all it knows");
    cluster.wasAlone = true;
    assertTrue(cluster.next() instanceof Electorate.Step.Promote);
  }

  @Test
  void shouldMakeTwoVotersOfThreeNodesIfTheThirdCannotVote() {
    Cluster cluster = new Cluster(3, 1);
    cluster.unfit.add("n3");
    cluster.settle();
    assertEquals(Set.of("n1", "n2"), cluster.names());
  }

  @Test
  void shouldNotPromoteWhoIsBehind() {
    Cluster cluster = new Cluster(2, 1);
    cluster.take(cluster.next());
    cluster.matched.put(cluster.learners.get(0), COMMITTED - 1);
    assertNull(cluster.next());
    cluster.matched.put(cluster.learners.get(0), COMMITTED);
    assertTrue(cluster.next() instanceof Electorate.Step.Promote);
  }

  @Test
  void shouldNotRestAtFourOnTheWayFromThreeToFive() {
    Cluster cluster = new Cluster(5, 3);
    cluster.take(cluster.next());
    cluster.take(cluster.next());
    cluster.matched.put(cluster.learners.get(1), 0L);
    assertNull(cluster.next());
    cluster.matched.put(cluster.learners.get(1), COMMITTED);
    cluster.settle();
    assertEquals(5, cluster.voters.size());
  }

  @Test
  void shouldRemoveADeadVoterFirstAndThenPromoteAnother() {
    Cluster cluster = new Cluster(6, 5);
    cluster.silent("n3", Electorate.DEAD.minusMillis(1));
    assertNull(cluster.next());
    cluster.silent("n3", Electorate.DEAD);
    assertEquals(List.of(4, 5), cluster.settle());
    assertEquals(Set.of("n1", "n2", "n4", "n5", "n6"), cluster.names());
  }

  @Test
  void shouldRemoveAVoterWhoseNodeIsNoMemberAtOnce() {
    Cluster cluster = new Cluster(3, 3);
    cluster.sameFor = Duration.ZERO;
    cluster.nodes.remove("n3");
    cluster.settle();
    assertEquals(Set.of("n1", "n2"), cluster.names());
  }

  @Test
  void shouldReplaceAVoterWhoseStoreIsGoneByTheSameNode() {
    Cluster cluster = new Cluster(3, 3);
    Endpoint before = cluster.voter("n2");
    Electorate.Node node = cluster.nodes.get("n2");
    cluster.nodes.put("n2", Cluster.with(node, node.traits(), Duration.ZERO, ""));
    assertEquals(new Electorate.Step.Remove(before), cluster.next());
    cluster.settle();
    assertEquals(Set.of("n1", "n2", "n3"), cluster.names());
    assertTrue(!cluster.voters.contains(before), "an endpoint came back");
  }

  @Test
  void shouldNotTakeSilenceAboutTheStoreForItsLoss() {
    Cluster cluster = new Cluster(3, 3);
    Electorate.Node node = cluster.nodes.get("n2");
    cluster.nodes.put("n2", Cluster.with(node, node.traits(), Duration.ofSeconds(5), null));
    assertNull(cluster.next());
  }

  @Test
  void shouldHandOverAndRemoveALeaderThatLeavesAfterItsReplacementVotes() {
    Cluster cluster = new Cluster(4, 3);
    cluster.traits("n1", new Traits("", false, true));
    assertEquals(List.of(3, 4, 3), cluster.settle());
    assertEquals(Set.of("n2", "n3", "n4"), cluster.names());
    assertTrue(!cluster.leader.node().equals("n1"), "it still leads");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6})
  void shouldShrinkToOneAsOneAfterTheOtherLeaves(int nodes) {
    Cluster cluster = new Cluster(nodes, 1);
    cluster.settle();
    for (int i = 1; i < nodes; i++) {
      cluster.sameFor = Duration.ZERO;
      cluster.traits("n" + i, new Traits("", false, true));
      cluster.settle();
      assertTrue(!cluster.names().contains("n" + i), "n" + i + " still votes");
      cluster.nodes.remove("n" + i);
      cluster.sameFor = LONG;
      cluster.settle();
      assertEquals(Electorate.target(nodes - i), cluster.voters.size());
    }
  }

  @Test
  void shouldNotShrinkForANodeThatOnlyRestarts() {
    Cluster cluster = new Cluster(5, 5);
    cluster.sameFor = Duration.ZERO;
    cluster.nodes.remove("n5");
    cluster.settle();
    assertEquals(4, cluster.voters.size());
    cluster.node("n5", Traits.PLAIN);
    cluster.settle();
    assertEquals(5, cluster.voters.size());
  }

  @Test
  void shouldShrinkFromFiveToThreeWhenAFifthIsGoneForGood() {
    Cluster cluster = new Cluster(5, 5);
    cluster.nodes.remove("n5");
    assertEquals(List.of(4, 3), cluster.settle());
  }

  @Test
  void shouldPreferAWitness() {
    Cluster cluster = new Cluster(4, 3);
    cluster.node("w", new Traits("", true, false));
    cluster.nodes.remove("n4");
    cluster.settle();
    assertTrue(cluster.names().contains("w"), () -> "" + cluster.names());
    assertEquals(3, cluster.voters.size());
  }

  @Test
  void shouldSpreadOverZones() {
    Cluster cluster = new Cluster(0 + 6, 5);
    for (int i = 1; i <= 5; i++) {
      cluster.traits("n" + i, new Traits("a", false, false));
    }
    cluster.traits("n6", new Traits("b", false, false));
    assertEquals(List.of(5, 6, 5), cluster.settle());
    assertTrue(cluster.names().contains("n6"), () -> "" + cluster.names());
  }

  @Test
  void shouldPassByANodeThatCannotBecomeACandidate() {
    Cluster cluster = new Cluster(4, 2);
    cluster.unfit.add("n3");
    cluster.settle();
    assertEquals(Set.of("n1", "n2", "n4"), cluster.names());
  }

  /** Whatever it looks like: it comes to rest, at the target, and moves no more. */
  @Test
  void shouldComeToRestAtTheTargetFromAnywhere() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = Seeds.random(seed);
      int nodes = 1 + random.nextInt(9);
      Cluster cluster = new Cluster(nodes, 1 + random.nextInt(Math.min(nodes, 5)));
      for (int i = 1; i <= nodes; i++) {
        String zone = List.of("", "a", "b", "c").get(random.nextInt(4));
        boolean leaving = random.nextInt(6) == 0;
        cluster.traits("n" + i, new Traits(zone, random.nextInt(5) == 0, leaving));
        if (i > 1 && random.nextInt(5) == 0) {
          cluster.silent("n" + i, Electorate.DEAD);
        }
      }
      Set<String> wanted = Electorate.wanted(cluster.sight());
      cluster.settle();
      if (!wanted.isEmpty()) {
        String why = "seed " + seed + ": " + cluster.sight();
        assertEquals(new TreeSet<>(wanted), cluster.names(), why);
        assertEquals(List.of(), cluster.learners, why);
        assertEquals(wanted, Electorate.wanted(cluster.sight()), why);
      }
    }
  }
}
