package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Leases and expulsions, one story each. */
class TenureTest {
  private static TenureWorld of(int voters, int others) {
    return TenureWorld.of(1, LeaseRules.ALL, 0, voters, others);
  }

  @Test
  void shouldHoldALeaseWithoutBreakAsLongAsAllIsWell() {
    TenureWorld world = of(3, 2);
    world.story.clear();
    world.runFor(Duration.ofMinutes(5));
    assertTrue(world.story.stream().noneMatch(line -> line.contains("lost")), world::describe);
  }

  @Test
  void shouldExpelACutOffNodeAfterItsLeaseAndLetItKnowAfterTheHeal() {
    TenureWorld world = of(3, 1);
    world.sim.network().isolate("n4");
    Duration from = world.sim.elapsed();
    world.await("n4 to be expelled", () -> world.goneNanos.containsKey("n4#4"));
    Duration took = world.sim.elapsed().minus(from);
    assertTrue(took.compareTo(Duration.ofSeconds(12)) < 0, () -> "took " + took);
    assertFalse(world.station("n4").holds(), world::describe);
    world.sim.network().healAll();
    world.await("n4 to come back", () -> world.station("n4").self().equals("n4#5"));
    world.await("n4 to hold a lease", () -> world.station("n4").holds());
  }

  @Test
  void shouldExpelAProcessThatEndedAtOnce() {
    TenureWorld world = of(3, 1);
    world.station("n4").crash();
    world.await(
        "n4 to be expelled", Duration.ofSeconds(3), () -> world.goneNanos.containsKey("n4#4"));
  }

  @Test
  void shouldNotTakeAPausedProcessForOneThatEnded() {
    TenureWorld world = of(3, 1);
    // Between two rounds: right before one, it would be silent for a round more.
    world.runFor(MajorityLease.ROUND.dividedBy(2));
    world.sim.node("n4").pause();
    world.runFor(TenureWorld.PATIENCE.plusSeconds(1));
    world.sim.node("n4").resume();
    world.await("n4 to hold its lease again", () -> world.station("n4").holds());
    world.runFor(Duration.ofSeconds(20));
    assertEquals("n4#4", world.station("n4").self(), world::describe);
    assertTrue(world.goneNanos.isEmpty(), world::describe);
    assertTrue(world.violations.isEmpty(), world::describe);
  }

  @Test
  void shouldKeepANodeThatOnlyTheLeaderCannotHear() {
    TenureWorld world = of(3, 1);
    world.sim.network().cut(world.leader().name, "n4");
    world.runFor(Duration.ofMinutes(1));
    assertTrue(world.goneNanos.isEmpty(), world::describe);
    assertTrue(world.station("n4").holds(), world::describe);
  }

  @Test
  void shouldExpelANodeThatHearsNobodyThoughEverybodyHearsIt() {
    TenureWorld world = of(3, 1);
    for (String voter : new String[] {"n1", "n2", "n3"}) {
      world.sim.network().cutOneWay(voter, "n4");
    }
    world.await("n4 to be expelled", () -> world.goneNanos.containsKey("n4#4"));
  }

  @Test
  void shouldDecideNothingAndServeNothingWithoutAMajority() {
    TenureWorld world = of(3, 1);
    world.sim.network().isolate("n1");
    world.sim.network().isolate("n2");
    world.await(
        "every lease to run out",
        Duration.ofSeconds(3),
        () -> world.stations.values().stream().noneMatch(TenureWorld.Station::holds));
    world.runFor(Duration.ofMinutes(1));
    assertTrue(world.goneNanos.isEmpty(), world::describe);
    world.sim.network().healAll();
    world.await(
        "every lease to be back",
        Duration.ofSeconds(10),
        () -> world.stations.values().stream().allMatch(TenureWorld.Station::holds));
    world.runFor(Duration.ofSeconds(20));
    assertTrue(world.goneNanos.isEmpty(), world::describe);
  }

  @Test
  void shouldLeaveNothingBehindOfAPromiseWhoseLeaderWasLost() {
    TenureWorld world = of(5, 1);
    TenureWorld.Station leader = world.leader();
    world.sim.network().isolate("n6");
    // Promises are given, and nothing is proposed yet.
    world.runFor(TenureWorld.PATIENCE.plusSeconds(4));
    world.sim.network().isolate(leader.name);
    world.sim.network().heal("n6", "n2");
    world.sim.network().heal("n6", "n3");
    world.sim.network().heal("n6", "n4");
    world.sim.network().heal("n6", "n5");
    world.await(
        "n6 to hold a lease", Duration.ofSeconds(15), () -> world.station("n6").holds());
  }
}
