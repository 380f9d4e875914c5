package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.testing.sim.SimNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random faults on nodes whose clocks run at different rates: no node ever holds a lease while its
 * expulsion is committed; and when all is well again, everybody holds one. A failure prints its
 * seed.
 */
class TenureSimulationTest {
  private static final int SAMPLE = 20;
  private static final int ALL = 4_000;
  private static final int ENOUGH = 300;
  private static final double SKEW = 0.04;

  static LongStream sample() {
    return LongStream.rangeClosed(1, SAMPLE);
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldNeverLetAnExpelledNodeHoldALease(long seed) {
    run(seed, LeaseRules.ALL);
  }

  @Test
  @Tag("long")
  void shouldNeverLetAnExpelledNodeHoldALeaseInManySeeds() {
    int expelled = 0;
    for (long seed = SAMPLE + 1; seed <= ALL; seed++) {
      expelled += run(seed, LeaseRules.ALL).goneNanos.size();
    }
    assertTrue(expelled > ALL, "only " + expelled + " were expelled");
  }

  static TenureWorld run(long seed, LeaseRules ofRules) {
    Random random = Seeds.random(seed);
    int voters = random.nextBoolean() ? 3 : 5;
    Duration patience = Duration.ofMillis(500 + random.nextInt(4_000));
    LeaseRules rules = random.nextInt(3) > 0 ? impolite(ofRules) : ofRules;
    TenureWorld world =
        TenureWorld.of(seed, rules, SKEW, patience, voters, 1 + random.nextInt(2));
    world.sim.network().setLateness(random.nextInt(3) * 0.01, Duration.ofSeconds(3));
    switch (random.nextInt(3)) {
      case 0 -> faults(world, random);
      case 1 -> hunt(world, random);
      default -> siege(world, random);
    }
    assertEquals(List.of(), world.violations, () -> "seed " + seed + world.describe());
    world.sim.network().calm().healAll();
    world.tell("all is well");
    world.sim.nodes().forEach(SimNode::resume);
    world.stations.values().stream()
        .filter(station -> !station.node.up())
        .forEach(TenureWorld.Station::restart);
    world.await(
        "all to hold a lease",
        () -> world.stations.values().stream().allMatch(TenureWorld.Station::holds));
    world.runFor(Duration.ofSeconds(10));
    assertEquals(List.of(), world.violations, () -> "seed " + seed + world.describe());
    return world;
  }

  /** Objections are courtesy: it has to be safe without them. */
  static LeaseRules impolite(LeaseRules rules) {
    return new LeaseRules(
        rules.fromSending(),
        rules.quietAtStart(),
        rules.clearedAtStart(),
        rules.waits(),
        rules.agreed(),
        rules.onlyCurrent(),
        rules.caughtUp(),
        false);
  }

  private static void faults(TenureWorld world, RandomGenerator random) {
    int faults = 4 + random.nextInt(8);
    for (int i = 0; i < faults && world.violations.isEmpty(); i++) {
      fault(world, random);
      world.runFor(Duration.ofMillis(200 + random.nextInt(9_000)));
    }
  }

  private static void fault(TenureWorld world, RandomGenerator random) {
    List<String> names = new ArrayList<>(world.stations.keySet());
    Collections.shuffle(names, new Random(random.nextLong()));
    TenureWorld.Station one = world.station(names.get(0));
    String two = names.get(1);
    switch (random.nextInt(12)) {
      case 0 -> world.sim.network().cut(one.name, two);
      case 1 -> world.sim.network().cutOneWay(one.name, two);
      case 2, 3 -> world.sim.network().isolate(one.name);
      case 4 -> split(world, names, 1 + random.nextInt(names.size() - 1));
      case 5, 6 -> world.sim.network().healAll();
      case 7, 8 -> one.node.pause();
      case 9 -> world.sim.nodes().forEach(SimNode::resume);
      default -> crash(world, one, Duration.ofMillis(100 + random.nextInt(5_000)));
    }
    world.tell("fault " + one.name + " " + two);
  }

  /** Everything happens around one node, which all the time is close to being expelled. */
  private static void hunt(TenureWorld world, RandomGenerator random) {
    List<TenureWorld.Station> all = List.copyOf(world.stations.values());
    String victim = all.get(1 + random.nextInt(all.size() - 1)).name;
    world.tell("the victim is " + victim);
    TenureWorld.Station first = world.leader();
    world.sim.network().cut(victim, first.name);
    for (int i = 0; i < 40 && world.violations.isEmpty(); i++) {
      TenureWorld.Station one = all.get(random.nextInt(all.size()));
      TenureWorld.Station leader = world.leader();
      String leading = leader == null ? first.name : leader.name;
      switch (random.nextInt(10)) {
        case 0, 1 -> world.sim.network().cut(victim, one.name);
        case 2 -> world.sim.network().cutOneWay(one.name, victim);
        case 3, 4 -> {
          if (!one.name.equals(leading)) {
            world.sim.network().heal(victim, one.name);
          }
        }
        case 5 -> world.sim.network().cut(leading, one.name);
        case 6 -> world.sim.network().heal(leading, one.name);
        case 7, 8 -> {
          world.sim.node(victim).pause();
          world.sim.after(
              Duration.ofMillis(500 + random.nextInt(4_500)), world.sim.node(victim)::resume);
        }
        default -> crash(world, one, Duration.ofMillis(20 + random.nextInt(500)));
      }
      world.runFor(Duration.ofMillis(50 + random.nextInt(1_500)));
    }
  }

  /**
   * A node that reaches half of the voters but not the leader gets to the others just when the
   * leader has their promise and they start again.
   */
  private static void siege(TenureWorld world, RandomGenerator random) {
    for (int i = 0; i < 3 && world.violations.isEmpty(); i++) {
      world.runUntil(() -> world.leader() != null, Duration.ofSeconds(10));
      TenureWorld.Station leader = world.leader();
      if (leader == null) {
        return;
      }
      List<String> voters =
          new ArrayList<>(leader.log.status().voters().stream().map(Endpoint::node).toList());
      List<String> others = new ArrayList<>(world.stations.keySet());
      others.remove(leader.name);
      String victim = others.get(random.nextInt(others.size()));
      voters.remove(leader.name);
      voters.remove(victim);
      Collections.shuffle(voters, new Random(random.nextLong()));
      List<String> promising = voters.subList(0, (voters.size() + 1) / 2);
      List<String> deaf = voters.subList(promising.size(), voters.size());
      world.tell("leader " + leader.name + " victim " + victim + " promising " + promising);
      world.sim.network().cut(victim, leader.name);
      if (random.nextBoolean()) {
        promising.forEach(name -> world.sim.network().cut(victim, name));
      }
      deaf.forEach(name -> world.sim.network().cut(leader.name, name));
      world.runFor(Duration.ofMillis(2_000 + random.nextInt(6_000)));
      for (String name : promising) {
        world.sim.network().heal(victim, name);
        if (random.nextInt(4) > 0) {
          crash(world, world.station(name), Duration.ofMillis(20 + random.nextInt(200)));
        }
        world.runFor(Duration.ofMillis(random.nextInt(300)));
      }
      world.runFor(Duration.ofMillis(random.nextInt(6_000)));
      world.sim.network().healAll();
      world.runFor(Duration.ofMillis(random.nextInt(6_000)));
    }
  }

  private static void crash(TenureWorld world, TenureWorld.Station one, Duration down) {
    if (one.node.up()) {
      one.crash();
      world.sim.after(
          down,
          () -> {
            if (!one.node.up()) {
              one.restart();
            }
          });
    }
  }

  private static void split(TenureWorld world, List<String> names, int at) {
    for (String one : names.subList(0, at)) {
      names.subList(at, names.size()).forEach(other -> world.sim.network().cut(one, other));
    }
  }

  /** Ways to get it wrong, each of which the checker has to see. */
  enum Broken {
    EXPELS_WITHOUT_WAITING(new LeaseRules(true, true, true, false, true, true, true, true)),
    COUNTS_FROM_RECEIPT(new LeaseRules(false, true, true, true, true, true, true, true)),
    CONFIRMS_RIGHT_AFTER_ITS_START(new LeaseRules(true, false, false, true, true, true, true, true));

    final LeaseRules rules;

    Broken(LeaseRules rules) {
      this.rules = rules;
    }
  }

  /** The checker has to see each of them in some of the first seeds. */
  @ParameterizedTest
  @EnumSource(Broken.class)
  void shouldCatch(Broken broken) {
    long seed = 1;
    while (seed <= ENOUGH && !caught(seed, broken)) {
      seed++;
    }
    assertTrue(seed <= ENOUGH, () -> broken + " passes " + ENOUGH + " seeds");
  }

  private static boolean caught(long seed, Broken broken) {
    try {
      run(seed, broken.rules);
      return false;
    } catch (AssertionError failure) {
      return failure.getMessage().contains("holds a lease at");
    }
  }
}
