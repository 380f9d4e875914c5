package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.SimBus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Five production links and memberships in one thread, with faults. */
class MembershipSimTest {
  private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

  private static SimMembers five() {
    return SimMembers.of(5, 1, Topology.RING);
  }

  @ParameterizedTest
  @EnumSource(Topology.class)
  void shouldGossipAlongTheOverlayAndNowhereElse(Topology topology) {
    SimMembers cluster = SimMembers.of(5, 7, topology);
    cluster.sim.runFor(TEN_SECONDS);
    Map<String, Long> counted = messagesInTenSeconds(cluster);

    // A message each way a second, and its answer back: both ways carry two a second.
    List<String> names = List.of("n1", "n2", "n3", "n4", "n5");
    Map<String, Long> expected = new TreeMap<>();
    for (String name : names) {
      for (String neighbour : Overlay.neighbours(topology, names, name)) {
        expected.put(name + "->" + neighbour, 20L);
      }
    }
    assertEquals(expected.keySet(), counted.keySet(), cluster::describe);
    expected.forEach(
        (pair, count) ->
            assertTrue(
                Math.abs(counted.get(pair) - count) <= 1, pair + ": " + counted.get(pair)));
  }

  /** n2 does not hear n3, and asks its neighbours in the overlay once a second whether they do. */
  @ParameterizedTest
  @EnumSource(Topology.class)
  void shouldProbeAlongTheOverlayAndNowhereElse(Topology topology) {
    SimMembers cluster = SimMembers.of(5, 7, topology);
    cluster.sim.network().cutOneWay("n3", "n2");
    cluster.sim.runFor(TEN_SECONDS);
    assertEquals(NodeStatus.SUSPECT, cluster.node("n2").sees("n3"), cluster::describe);
    Map<String, Long> counted = messagesInTenSeconds(cluster);

    List<String> names = List.of("n1", "n2", "n3", "n4", "n5");
    for (String pair : counted.keySet()) {
      String[] ends = pair.split("->");
      assertTrue(
          Overlay.neighbours(topology, names, ends[0]).contains(ends[1]), counted::toString);
    }
    for (String neighbour : Overlay.neighbours(topology, names, "n2")) {
      boolean asked = !neighbour.equals("n3");
      // Gossip and its answers are two a second; a question each second makes it three.
      long least = asked ? 29 : 0;
      assertTrue(counted.get("n2->" + neighbour) >= least, counted::toString);
    }
  }

  private static Map<String, Long> messagesInTenSeconds(SimMembers cluster) {
    Map<String, Long> before = SimBus.messagesPerPair(cluster.sim);
    cluster.sim.runFor(TEN_SECONDS);
    Map<String, Long> counted = new TreeMap<>(SimBus.messagesPerPair(cluster.sim));
    counted.replaceAll((pair, count) -> count - before.getOrDefault(pair, 0L));
    counted.values().removeIf(count -> count == 0);
    return counted;
  }

  @Test
  void shouldAnnounceEachNodeOnceWhenItJoins() {
    SimMembers cluster = five();
    cluster.sim.runFor(TEN_SECONDS);
    cluster.eachAlive(node -> assertEquals(1, cluster.published("node.joined", node.id())));
    assertEquals(5, cluster.published.size(), cluster::describe);
  }

  @Test
  void shouldShowACrashedNodeFailedWithinThreeSecondsAndSaySoOnce() {
    SimMembers cluster = five();
    cluster.crash("n4");
    boolean shown =
        cluster.sim.runUntil(
            () -> cluster.alive().stream().allMatch(n -> n.sees("n4") == NodeStatus.FAILED),
            Duration.ofSeconds(3));
    assertTrue(shown, cluster::describe);
    cluster.sim.runFor(TEN_SECONDS);
    assertEquals(1, cluster.published("node.failed", "n4#4"));
  }

  @Test
  void shouldAnnounceTheCoordinatorsOwnEndOnce() {
    SimMembers cluster = five();
    cluster.crash("n1");
    cluster.sim.runFor(TEN_SECONDS);
    cluster.eachAlive(node -> assertEquals(NodeStatus.FAILED, node.sees("n1")));
    assertEquals(1, cluster.published("node.failed", "n1#1"), cluster::describe);
    assertEquals("n2#2", cluster.node("n5").membership.status().coordinator());
    // The new one does not say again what the old one said.
    for (int i = 1; i <= 5; i++) {
      assertEquals(1, cluster.published("node.joined", "n" + i + "#" + i), cluster::describe);
    }
  }

  @Test
  void shouldNotRepeatAnAnnouncementWhenTheCoordinatorDiesRightAfterIt() {
    SimMembers cluster = five();
    cluster.crash("n5");
    cluster.await(() -> cluster.published("node.failed", "n5#5") == 1, "n5 is announced");
    cluster.crash("n1");
    cluster.sim.runFor(Duration.ofSeconds(30));
    assertEquals(1, cluster.published("node.failed", "n5#5"), cluster::describe);
    assertEquals(1, cluster.published("node.failed", "n1#1"), cluster::describe);
  }

  @Test
  void shouldSuspectASilentNodeAndDecideByIndirectProbes() {
    SimMembers cluster = five();
    cluster.sim.node("n3").pause();
    SimMembers.Node n2 = cluster.node("n2");
    cluster.await(() -> n2.sees("n3") == NodeStatus.SUSPECT, "n2 suspects n3");
    cluster.await(() -> n2.sees("n3") == NodeStatus.PARTITIONED, "nobody reaches n3");
    cluster.sim.runFor(Duration.ofSeconds(20));
    cluster.alive().stream()
        .filter(node -> !node.host.name().equals("n3"))
        .forEach(node -> assertEquals(NodeStatus.PARTITIONED, node.sees("n3")));
    cluster.sim.node("n3").resume();
    cluster.awaitQuiet();
    assertEquals(0, cluster.published("node.failed", "n3#3"), cluster::describe);
  }

  @Test
  void shouldNotCallAHealthyNodeFailedAcrossAOneWayCut() {
    SimMembers cluster = five();
    cluster.sim.network().cutOneWay("n3", "n2");
    cluster.node("n2").membership.onChange(
        node -> assertFalse(node.status() == NodeStatus.FAILED, node.toString()));
    cluster.sim.runFor(Duration.ofSeconds(30));
    // Others hear n3, so it is no more than suspect, and suspect only where it is not heard.
    assertEquals(NodeStatus.SUSPECT, cluster.node("n2").sees("n3"), cluster::describe);
    assertEquals(NodeStatus.ACTIVE, cluster.node("n4").sees("n3"), cluster::describe);
    cluster.sim.network().healAll();
    cluster.awaitQuiet();
  }

  @Test
  void shouldKeepBothSidesFreshAcrossACutAndAgreeAfterTheHeal() {
    SimMembers cluster = five();
    List<String> large = List.of("n1", "n2", "n3");
    List<String> small = List.of("n4", "n5");
    cluster.cut(large, small);
    cluster.sim.runFor(Duration.ofSeconds(15));
    SimMembers.Node n4 = cluster.node("n4");
    assertEquals(ClusterStatus.READ_ONLY, n4.membership.status().mode());
    long beat = n4.membership.node("n5").orElseThrow().beat();
    cluster.sim.runFor(TEN_SECONDS);
    // The cache takes no writes there, and n4 hears n5's beats by gossip all the same.
    assertTrue(n4.membership.node("n5").orElseThrow().beat() >= beat + 9);
    assertEquals(NodeStatus.ACTIVE, n4.sees("n5"));
    large.forEach(name -> assertEquals(NodeStatus.PARTITIONED, n4.sees(name), name));
    small.forEach(
        name -> assertEquals(NodeStatus.PARTITIONED, cluster.node("n2").sees(name), name));
    assertEquals("n4#4", n4.membership.status().coordinator());

    cluster.sim.network().healAll();
    cluster.awaitQuiet();
    cluster.sim.runFor(TEN_SECONDS);
    for (int i = 1; i <= 5; i++) {
      String id = "n" + i + "#" + i;
      assertEquals(1, cluster.published("node.suspected", id), cluster::describe);
      assertEquals(1, cluster.published("node.joined", id), cluster::describe);
      assertEquals(0, cluster.published("node.failed", id), cluster::describe);
    }
  }

  @Test
  void shouldShowANodeLeaveAndForgetIt() {
    SimMembers cluster = five();
    cluster.leave("n5");
    cluster.await(
        () -> cluster.alive().stream().allMatch(n -> n.membership.node("n5").isEmpty()),
        "n5 is forgotten");
    cluster.sim.runFor(TEN_SECONDS);
    cluster.awaitQuiet();
    assertEquals(1, cluster.published("node.left", "n5#5"), cluster::describe);
    assertEquals(0, cluster.published("node.failed", "n5#5"), cluster::describe);
    assertFalse(cluster.node("n1").seat.knowledge("mabeam.nodes").entries().containsKey("n5#5"));
  }

  @Test
  void shouldAnnounceTheCoordinatorsLeavingOnce() {
    SimMembers cluster = five();
    cluster.leave("n1");
    cluster.sim.runFor(Duration.ofSeconds(15));
    cluster.awaitQuiet();
    assertEquals(1, cluster.published("node.left", "n1#1"), cluster::describe);
    assertEquals(0, cluster.published("node.failed", "n1#1"), cluster::describe);
  }

  @Test
  void shouldReplaceAFailedNodeByItsNextIncarnation() {
    SimMembers cluster = five();
    cluster.crash("n4");
    cluster.sim.runFor(Duration.ofSeconds(20));
    cluster.start("n4");
    cluster.awaitQuiet();
    cluster.sim.runFor(TEN_SECONDS);
    cluster.awaitQuiet();
    assertEquals(6, cluster.node("n4").membership.self().incarnation());
    assertEquals(5, cluster.node("n1").membership.nodes().size(), cluster::describe);
    assertEquals(1, cluster.published("node.failed", "n4#4"), cluster::describe);
    assertEquals(1, cluster.published("node.joined", "n4#6"), cluster::describe);
  }

  @Test
  void shouldForgetAFailedNodeAfterTenMinutesAlsoForThoseWhoCameLater() {
    SimMembers cluster = five();
    cluster.crash("n3");
    cluster.sim.runFor(Duration.ofMinutes(5));
    cluster.start("n6");
    cluster.sim.runFor(TEN_SECONDS);
    cluster.eachAlive(node -> assertEquals(NodeStatus.FAILED, node.sees("n3"), cluster::describe));
    cluster.sim.runFor(Duration.ofMinutes(5));
    cluster.eachAlive(node -> assertTrue(node.membership.node("n3").isEmpty(), cluster::describe));
    assertFalse(cluster.node("n1").seat.knowledge("mabeam.nodes").entries().containsKey("n3#3"));
    assertEquals(1, cluster.published("node.failed", "n3#3"));
  }

  @Test
  void shouldNotSuspectTheOthersAfterItWasStoppedItself() {
    SimMembers cluster = five();
    cluster.sim.node("n1").pause();
    cluster.sim.runFor(Duration.ofSeconds(8));
    cluster.sim.node("n1").resume();
    cluster.awaitQuiet();
    cluster.sim.runFor(TEN_SECONDS);
    for (int i = 2; i <= 5; i++) {
      assertEquals(0, cluster.published("node.suspected", "n" + i + "#" + i), cluster::describe);
    }
    assertEquals(1, cluster.published("node.suspected", "n1#1"), cluster::describe);
  }
}
