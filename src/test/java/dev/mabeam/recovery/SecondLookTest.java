package dev.mabeam.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When what was recovered in haste is looked at once more, and what comes of it. */
class SecondLookTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration CALM = SecondLook.CALM.plusSeconds(2);

  /** Three nodes, of which the last one is gone, and its agent recovered. */
  private static OrphanWorld recovered() {
    OrphanWorld world = new OrphanWorld(3);
    world.deploy("a", "n3#3");
    world.deploy("untouched", "n2#2");
    world.better.put("untouched", "n1#1");
    world.gone("n3#3");
    world.sim.runFor(SECOND);
    assertEquals("n1#1", world.owner("a"));
    world.better.put("a", "n2#2");
    return world;
  }

  @Test
  void shouldMoveOnceAllIsCalmWhatIsClearlyBetterElsewhere() {
    OrphanWorld world = recovered();
    world.sim.runFor(SecondLook.CALM.minus(SECOND).minus(SECOND));
    assertEquals(List.of(), world.moves);
    world.sim.runFor(CALM);
    assertEquals(List.of("a to n2#2"), world.moves);
    assertEquals("n2#2", world.owner("a"));
    world.better.put("a", "n1#1");
    world.sim.runFor(CALM.multipliedBy(2));
    assertEquals(List.of("a to n2#2"), world.moves, "once");
  }

  @Test
  void shouldLeaveWhatIsNotClearlyBetterElsewhere() {
    OrphanWorld world = recovered();
    world.better.remove("a");
    world.sim.runFor(CALM);
    world.better.put("a", "n2#2");
    world.sim.runFor(CALM);
    assertEquals(List.of(), world.moves);
  }

  @Test
  void shouldWaitUntilItIsCalm() {
    OrphanWorld world = recovered();
    world.drained = "n2#2";
    world.sim.runFor(CALM);
    assertEquals(List.of(), world.moves, "while a node is drained");
    world.drained = null;
    world.serving = false;
    world.sim.runFor(CALM);
    assertEquals(List.of(), world.moves, "while nothing can be decided");
    world.serving = true;
    world.sim.runFor(SecondLook.CALM.minus(SECOND));
    assertEquals(List.of(), world.moves, "right after it");
    world.sim.runFor(CALM);
    assertEquals(List.of("a to n2#2"), world.moves);
  }

  @Test
  void shouldNotTouchWhatSomebodyHasMovedSince() {
    OrphanWorld world = recovered();
    world.deploy("a", "n1#1");
    world.sim.runFor(CALM);
    assertEquals(List.of(), world.moves);
  }

  @Test
  void shouldMoveAFewAtATime() {
    OrphanWorld world = new OrphanWorld(3);
    for (int i = 0; i < 10; i++) {
      world.deploy("a" + i, "n3#3");
      world.better.put("a" + i, "n2#2");
    }
    for (int i = 0; i < 10; i++) {
      world.deploy("b" + i, "n2#2");
    }
    world.gone("n3#3");
    world.sim.runFor(SecondLook.CALM);
    int most = 0;
    int before = 0;
    for (int i = 0; i < 30; i++) {
      world.sim.runFor(Duration.ofMillis(500));
      most = Math.max(most, world.moves.size() - before);
      before = world.moves.size();
    }
    assertEquals(10, world.moves.size());
    assertTrue(most <= SecondLook.AT_A_TIME, most + " in half a second");
  }
}
