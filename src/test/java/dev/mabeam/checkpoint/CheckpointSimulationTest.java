package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.checkpoint.CheckpointStorm.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What is done is found, and what is fenced is not done, in random storms. {@code
 * -Dmabeam.sim.seed=N} runs one.
 */
class CheckpointSimulationTest {
  private static final List<String> MET =
      List.of(
          "HELD", "LATE", "LOST", "crash", "crash, store kept", "cut", "deaf", "expulsion",
          "failover", "isolation", "large", "lateness", "loss", "move", "not whole",
          "one-way cut", "pause", "power loss", "restart", "seal refused", "sealed some",
          "write STALE_EPOCH", "write UNAVAILABLE");
  private static final int SAMPLE = 40;

  @Test
  void shouldFindWhatWasDoneInTwoHundredSeeds() {
    runSeeds(1, 200);
  }

  /** {@code -Dmabeam.sim.count=100000} for a long night. */
  @Test
  @EnabledIfSystemProperty(named = "mabeam.sim.count", matches = "\\d+")
  void shouldFindWhatWasDoneInAsManySeedsAsAskedFor() {
    runSeeds(1_000_000, Integer.getInteger("mabeam.sim.count"));
  }

  @Test
  @Tag("long")
  void shouldFindWhatWasDoneInTwoThousandSeedsAndMeetEveryFault() {
    Map<String, Integer> struck = runSeeds(1_001, 2_000);
    for (String what : MET) {
      assertTrue(struck.getOrDefault(what, 0) > 0, () -> what + " never happened: " + struck);
    }
  }

  @Test
  void shouldRunTheSameSeedTheSameWay() {
    CheckpointStorm first = new CheckpointStorm(7, Variant.AS_IT_IS).run();
    CheckpointStorm second = new CheckpointStorm(7, Variant.AS_IT_IS).run();
    assertEquals(first.world.sim.eventsRun(), second.world.sim.eventsRun());
    assertEquals(first.history.writes, second.history.writes);
  }

  @Test
  void shouldCatchStoresThatTakeAnyEpoch() {
    requireCaught(
        Variant.of(
            new Rules() {
              @Override
              boolean refuses(long epoch, long promised) {
                return false;
              }

              @Override
              boolean refusesSet(long version, long known) {
                return false;
              }
            }));
  }

  @Test
  void shouldCatchSealsThatMakeNobodyPromise() {
    requireCaught(
        Variant.of(
            new Rules() {
              @Override
              boolean sealPromises() {
                return false;
              }
            }));
  }

  @Test
  void shouldCatchSetsThatChangeAtOnce() {
    requireCaught(
        Variant.changing(set -> new CheckpointSet(set.version(), set.stores(), List.of())));
  }

  @Test
  void shouldCatchWritesThatAreDoneAtTheFirstStore() {
    requireCaught(
        Variant.of(
            new Rules() {
              @Override
              boolean written(CheckpointSet set, Predicate<String> has) {
                return set.all().stream().anyMatch(has);
              }
            }));
  }

  /** Several seeds have to tell, and for the reason that the checker is there for. */
  private static void requireCaught(Variant variant) {
    List<String> found = new ArrayList<>();
    for (long seed = 1; seed <= SAMPLE; seed++) {
      try {
        new CheckpointStorm(seed, variant).run();
      } catch (AssertionError expected) {
        found.add(expected.getMessage());
      }
    }
    // What is wrong only at the end may be wrong for another reason.
    long caught =
        found.stream()
            .filter(
                why ->
                    why.contains("was not found by the seal")
                        || why.contains("was done after a seal"))
            .count();
    assertTrue(caught >= 3, "only " + caught + " seeds of " + SAMPLE + " tell: " + found);
  }

  private static Map<String, Integer> runSeeds(long first, int count) {
    Long only = Long.getLong("mabeam.sim.seed");
    LongStream seeds =
        only == null ? LongStream.range(first, first + count) : LongStream.of(only);
    Map<String, Integer> struck = new TreeMap<>();
    long[] counts = new long[2];
    seeds.forEach(
        seed -> {
          try {
            CheckpointStorm storm = new CheckpointStorm(seed, Variant.AS_IT_IS).run();
            storm.struck.forEach((what, times) -> struck.merge(what, times, Integer::sum));
            counts[0] += storm.history.writes;
            counts[1] += storm.history.seals;
          } catch (AssertionError | RuntimeException failure) {
            throw new AssertionError("seed " + seed + ": " + failure, failure);
          }
        });
    System.out.println(
        "checkpoints: " + count + " seeds, " + counts[0] + " writes done, " + counts[1]
            + " keys found; met " + struck);
    return struck;
  }
}
