package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.SimNetwork.FrameFault;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same seeds never have two clusters, and have one in the end. A failure prints its seed;
 * {@code -Dmabeam.sim.seed=N} runs only that one, and tells what happens in it.
 */
class FoundingSimulationTest {
  private static final List<String> PHASES =
      List.of("SEEKING", "PROMISED", "COLLECTING", "JOINING", "MEMBER");
  private static final List<String> NODE_FAULTS = names(FoundingWorld.Fault.values());
  private static final List<String> MESSAGES =
      List.of(
          "seek", "promise", "GRANTED", "DENIED", "withdraw", "held",
          "HELD", "RELEASED", "CLUSTER", "join", "ADMITTED");
  private static final List<String> FRAME_FAULTS = names(FrameFault.values());

  private static List<String> names(Enum<?>[] values) {
    return Arrays.stream(values).map(Enum::name).toList();
  }

  @Test
  void shouldNeverHaveTwoClustersInAHundredSeeds() {
    runSeeds(1, 100);
  }

  /** {@code -Dmabeam.sim.count=100000} for a long night. */
  @Test
  @EnabledIfSystemProperty(named = "mabeam.sim.count", matches = "\\d+")
  void shouldNeverHaveTwoClustersInAsManySeedsAsAskedFor() {
    runSeeds(1_000_000, Integer.getInteger("mabeam.sim.count"));
  }

  @Test
  @Tag("long")
  void shouldNeverHaveTwoClustersInAThousandSeedsAndMeetEveryFaultAtEveryStep() {
    FoundingWorld.Coverage coverage = runSeeds(1_001, 1_000);
    for (String phase : PHASES) {
      NODE_FAULTS.forEach(fault -> assertReached(coverage, phase, fault));
    }
    for (String message : MESSAGES) {
      FRAME_FAULTS.forEach(fault -> assertReached(coverage, message, fault));
    }
  }

  private static void assertReached(FoundingWorld.Coverage coverage, String step, String fault) {
    assertTrue(coverage.count(step, fault) > 0, () -> fault + " never struck at " + step);
  }

  @Test
  void shouldRunTheSameSeedTheSameWay() {
    FoundingWorld first = world(7, new Founding.Rules(), new FoundingWorld.Coverage(), false);
    FoundingWorld second = world(7, new Founding.Rules(), new FoundingWorld.Coverage(), false);
    first.run();
    second.run();
    assertEquals(first.simulation().eventsRun(), second.simulation().eventsRun());
    assertEquals(first.simulation().nanos(), second.simulation().nanos());
  }

  /**
   * Ways to get it wrong, each of which the checker has to see. One more, asking the seeds only
   * once, takes too much bad luck for random faults: {@link FoundingTest} stages it.
   */
  enum Broken {
    FOUNDS_WITH_A_MAJORITY(
        new Founding.Rules() {
          @Override
          boolean enough(long some, int needed) {
            return some > needed / 2;
          }
        }),
    PROMISES_TO_TWO(
        new Founding.Rules() {
          @Override
          boolean mayGrant(boolean promisedToAnother) {
            return true;
          }
        });

    private final Founding.Rules rules;

    Broken(Founding.Rules rules) {
      this.rules = rules;
    }
  }

  @ParameterizedTest
  @EnumSource(Broken.class)
  void shouldCatchABrokenVariant(Broken broken) {
    for (long seed = 1; seed <= 3_000; seed++) {
      try {
        world(seed, broken.rules, new FoundingWorld.Coverage(), false).run();
      } catch (AssertionError error) {
        boolean unsafe =
            Stream.iterate((Throwable) error, e -> e != null, Throwable::getCause)
                .anyMatch(FoundingWorld.SafetyViolation.class::isInstance);
        if (unsafe) {
          System.out.println(broken + " was caught at seed " + seed);
          return;
        }
      }
    }
    throw new AssertionError(broken + " was not caught");
  }

  private static FoundingWorld.Coverage runSeeds(long first, int count) {
    FoundingWorld.Coverage coverage = new FoundingWorld.Coverage();
    Long only = Long.getLong("mabeam.sim.seed");
    long from = only == null ? first : only;
    long to = only == null ? first + count : only + 1;
    int orphans = 0;
    long events = 0;
    for (long seed = from; seed < to; seed++) {
      FoundingWorld world = world(seed, new Founding.Rules(), coverage, only != null);
      try {
        world.run();
      } catch (AssertionError violated) {
        throw new AssertionError(
            "seed " + seed + " (replay with -Dmabeam.sim.seed=" + seed + "): "
                + violated.getMessage(),
            violated);
      }
      orphans += world.orphans();
      events += world.simulation().eventsRun();
    }
    System.out.println((to - from) + " seeds, " + events + " events, " + orphans
        + " nodes left behind in a cluster whose seeds had all died");
    System.out.println(coverage.table(PHASES, NODE_FAULTS));
    System.out.println(coverage.table(MESSAGES, FRAME_FAULTS));
    return coverage;
  }

  private static FoundingWorld world(
      long seed, Founding.Rules rules, FoundingWorld.Coverage coverage, boolean trace) {
    return new FoundingWorld(seed, rules, coverage, trace);
  }
}
