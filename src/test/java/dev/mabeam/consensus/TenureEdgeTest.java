package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Stories that random faults hardly ever tell. Each is told twice: with the rule that it is about,
 * and without, which the checker has to see.
 */
class TenureEdgeTest {
  private static final Duration JUST_OVER = MajorityLease.OVER.plusMillis(700);

  /** With one rule broken, by its place in {@link LeaseRules}; all kept for -1. */
  private static LeaseRules without(int rule) {
    return TenureSimulationTest.impolite(
        new LeaseRules(
            true, true, rule != CLEARED_AT_START, true, rule != AGREED, rule != ONLY_CURRENT, true,
            true));
  }

  private static final int CLEARED_AT_START = 2;
  private static final int AGREED = 4;
  private static final int ONLY_CURRENT = 5;
  private static final int NONE = -1;

  private static void cut(TenureWorld world, String one, String... others) {
    for (String other : others) {
      world.sim.network().cut(one, other);
    }
  }

  @Test
  void shouldKeepWhatItPromisedInItsEarlierLife() {
    assertEquals(List.of(), promiseOfAnEarlierLife(NONE).violations);
    TenureWorld broken = promiseOfAnEarlierLife(CLEARED_AT_START);
    assertTrue(!broken.violations.isEmpty(), broken::describe);
  }

  /**
   * n2 has promised, starts again, and hears nothing of the leader until its first lease is over;
   * the expulsion is in the leader's log and is committed after that.
   */
  private static TenureWorld promiseOfAnEarlierLife(int broken) {
    TenureWorld world = TenureWorld.of(1, without(broken), 0, 3, 1);
    world.resumes = true;
    assertEquals("n1", world.leader().name);
    cut(world, "n1", "n3", "n4");
    cut(world, "n2", "n3");
    world.await("n1 to propose", () -> told(world, "proposes to expel n4#4"));
    cut(world, "n1", "n2");
    assertTrue(!world.goneNanos.containsKey("n4#4"), world::describe);
    world.station("n2").crash();
    world.station("n2").restart();
    world.runFor(JUST_OVER);
    world.sim.network().heal("n1", "n2");
    world.runUntil(() -> world.goneNanos.containsKey("n4#4"), Duration.ofSeconds(30));
    world.runFor(Duration.ofSeconds(1));
    assertTrue(world.goneNanos.containsKey("n4#4"), world::describe);
    return world;
  }

  @Test
  void shouldNotBeConfirmedByVotersThatHaveGoneOnToALaterConfiguration() {
    assertEquals(List.of(), twoConfigurationsBehind(NONE, true).violations);
    assertTrue(!twoConfigurationsBehind(ONLY_CURRENT, true).violations.isEmpty(), "not caught");
  }

  @Test
  void shouldNotChangeTheVotersAgainBeforeAMajorityGoesByTheFirstChange() {
    assertTrue(!twoConfigurationsBehind(NONE, false).violations.isEmpty(), "not caught");
  }

  /**
   * n5 knows n1, n2 and n3 as voters. n3 is removed and n4 made a voter, while n5 reaches n2 and n3
   * only; so a majority of what it knows may confirm it, while n1 and n4 expel it.
   *
   * @param spaced whether the second change waits as the electorate does
   */
  private static TenureWorld twoConfigurationsBehind(int broken, boolean spaced) {
    TenureWorld world = TenureWorld.of(1, without(broken), 0, 3, 2);
    TenureWorld.Station leader = world.leader();
    assertEquals("n1", leader.name);
    cut(world, "n5", "n1", "n4");
    cut(world, "n3", "n1", "n2", "n4");
    world.change(world.station("n3"), Log.Change.REMOVE);
    if (spaced) {
      world.await(
          "a majority to go by it",
          () -> leader.tenure.lease().agreedFor().compareTo(MajorityLease.OVER) >= 0);
    }
    cut(world, "n2", "n1", "n4");
    world.change(world.station("n4"), Log.Change.PROMOTE);
    world.runFor(Duration.ofSeconds(15));
    assertTrue(world.goneNanos.containsKey("n5#5"), world::describe);
    return world;
  }

  @Test
  void shouldExpelNobodyRightAfterOneVoterBecameThree() {
    assertEquals(List.of(), oneVoterBecomesThree(NONE).violations);
    TenureWorld broken = oneVoterBecomesThree(AGREED);
    assertTrue(!broken.violations.isEmpty(), broken::describe);
  }

  /**
   * n1 votes alone, and has just confirmed n3, which n2 and n4 have not heard for long. Then all
   * three vote, n1 is cut off from the other two, and one of those leads.
   */
  private static TenureWorld oneVoterBecomesThree(int broken) {
    TenureWorld world = TenureWorld.of(1, without(broken), 0, 1, 2);
    TenureWorld.Station n4 = world.new Station("n4");
    world.await("n4 to be a member", () -> world.station("n1").table.members.containsKey("n4#4"));
    cut(world, "n3", "n2", "n4");
    world.runFor(TenureWorld.PATIENCE.multipliedBy(2).plusMillis(50));
    assertTrue(world.station("n3").holds(), world::describe);
    cut(world, "n3", "n1");
    world.change(world.station("n2"), Log.Change.PROMOTE);
    n4.enlist();
    world.change(n4, Log.Change.ADD_LEARNER);
    world.await("n4 to catch up", () -> n4.applied() == world.station("n1").applied());
    world.change(n4, Log.Change.PROMOTE);
    world.await("n2 to hear of it", () -> world.station("n2").configuration().voters().size() == 3);
    cut(world, "n1", "n2", "n4");
    world.runUntil(() -> world.goneNanos.containsKey("n3#3"), Duration.ofSeconds(30));
    world.runFor(Duration.ofSeconds(3));
    assertTrue(world.goneNanos.containsKey("n3#3"), world::describe);
    return world;
  }

  private static boolean told(TenureWorld world, String what) {
    return world.story.stream().anyMatch(line -> line.contains(what));
  }
}
