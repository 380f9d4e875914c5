package dev.mabeam.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent.AgentUnavailable;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who places agents without an owner, where, and when, with hand-played directory and members. */
class RecoveryTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void shouldPlaceWhatAGoneNodeHad() {
    OrphanWorld world = new OrphanWorld(3);
    for (int i = 0; i < 1_000; i++) {
      world.deploy("a" + i, "n3#3");
    }
    world.deploy("b", "n2#2");
    world.gone("n3#3");
    world.sim.runFor(SECOND);
    Map<String, Long> count = world.perNode();
    assertEquals(1_001, count.get("n1#1") + count.get("n2#2"));
    assertTrue(count.get("n1#1") > 400 && count.get("n2#2") > 400, count.toString());
    assertEquals(1_000, world.decisions, "by one node, each once");
    assertEquals(List.of(), world.events());
  }

  @Test
  void shouldLeaveItToTheOldestThatIsHeard() {
    OrphanWorld world = new OrphanWorld(4);
    world.deploy("a", "n4#4");
    world.inactive.add("n1#1");
    world.node(0).recovery.close();
    world.gone("n4#4");
    world.sim.runFor(SECOND);
    assertEquals("n2#2", world.askedBy.get("a"));
  }

  @Test
  void shouldStepInForOneThatDoesNothing() {
    OrphanWorld world = new OrphanWorld(4);
    world.deploy("a", "n4#4");
    world.node(0).recovery.close();
    world.gone("n4#4");
    world.sim.runFor(SECOND);
    assertEquals("", world.owner("a"));
    world.sim.runFor(Recovery.STAGGER);
    assertEquals("n2#2", world.askedBy.get("a"));
  }

  @Test
  void shouldBeSafeForTwoToPlaceTheSame() {
    OrphanWorld world = new OrphanWorld(4);
    world.deploy("a", "n4#4");
    world.allThinkTheyAreFirst = true;
    world.gone("n4#4");
    world.sim.runFor(Duration.ofSeconds(5));
    assertFalse(world.owner("a").isEmpty());
    assertEquals(1, world.decisions);
    assertTrue(world.refusals > 0);
    assertEquals(Map.of(), world.reservedInVain());
  }

  @Test
  void shouldTakeTheNextBestNodeWhenAStartFails() {
    OrphanWorld world = new OrphanWorld(3);
    world.failsToStart.add("n1#1");
    world.deploy("a", "n3#3");
    world.gone("n3#3");
    world.sim.runFor(Duration.ofSeconds(3));
    assertEquals("n2#2", world.owner("a"));
    assertEquals(2, world.decisions);
  }

  @Test
  void shouldTryAgainLessAndLessOftenWhereNoStartSucceeds() {
    OrphanWorld world = new OrphanWorld(3);
    world.failsToStart.addAll(List.of("n1#1", "n2#2"));
    world.deploy("a", "n3#3");
    world.gone("n3#3");
    world.sim.runFor(Duration.ofMinutes(1));
    assertTrue(world.decisions > 8 && world.decisions < 40, world.decisions + " tries");
    world.failsToStart.clear();
    world.sim.runFor(Duration.ofSeconds(12));
    assertFalse(world.owner("a").isEmpty());
  }

  @Test
  void shouldSayOnceThatNoNodeFitsAndPlaceItAsSoonAsOneDoes() {
    OrphanWorld world = new OrphanWorld(3);
    world.full.addAll(List.of("n1#1", "n2#2"));
    world.deploy("a", "n3#3");
    world.gone("n3#3");
    world.sim.runFor(Duration.ofSeconds(20));
    assertEquals(1, world.events().size(), world.events().toString());
    AgentUnavailable event = (AgentUnavailable) world.events().get(0);
    assertEquals("a", event.agent());
    assertTrue(event.why().contains("full"), event.why());
    assertTrue(world.info("a").why().contains("full"));
    world.full.remove("n2#2");
    world.changed();
    world.sim.runFor(Duration.ofMillis(600));
    assertEquals("n2#2", world.owner("a"));
  }

  @Test
  void shouldPlaceItLaterAlsoIfNobodySaysThatThereIsRoom() {
    OrphanWorld world = new OrphanWorld(3);
    world.full.addAll(List.of("n1#1", "n2#2"));
    world.deploy("a", "n3#3");
    world.gone("n3#3");
    world.sim.runFor(Duration.ofSeconds(20));
    world.full.clear();
    world.sim.runFor(Duration.ofSeconds(6));
    assertFalse(world.owner("a").isEmpty());
  }

  @Test
  void shouldDoNothingWithoutALease() {
    OrphanWorld world = new OrphanWorld(3);
    world.deploy("a", "n3#3");
    world.serving = false;
    world.gone("n3#3");
    world.sim.runFor(Duration.ofSeconds(10));
    assertEquals(0, world.asked);
    world.serving = true;
    world.sim.runFor(SECOND);
    assertFalse(world.owner("a").isEmpty());
  }

  @Test
  void shouldAskAgainWhenTheOutcomeIsUnknown() {
    OrphanWorld world = new OrphanWorld(3);
    world.deploy("a", "n3#3");
    world.unknown = 2;
    world.gone("n3#3");
    world.sim.runFor(Duration.ofSeconds(10));
    assertFalse(world.owner("a").isEmpty());
    assertEquals(3, world.asked);
  }

  @Test
  void shouldLeaveUncertainStatesToPeople() {
    OrphanWorld world = new OrphanWorld(3);
    world.deploy("a", "n3#3");
    world.lost.add("a");
    world.gone("n3#3");
    world.sim.runFor(Duration.ofSeconds(10));
    assertEquals(0, world.asked);
    fails(world, world.node(1).recovery.recover("a", false), ErrorCode.UNAVAILABLE);
    AgentInfo back = succeeds(world, world.node(1).recovery.recover("a", true));
    assertFalse(back.node().isEmpty());
    fails(world, world.node(1).recovery.recover("a", true), ErrorCode.CONFLICT);
    fails(world, world.node(1).recovery.recover("none", true), ErrorCode.AGENT_NOT_FOUND);
  }

  @Test
  void shouldWaitUntilAFailureIsDecided() {
    OrphanWorld world = new OrphanWorld(3);
    world.deploy("a", "n3#3");
    Recoveries recoveries = world.node(0).recovery;
    fails(world, recoveries.handleNodeFailure("n9", "?"), ErrorCode.NOT_FOUND);
    fails(world, recoveries.handleNodeFailure("n3", "it looks dead"), ErrorCode.CONFLICT);
    world.inactive.add("n3#3");
    Future<NodeFailure> failure = recoveries.handleNodeFailure("n3", "it looks dead");
    world.sim.runFor(Duration.ofSeconds(2));
    assertFalse(failure.isComplete());
    world.gone("n3#3");
    assertEquals(
        new NodeFailure("n3#3", "it looks dead", 1, true), succeeds(world, failure));
    world.sim.runFor(SECOND);
    assertFalse(world.owner("a").isEmpty());
  }

  @Test
  void shouldSayThatAFailureWasNotDecided() {
    OrphanWorld world = new OrphanWorld(3);
    world.inactive.add("n3#3");
    fails(world, world.node(0).recovery.handleNodeFailure("n3", "?"), ErrorCode.TIMEOUT);
  }

  private static <T> T succeeds(OrphanWorld world, Future<T> future) {
    assertTrue(world.sim.runUntil(future::isComplete, Duration.ofMinutes(1)), "it did not end");
    assertTrue(future.succeeded(), String.valueOf(future.cause()));
    return future.result();
  }

  private static void fails(OrphanWorld world, Future<?> future, ErrorCode code) {
    assertTrue(world.sim.runUntil(future::isComplete, Duration.ofMinutes(1)), "it did not end");
    assertNotNull(future.cause(), "it succeeded: " + future.result());
    assertEquals(code, MabeamException.of(future.cause()).code(), future.cause().toString());
  }
}
