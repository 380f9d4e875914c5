package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random faults on nodes whose clocks run at different rates: no node ever holds a lease while its
 * expulsion is committed; and when all is well again, everybody holds one. A failure prints its
 * seed.
 */
class TenureSimulationTest {
  private static final int SAMPLE = 20;
  private static final int ALL = 1_500;
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

  static TenureWorld run(long seed, LeaseRules rules) {
    Random random = new Random(seed);
    int voters = random.nextBoolean() ? 3 : 5;
    TenureWorld world = TenureWorld.of(seed, rules, SKEW, voters, 1 + random.nextInt(2));
    world.sim.network().setLateness(random.nextInt(3) * 0.1, Duration.ofSeconds(2));
    int faults = 4 + random.nextInt(8);
    for (int i = 0; i < faults && world.violations.isEmpty(); i++) {
      fault(world, random);
      world.runFor(Duration.ofMillis(200 + random.nextInt(9_000)));
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
      default -> {
        if (one.node.up()) {
          one.crash();
          Duration down = Duration.ofMillis(100 + random.nextInt(5_000));
          world.sim.after(
              down,
              () -> {
                if (!one.node.up()) {
                  one.restart();
                }
              });
        }
      }
    }
    world.tell("fault " + one.name + " " + two);
  }

  private static void split(TenureWorld world, List<String> names, int at) {
    for (String one : names.subList(0, at)) {
      names.subList(at, names.size()).forEach(other -> world.sim.network().cut(one, other));
    }
  }

  /** Ways to get it wrong, each of which the checker has to see. */
  enum Broken {
    EXPELS_WITHOUT_WAITING(new LeaseRules(true, true, true, false, true, true)),
    COUNTS_FROM_RECEIPT(new LeaseRules(false, true, true, true, true, true)),
    CONFIRMS_RIGHT_AFTER_ITS_START(new LeaseRules(true, false, false, true, true, true));

    final LeaseRules rules;

    Broken(LeaseRules rules) {
      this.rules = rules;
    }
  }

  @Test
  void probe() {
    for (Broken broken : Broken.values()) {
      int caught = 0;
      int n = Integer.getInteger("seeds", 100);
      for (long seed = 1; seed <= n; seed++) {
        try {
          run(seed, broken.rules);
        } catch (AssertionError e) {
          if (e.getMessage().contains("holds a lease at")) {
            caught++;
          }
        }
      }
      System.out.println(broken + " caught in " + caught + " of " + n);
    }
  }
}
