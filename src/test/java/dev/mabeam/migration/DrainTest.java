package dev.mabeam.migration;

import static dev.mabeam.migration.HandoffTest.fails;
import static dev.mabeam.migration.HandoffTest.succeeds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The drain of a node, on the production rooms. */
class DrainTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void shouldMoveEverythingOffANode() {
    MoveWorld world = new MoveWorld(1);
    for (int i = 0; i < 300; i++) {
      world.deploy("a" + i, "n1", MoveWorld.state(1_000));
    }
    world.deploy("other", "n3", MoveWorld.state(1_000));

    Drained drained = succeeds(world, world.node("n2").room.drain("n1", MINUTE));

    assertTrue(drained.empty(), drained.toString());
    assertEquals(300, drained.moved());
    assertEquals(List.of("n3"), world.serving("other"));
    for (int i = 0; i < 300; i++) {
      assertEquals(1, world.serving("a" + i).size());
      assertFalse(world.serving("a" + i).contains("n1"));
    }
    world.sim.runFor(Duration.ofSeconds(1));
    assertEquals(Map.of("n1#1", false), world.cordoned);
    assertEquals(
        List.of("n1#1"),
        world.node("n3").room.list().drains().stream().map(Drained::node).toList());
  }

  @Test
  void shouldTakeTheNextBestNodeWhenOneRefuses() {
    MoveWorld world = new MoveWorld(2);
    world.deploy("a", "n1", MoveWorld.state(10));
    world.arrives.put(
        "n2", new MabeamException(ErrorCode.FAILED_TO_START_ON_TARGET, "no class of that name"));
    Drained drained = succeeds(world, world.node("n1").room.drain("n1", MINUTE));
    assertTrue(drained.empty());
    assertEquals(List.of("n3"), world.serving("a"));
  }

  @Test
  void shouldSayWhichAgentsHaveNoPlaceAndWhy() {
    MoveWorld world = new MoveWorld(3);
    world.deploy("a", "n1", MoveWorld.state(10));
    world.deploy("b", "n1", MoveWorld.state(10));
    MabeamException why = new MabeamException(ErrorCode.NO_SUITABLE_NODES, "it lacks gpu");
    world.refuses.put("n2", why);
    world.refuses.put("n3", why);
    Drained drained = succeeds(world, world.node("n3").room.drain("n1", MINUTE));
    assertFalse(drained.empty());
    assertTrue(drained.done());
    assertEquals(
        List.of("a", "b"), drained.left().stream().map(Drained.Left::agent).sorted().toList());
    assertTrue(drained.left().get(0).why().contains("gpu"), drained.toString());
    assertEquals(List.of("n1"), world.serving("a"));
  }

  @Test
  void shouldDrainOneNodeAtATime() {
    MoveWorld world = new MoveWorld(4);
    world.deploy("a", "n1", MoveWorld.state(10));
    world.depart = Duration.ofSeconds(2);
    Future<Drained> first = world.node("n3").room.drain("n1", MINUTE);
    world.sim.runFor(Duration.ofMillis(200));
    fails(world, world.node("n3").room.drain("n2", MINUTE), ErrorCode.CONFLICT);
    succeeds(world, first);
    world.sim.runFor(Duration.ofMillis(200));
    succeeds(world, world.node("n3").room.drain("n2", MINUTE));
  }

  @Test
  void shouldTellHowFarItIsWhenNobodyWaitsLonger() {
    MoveWorld world = new MoveWorld(5);
    world.deploy("a", "n1", MoveWorld.state(10));
    world.depart = Duration.ofSeconds(5);
    Drained sofar =
        succeeds(world, world.node("n3").room.drain("n1", Duration.ofSeconds(1)));
    assertFalse(sofar.done());
    assertEquals(1, sofar.waiting());
    Drained drained = succeeds(world, world.node("n3").room.drain("n1", MINUTE));
    assertTrue(drained.empty());
  }

  @Test
  void shouldStopADrainThatIsNotWantedAnyMore() {
    MoveWorld world = new MoveWorld(6);
    world.deploy("a", "n1", MoveWorld.state(10));
    world.refuses.put("n2", new MabeamException(ErrorCode.OVERLOADED, "not now"));
    world.refuses.put("n3", new MabeamException(ErrorCode.OVERLOADED, "not now"));
    Future<Drained> drain = world.node("n1").room.drain("n1", MINUTE);
    world.sim.runFor(Duration.ofSeconds(2));
    assertFalse(drain.isComplete());
    succeeds(world, world.node("n3").room.undrain("n1"));
    fails(world, drain, ErrorCode.CONFLICT);
    assertEquals(Map.of(), world.cordoned);
    world.sim.runFor(Duration.ofSeconds(1));
    assertEquals(List.of(), world.node("n1").room.list().drains());
  }

  /** Whose copies the node has to keep at the moment at which it is said to be drained. */
  private static List<String> keptWhenDrained(Handoff.Rules rules) {
    MoveWorld world = new MoveWorld(8, rules);
    world.deploy("mine", "n1", MoveWorld.state(1_000));
    world.keep("mine", "n1", "n2", "n3");
    for (int i = 0; i < 20; i++) {
      world.deploy("other" + i, i % 2 == 0 ? "n2" : "n3", MoveWorld.state(10));
      world.keep("other" + i, "n1", "n2", "n3");
    }
    Drained drained = succeeds(world, world.node("n2").room.drain("n1", MINUTE));
    assertEquals(0, drained.waiting());
    assertTrue(drained.empty(), drained.toString());
    return world.keptBy("n1");
  }

  @Test
  void shouldNotBeDrainedBeforeOtherStoresHaveWhatItKeepsForOthers() {
    assertEquals(List.of(), keptWhenDrained(Handoff.Rules.ALL));
  }

  @Test
  void shouldNoticeADrainThatLeavesAgentsWithACopyLess() {
    assertFalse(keptWhenDrained(new Handoff.Rules(true, false)).isEmpty());
  }

  @Test
  void shouldTellHowManyCopiesItStillKeeps() {
    MoveWorld world = new MoveWorld(9);
    world.filling = Duration.ofSeconds(3);
    world.deploy("other", "n2", MoveWorld.state(10));
    world.keep("other", "n1", "n2", "n3");
    Drained sofar = succeeds(world, world.node("n3").room.drain("n1", Duration.ofSeconds(1)));
    assertFalse(sofar.done());
    assertEquals(1, sofar.copies());
    assertEquals(List.of("other"), world.keptBy("n1"));
    Drained drained = succeeds(world, world.node("n3").room.drain("n1", MINUTE));
    assertTrue(drained.empty(), drained.toString());
    assertEquals(List.of(), world.keptBy("n1"));
  }

  @Test
  void shouldNameTheAgentsThatHaveNobodyToMakeAnotherCopy() {
    MoveWorld world = new MoveWorld(10);
    world.deploy("orphan", "n2", MoveWorld.state(10));
    world.keep("orphan", "n1", "n2");
    world.node("n2").machine.crash();
    world.expel("n2");
    Drained drained = succeeds(world, world.node("n3").room.drain("n1", MINUTE));
    assertTrue(drained.done());
    assertFalse(drained.empty());
    assertEquals(1, drained.copies());
    assertEquals(List.of("orphan"), drained.left().stream().map(Drained.Left::agent).toList());
  }

  @Test
  void shouldWaitUntilAnAgentThatIsRecoveredHasAnotherCopy() {
    MoveWorld world = new MoveWorld(11);
    world.deploy("orphan", "n2", MoveWorld.state(10));
    world.keep("orphan", "n1", "n2");
    world.node("n2").machine.crash();
    world.expel("n2");
    Future<Drained> drain = world.node("n3").room.drain("n1", MINUTE);
    world.sim.runFor(Duration.ofSeconds(5));
    assertFalse(drain.isComplete());
    world.recover("n3");
    Drained drained = succeeds(world, drain);
    assertTrue(drained.empty(), drained.toString());
    assertEquals(List.of(), world.keptBy("n1"));
  }

  @Test
  void shouldRefuseNodesThatAreNotThere() {
    MoveWorld world = new MoveWorld(7);
    fails(world, world.node("n1").room.drain("n9", MINUTE), ErrorCode.NOT_FOUND);
    world.node("n2").machine.crash();
    fails(world, world.node("n1").room.drain("n2", MINUTE), ErrorCode.UNAVAILABLE);
  }
}
