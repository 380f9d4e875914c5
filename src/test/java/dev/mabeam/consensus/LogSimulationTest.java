package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.TestLogging;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Whatever happens to a group of logs, all of them have the same entries, and nothing that was
 * acknowledged is gone. A failure prints its seed; {@code -Dmabeam.sim.seed=N} runs only that one.
 */
class LogSimulationTest {
  private static final List<String> FAULTS =
      List.of(
          "ADD_LEARNER", "PROMOTE", "REMOVE", "crash", "cut", "heal", "isolation", "lost store",
          "one-way cut", "pause", "power loss", "restart", "resume", "transfer");

  @Test
  void shouldAgreeInFiftySeeds() {
    runSeeds(1, 50);
  }

  /** {@code -Dmabeam.sim.count=100000} for a long night. */
  @Test
  @EnabledIfSystemProperty(named = "mabeam.sim.count", matches = "\\d+")
  void shouldAgreeInAsManySeedsAsAskedFor() {
    runSeeds(1_000_000, Integer.getInteger("mabeam.sim.count"));
  }

  @Test
  @Tag("long")
  void shouldAgreeInTwoThousandSeedsAndMeetEveryFault() {
    Map<String, Integer> struck = runSeeds(1_001, 2_000);
    for (String fault : FAULTS) {
      assertTrue(struck.getOrDefault(fault, 0) > 0, () -> fault + " never struck: " + struck);
    }
  }

  @Test
  void shouldRunTheSameSeedTheSameWay() {
    LogFaults first = run(7);
    LogFaults second = run(7);
    assertEquals(first.world.sim.eventsRun(), second.world.sim.eventsRun());
    assertEquals(first.world.checker.agreed, second.world.checker.agreed);
  }

  private static LogFaults run(long seed) {
    return new LogFaults(seed, node -> new MicroRaftLog.Rules()).run();
  }

  private static Map<String, Integer> runSeeds(long first, int count) {
    Long only = Long.getLong("mabeam.sim.seed");
    LongStream seeds =
        only == null ? LongStream.range(first, first + count) : LongStream.of(only);
    Map<String, Integer> struck = new TreeMap<>();
    seeds.forEach(
        seed -> {
          TestLogging.engineDefects();
          try {
            run(seed).struck.forEach((what, times) -> struck.merge(what, times, Integer::sum));
          } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError(
                "seed " + seed + ": " + failure + "\n" + TestLogging.engineDefects(), failure);
          }
        });
    return struck;
  }
}
