package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentStorm.Blow;
import dev.mabeam.agent.AgentWorld.Variant;
import dev.mabeam.checkpoint.StoreVariant;
import dev.mabeam.migration.MoveVariant;
import dev.mabeam.testing.check.AgentHistoryChecker.Kind;
import dev.mabeam.testing.check.AgentHistoryChecker.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What agents promise, in random storms over the production rooms. {@code -Dmabeam.sim.seed=N} runs
 * one seed.
 */
class AgentSimulationTest {
  private static final int SAMPLE = 60;
  private static final int ENOUGH = 3;

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
      for (Blow blow : Blow.values()) {
        if (!pairs.containsKey(step + " " + blow)) {
          missed.add(step + " " + blow);
        }
      }
    }
    assertTrue(missed.isEmpty(), () -> "never struck: " + missed + "; struck: " + pairs);
  }

  /** What goes on after it was carried is not lost only because the target looks. */
  @Test
  void shouldCatchAMoveThatIsDecidedBeforeTheLastCheckpoint() {
    requireCaught(
        seed -> new AgentStorm(seed, Variant.of(rules(false, true, true, true, true))),
        Kind.EARLY_OUTPUT, Kind.LOST, Kind.DUPLICATED);
  }

  @Test
  void shouldCatchTheSameWithATargetThatDoesNotLookForAnythingNewer() {
    requireCaught(
        seed -> new AgentStorm(seed, Variant.of(rules(false, false, true, true, true))),
        Kind.LOST);
  }

  @Test
  void shouldCatchASourceThatGoesOnWhileItsMoveMayBeDecided() {
    requireCaught(
        seed ->
            new AgentStorm(seed, Variant.of(MoveVariant.RESUMES_UNSETTLED))
                .aim("FLIPPING", Blow.DECISION_IN_DOUBT),
        Kind.SPLIT);
  }

  @Test
  void shouldCatchStoresThatTakeAnyEpoch() {
    requireCaught(
        seed ->
            new AgentStorm(seed, Variant.of(StoreVariant.NO_EPOCH_CHECK))
                .aim("WRITE", Blow.PAUSE_UNTIL_SEALED),
        Kind.FENCED_COMMIT, Kind.LOST);
  }

  @Test
  void shouldCatchRecoveriesThatDoNotSeal() {
    requireCaught(
        seed ->
            new AgentStorm(seed, Variant.of(StoreVariant.NO_SEAL))
                .aim("WRITE", Blow.PAUSE_UNTIL_SEALED),
        Kind.FENCED_COMMIT, Kind.LOST);
  }

  @Test
  void shouldCatchSetsThatChangeAtOnce() {
    requireCaught(
        seed -> new AgentStorm(seed, Variant.of(rules(true, true, true, false, true))),
        Kind.LOST);
  }

  /** Their order alone would be seen to by the numbers: a message waits for those before it. */
  @Test
  void shouldCatchWhatIsForwardedBehindNewMessagesWithoutItsNumber() {
    requireCaught(
        seed -> new AgentStorm(seed, Variant.of(rules(true, true, true, true, false))),
        Kind.REORDERED, Kind.DUPLICATED);
  }

  @Test
  void shouldCatchAnswersBeforeTheirCheckpoint() {
    requireCaught(
        seed -> new AgentStorm(seed, Variant.of(rules(true, true, false, true, true))),
        Kind.EARLY_OUTPUT);
  }

  @Test
  void shouldCatchPositionsOfAClientThatCountsAnewUnderItsOldName() {
    AgentRules named = Variant.RULES.withSession(node -> node.substring(0, node.indexOf('#')));
    requireCaught(
        seed -> new AgentStorm(seed, Variant.of(named)), Kind.LOST, Kind.INVENTED);
  }

  @Test
  void shouldCatchVolatileAgentsThatHandleWhatWasSentBeforeTheyBegan() {
    requireCaught(
        seed -> new AgentStorm(seed, Variant.of(fleeting(false, true))).favour("v1"),
        Kind.DUPLICATED);
  }

  /** In these a message of a client outside comes to two activations, one after the other. */
  @Test
  void shouldHandleNothingTwiceInAVolatileAgentThatGetsMostMessages() {
    for (long seed : new long[] {172, 204}) {
      assertEquals(
          List.of(),
          new AgentStorm(seed, Variant.AS_IT_IS).favour("v1").run(),
          () -> "seed " + seed);
    }
  }

  @Test
  void shouldCatchIdsThatAreFreeBeforeTheirAgentHasStopped() {
    requireCaught(seed -> new AgentStorm(seed, Variant.of(fleeting(true, false))), Kind.SPLIT);
  }

  private static AgentRules rules(
      boolean writesLast,
      boolean finds,
      boolean writesFirst,
      boolean joint,
      boolean forwardsAsSent) {
    return new AgentRules(
        writesLast,
        finds,
        writesFirst,
        joint,
        forwardsAsSent,
        true,
        true,
        Variant.RULES.session());
  }

  private static AgentRules fleeting(boolean refusesOld, boolean stopsFirst) {
    return new AgentRules(
        true, true, true, true, true, refusesOld, stopsFirst, Variant.RULES.session());
  }

  /** Some seeds have to tell, for one of these reasons. */
  private static void requireCaught(LongFunction<AgentStorm> storms, Kind... reasons) {
    List<String> found = new ArrayList<>();
    int caught = 0;
    for (long seed = 1; seed <= SAMPLE && caught < ENOUGH; seed++) {
      try {
        List<Violation> wrong = storms.apply(seed).run();
        if (wrong.stream().anyMatch(one -> List.of(reasons).contains(one.kind()))) {
          caught++;
        } else if (!wrong.isEmpty()) {
          found.add(wrong.get(0).toString());
        }
      } catch (AssertionError restless) {
        // What is broken may also keep it from coming to rest.
        found.add(restless.getMessage());
      }
    }
    assertEquals(ENOUGH, caught, () -> "seeds of " + SAMPLE + " that tell; others: " + found);
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
