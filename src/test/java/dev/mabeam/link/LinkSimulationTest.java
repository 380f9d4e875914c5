package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkSimulationTest {
  private final LinkWorld world = new LinkWorld("a", "b", "c");

  @BeforeEach
  void threeNodes() {
    List.of("a", "b", "c").forEach(world::start);
    world.awaitCluster("a", "b", "c");
    world.sim.runFor(Duration.ofSeconds(10));
    world.heard.values().forEach(List::clear);
  }

  private void awaitSeen(String name, String other, Reachability reachability, Duration within) {
    Duration from = world.sim.elapsed();
    world.await(
        name + " to see " + other + " as " + reachability,
        () -> world.sees(name, other) == reachability);
    Duration took = world.sim.elapsed().minus(from);
    assertTrue(took.compareTo(within) <= 0, () -> reachability + " took " + took);
  }

  @Test
  void shouldMeasureTheRoundTripAndHearRegularly() {
    PeerState peer = world.peer("a", "b");
    assertTrue(peer.rttMicros() >= 400 && peer.rttMicros() <= 4_000, () -> "" + peer.rttMicros());
    assertTrue(peer.phi() < 1, () -> "phi " + peer.phi());
    assertTrue(world.heard.values().stream().allMatch(List::isEmpty), () -> "" + world.heard);
  }

  @Test
  void shouldSeeAProcessThatEndedAsRefusedWithinASecond() {
    world.sim.node("b").crash();
    awaitSeen("a", "b", Reachability.REFUSED, Duration.ofSeconds(1));
    awaitSeen("c", "b", Reachability.REFUSED, Duration.ofSeconds(1));
  }

  @Test
  void shouldSuspectASilentMachineAndThenCallItSilent() {
    world.sim.node("b").powerOff();
    awaitSeen("a", "b", Reachability.SUSPECT, Duration.ofSeconds(2));
    awaitSeen("a", "b", Reachability.SILENT, Duration.ofMillis(1_200));
    assertTrue(world.peer("a", "b").phi() > Mesh.PHI_THRESHOLD);
    assertEquals(List.of("b SUSPECT", "b SILENT"), world.heard.get("a"));
  }

  @Test
  void shouldReconnectWithinThreeSecondsOfAHeal() {
    world.sim.network().isolate("c");
    awaitSeen("a", "c", Reachability.SILENT, Duration.ofMillis(3_200));
    awaitSeen("c", "a", Reachability.SILENT, Duration.ofMillis(3_200));
    world.sim.runFor(Duration.ofSeconds(60));
    assertEquals(Reachability.CONNECTED, world.sees("a", "b"));
    world.sim.network().healAll();
    awaitSeen("a", "c", Reachability.CONNECTED, Duration.ofSeconds(3));
    awaitSeen("c", "b", Reachability.CONNECTED, Duration.ofSeconds(3));
  }

  @Test
  void shouldSeeAOneWayCutOnBothSidesAndGetOverIt() {
    world.sim.network().cutOneWay("a", "b");
    awaitSeen("b", "a", Reachability.SILENT, Duration.ofSeconds(4));
    awaitSeen("a", "b", Reachability.SILENT, Duration.ofSeconds(6));
    world.sim.network().healAll();
    world.awaitCluster("a", "b", "c");
  }

  @Test
  void shouldSeeAPausedProcessAsSilentAndTakeItBack() {
    world.sim.node("b").pause();
    awaitSeen("a", "b", Reachability.SILENT, Duration.ofSeconds(4));
    world.sim.runFor(Duration.ofSeconds(20));
    world.sim.node("b").resume();
    awaitSeen("a", "b", Reachability.CONNECTED, Duration.ofSeconds(3));
    world.awaitCluster("a", "b", "c");
  }

  @Test
  void shouldNotBlameThePeersForItsOwnPause() {
    world.sim.node("b").pause();
    world.sim.runFor(Duration.ofMillis(1_300));
    world.sim.node("b").resume();
    world.sim.runFor(Duration.ofSeconds(5));
    assertEquals(List.of(), world.heard.get("b"));
    assertEquals(Reachability.CONNECTED, world.sees("a", "b"));
  }

  @Test
  void shouldAnnounceAGoodbyeAndForgetThatPeer() {
    Future<Void> left = world.links.get("b").leave();
    world.await("a to hear it", () -> world.heard.get("a").contains("b LEAVING"));
    world.sim.runFor(Duration.ofSeconds(5));
    assertTrue(left.succeeded());
    assertEquals(List.of("b LEAVING"), world.heard.get("a"));
    assertEquals(1, world.links.get("a").peers().size());
    assertEquals(0, world.links.get("b").leave().map(0).result());
  }

  @Test
  void shouldHearOfAGoodbyeThatItMissedWhenItIsBack() {
    world.sim.network().isolate("c");
    awaitSeen("c", "b", Reachability.SILENT, Duration.ofSeconds(4));
    world.links.get("b").leave();
    world.sim.runFor(Duration.ofSeconds(5));
    world.sim.network().healAll();
    world.await("c to hear that b left", () -> world.heard.get("c").contains("b LEAVING"));
    assertEquals(1, world.links.get("c").peers().size());
  }

  @Test
  void shouldTellRefusedFromSilentWhenItProbes() {
    world.sim.node("b").crash();
    world.sim.node("c").pause();
    Link link = world.links.get("a");
    Future<Reachability> refused = link.probe(LinkWorld.address("b"));
    Future<Reachability> silent = link.probe(LinkWorld.address("c"));
    Future<Reachability> own = link.probe(LinkWorld.address("a"));
    world.sim.runFor(Duration.ofSeconds(3));
    assertEquals(Reachability.REFUSED, refused.result());
    assertEquals(Reachability.SILENT, silent.result());
    assertEquals(Reachability.CONNECTED, own.result());
  }

  @Test
  void shouldHandTheRegistryToTheNextOldest() {
    world.sim.node("a").crash();
    awaitSeen("b", "a", Reachability.REFUSED, Duration.ofSeconds(1));
    world.start("z");
    world.awaitCluster("b", "c", "z");
    assertEquals("z#4", world.admission("z").self().id());
  }

  @Test
  void shouldKeepOneConnectionAPairThroughEverything() {
    world.sim.network().isolate("a");
    world.sim.runFor(Duration.ofSeconds(8));
    world.sim.network().healAll();
    world.awaitCluster("a", "b", "c");
    world.sim.runFor(Duration.ofSeconds(30));
    world.heard.values().forEach(List::clear);
    world.sim.runFor(Duration.ofSeconds(60));
    assertFalse(world.heard.values().stream().anyMatch(l -> !l.isEmpty()), () -> "" + world.heard);
  }
}
