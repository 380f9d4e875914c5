package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentWorld.Variant;
import dev.mabeam.testing.check.AgentHistoryChecker.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What agents promise, in random storms over the production rooms. {@code -Dmabeam.sim.seed=N} runs
 * one seed.
 */
class AgentSimulationTest {
  private static final int SAMPLE = 60;

  @Test
  void shouldKeepWhatItPromisesInSixtySeeds() {
    runSeeds(1, SAMPLE);
  }

  @Test
  void shouldRunTheSameSeedTheSameWay() {
    AgentStorm first = new AgentStorm(7, Variant.AS_IT_IS);
    AgentStorm second = new AgentStorm(7, Variant.AS_IT_IS);
    assertEquals(List.of(), first.run());
    assertEquals(List.of(), second.run());
    assertEquals(first.world.sim.eventsRun(), second.world.sim.eventsRun());
    assertEquals(first.world.history.size(), second.world.history.size());
    assertEquals(first.world.struck, second.world.struck);
  }

  @Test
  @Tag("long")
  void shouldKeepWhatItPromisesInTwoThousandSeedsAndStrikeAtEveryStep() {
    Map<String, Integer> pairs = runSeeds(1_001, 2_000);
    List<String> missed = new ArrayList<>();
    for (String step : AgentStorm.STEPS) {
      for (AgentStorm.Blow blow : AgentStorm.Blow.values()) {
        if (!pairs.containsKey(step + " " + blow)) {
          missed.add(step + " " + blow);
        }
      }
    }
    assertTrue(missed.isEmpty(), () -> "never struck: " + missed + "; struck: " + pairs);
  }

  /** How often which step was struck by what. */
  private static Map<String, Integer> runSeeds(long first, int count) {
    Long only = Long.getLong("mabeam.sim.seed");
    LongStream seeds =
        only == null ? LongStream.range(first, first + count) : LongStream.of(only);
    Map<String, Integer> struck = new TreeMap<>();
    Map<String, Integer> pairs = new TreeMap<>();
    long[] counts = new long[3];
    seeds.forEach(
        seed -> {
          AgentStorm storm = new AgentStorm(seed, Variant.AS_IT_IS);
          List<Violation> wrong = storm.run();
          if (!wrong.isEmpty()) {
            throw new AssertionError(
                "seed " + seed + ": " + wrong.size() + " violations, the first: " + wrong.get(0));
          }
          storm.world.struck.forEach((what, times) -> struck.merge(what, times, Integer::sum));
          storm.pairs.forEach((what, times) -> pairs.merge(what, times, Integer::sum));
          counts[0] += storm.acknowledged;
          counts[1] += storm.moved;
          counts[2] += storm.world.sim.eventsRun();
        });
    System.out.println(
        "agents: " + count + " seeds, " + counts[0] + " messages acknowledged, " + counts[1]
            + " moves, " + counts[2] + " events; met " + struck);
    return pairs;
  }
}
