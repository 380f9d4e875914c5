package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The whole room through faults; a failure names its seed, and {@code -Dseed=N} runs that alone. */
class ConsensusSimTest {
  private static final Duration STORM = Duration.ofSeconds(20);
  private static final LeaseRules IMPOLITE = TenureSimulationTest.impolite(LeaseRules.ALL);

  private record Outcome(
      long answered, long read, long resumed, long expelled, String failure) {
    static Outcome of(long seed) {
      try {
        RoomStorm storm = storm(seed);
        storm.run(STORM);
        return new Outcome(
            storm.answered,
            storm.barriers,
            storm.world.resumed,
            storm.world.leaseRules == null ? 0 : storm.world.ledger.ended(),
            "");
      } catch (AssertionError failure) {
        return new Outcome(0, 0, 0, 0, "seed " + seed + ": " + failure.getMessage());
      }
    }
  }

  private static RoomStorm storm(long seed) {
    return switch ((int) (seed % 8)) {
      case 2, 3 -> RoomStorm.governed(seed);
      case 6 -> RoomStorm.hunting(seed, LeaseRules.ALL);
      case 7 -> RoomStorm.hunting(seed, IMPOLITE);
      default -> RoomStorm.of(seed, Rules.ALL);
    };
  }

  private static void storms(long from, long count) {
    long only = Long.getLong("seed", 0);
    if (only != 0) {
      assertEquals("", Outcome.of(only).failure());
      return;
    }
    List<Outcome> all =
        LongStream.range(from, from + count).parallel().mapToObj(Outcome::of).toList();
    List<String> failures =
        all.stream().map(Outcome::failure).filter(failure -> !failure.isEmpty()).toList();
    assertEquals(List.of(), failures);
    long enough = 200 * count;
    long answered = all.stream().mapToLong(Outcome::answered).sum();
    long read = all.stream().mapToLong(Outcome::read).sum();
    long resumed = all.stream().mapToLong(Outcome::resumed).sum();
    long expelled = all.stream().mapToLong(Outcome::expelled).sum();
    assertTrue(
        answered > enough && read > enough && resumed > count / 4 && expelled > count / 4,
        answered + " answered, " + read + " read, " + resumed + " resumed, " + expelled
            + " expelled");
  }

  @Test
  void shouldKeepItsPromisesThroughAFewStorms() {
    storms(1, 24);
  }

  @Test
  @Tag("long")
  void shouldKeepItsPromisesThroughTwoThousandStorms() {
    storms(1_000, 2_000);
  }

  @Test
  void shouldHaveNineNodesThatAgreeAfterChurn() {
    RoomStorm storm = new RoomStorm(9, 5, 4, false, Rules.ALL, null);
    storm.run(STORM);
    assertEquals(9, storm.world.living().size());
    long observing =
        storm.world.living().stream().filter(node -> node.consensus.seat().observes()).count();
    assertEquals(4, observing);
    for (RoomWorld.Node node : storm.world.living()) {
      assertEquals(9, node.consensus.members().all().size());
      assertEquals(5, node.consensus.status().voters().size());
    }
  }

  // ---- what it would be without ---------------------------------------------------------------

  /** Some storm of a few has to show that a rule is missing, by what {@code pattern} says. */
  private static void shouldBeNoticed(Rules rules, String pattern) {
    shouldBeNoticed(seed -> RoomStorm.of(seed, rules), pattern);
  }

  private static void shouldBeNoticed(LongFunction<RoomStorm> storms, String pattern) {
    Pattern expected = Pattern.compile(pattern);
    List<String> others = new ArrayList<>();
    for (long seed = 1; seed <= 60; seed++) {
      try {
        storms.apply(seed).run(STORM);
      } catch (AssertionError failure) {
        if (expected.matcher(failure.getMessage()).find()) {
          return;
        }
        others.add(failure.getMessage());
      }
    }
    fail("nothing noticed in 60 storms, but " + others);
  }

  @Test
  void shouldNoticeReadsFromADeposedLeader() {
    Rules without = new Rules(false, true, true, true, true);
    shouldBeNoticed(seed -> RoomStorm.cornered(seed, without), "is not linearizable");
    RoomStorm.cornered(1, Rules.ALL).run(STORM);
  }

  @Test
  void shouldNoticeClocksThatDifferByMoreThanATenth() {
    shouldBeNoticed(
        seed -> {
          RoomWorld world = new RoomWorld(seed);
          world.skew = 0.1;
          return RoomStorm.hunting(world, IMPOLITE);
        },
        "holds a lease");
  }

  @Test
  void shouldNoticeLeasesThatCountFromReceipt() {
    LeaseRules broken = new LeaseRules(false, true, true, true, true, true, true, false);
    shouldBeNoticed(seed -> RoomStorm.hunting(seed, broken), "holds a lease");
  }

  @Test
  void shouldNoticeAnExpulsionThatDoesNotWaitForTheLease() {
    LeaseRules broken = new LeaseRules(true, true, true, false, true, true, true, false);
    shouldBeNoticed(seed -> RoomStorm.hunting(seed, broken), "holds a lease");
  }

  @Test
  void shouldNoticeRetriesThatAreExecutedAgain() {
    shouldBeNoticed(new Rules(true, false, true, true, true), "executed command .* after");
  }

  @Test
  void shouldNoticeCommandsOfAnExpelledMember() {
    shouldBeNoticed(new Rules(true, true, false, true, true), "executed command .* which is gone");
  }

  @Test
  void shouldNoticeObserversThatTakeWhatComes() {
    shouldBeNoticed(new Rules(true, true, true, false, true), "another copy by|after");
  }

  @Test
  void shouldNoticeARefusalThatIsNotCertain() {
    shouldBeNoticed(
        new Rules(true, true, true, true, false), "certainly was not to be|said not to be");
  }
}
