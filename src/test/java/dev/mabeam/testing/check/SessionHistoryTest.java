package dev.mabeam.testing.check;

import static dev.mabeam.testing.check.SessionHistory.ALL;
import static dev.mabeam.testing.check.SessionHistory.Guarantee.MONOTONIC_READS;
import static dev.mabeam.testing.check.SessionHistory.Guarantee.MONOTONIC_WRITES;
import static dev.mabeam.testing.check.SessionHistory.Guarantee.READ_YOUR_WRITES;
import static dev.mabeam.testing.check.SessionHistory.Guarantee.WRITES_FOLLOW_READS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.check.SessionHistory.Guarantee;
import dev.mabeam.testing.sim.Seeds;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionHistoryTest {
  private final SessionHistory history = new SessionHistory();
  private final SessionHistory.Session a = history.session();
  private final SessionHistory.Session b = history.session();
  private final SessionHistory.Session c = history.session();

  /** Refused by each of {@code broken}, and by no others together. */
  private void requireOnly(Guarantee... broken) {
    Set<Guarantee> others = EnumSet.allOf(Guarantee.class);
    for (Guarantee guarantee : broken) {
      String found = history.violation(Set.of(guarantee)).orElse("nothing");
      assertTrue(found.startsWith(guarantee + ": "), found);
      others.remove(guarantee);
    }
    assertEquals(Optional.empty(), history.violation(others));
    if (broken.length > 0) {
      assertThrows(AssertionError.class, () -> history.require(ALL));
    } else {
      history.require(ALL);
    }
  }

  /** Refused by the two together, and by neither alone, whatever else is promised. */
  private void requireBoth(Guarantee one, Guarantee other) {
    String found = history.violation(EnumSet.of(one, other)).orElse("nothing");
    assertTrue(found.contains(one + ": ") && found.contains(other + ": "), found);
    assertEquals(Optional.empty(), history.violation(EnumSet.complementOf(EnumSet.of(one))));
    assertEquals(Optional.empty(), history.violation(EnumSet.complementOf(EnumSet.of(other))));
  }

  @Test
  void shouldAcceptWhatNobodyDid() {
    requireOnly();
  }

  @Test
  void shouldAcceptOldValuesAsLongAsNothingNewerWasSeen() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    a.read("x", 2);
    b.read("x", null);
    b.read("x", 1);
    b.read("y", null);
    b.read("x", 2);
    c.readAll("s", List.of());
    a.wrote("s", 3);
    c.readAll("s", List.of(3));
    requireOnly();
    assertEquals(10, history.size());
  }

  @Test
  void shouldAcceptThatAConcurrentWriteTookThePlaceOfOnesOwn() {
    a.wrote("x", 1);
    b.wrote("x", 2);
    a.read("x", 2);
    b.read("x", 2);
    requireOnly();
  }

  @Test
  void shouldAcceptTwoVariablesInAnyOrder() {
    a.wrote("x", 1);
    a.wrote("y", 2);
    b.read("y", 2);
    b.read("x", null);
    requireOnly();
  }

  @Test
  void shouldRefuseARegisterWithoutOnesOwnWrite() {
    a.wrote("x", 1);
    a.read("x", null);
    requireOnly(READ_YOUR_WRITES);
  }

  @Test
  void shouldRefuseACollectionWithoutOnesOwnWrite() {
    b.wrote("x", 2);
    a.wrote("x", 1);
    a.readAll("x", List.of(2));
    requireOnly(READ_YOUR_WRITES);
  }

  @Test
  void shouldRefuseOnesOwnOlderWrite() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    a.read("x", 1);
    requireBoth(READ_YOUR_WRITES, MONOTONIC_WRITES);
  }

  @Test
  void shouldRefuseWhatWasReadBeforeOnesOwnWrite() {
    b.wrote("x", 1);
    a.read("x", 1);
    a.wrote("x", 2);
    a.read("x", 1);
    requireBoth(READ_YOUR_WRITES, WRITES_FOLLOW_READS);
  }

  @Test
  void shouldRefuseARegisterThatGoesBackToNothing() {
    b.wrote("x", 1);
    a.read("x", 1);
    a.read("x", null);
    requireOnly(MONOTONIC_READS);
  }

  @Test
  void shouldRefuseARegisterThatComesAndGoes() {
    b.wrote("x", 1);
    c.wrote("x", 2);
    a.read("x", 1);
    a.read("x", 2);
    a.read("x", 1);
    requireOnly(MONOTONIC_READS);
  }

  @Test
  void shouldRefuseTwoWhoSeeTwoOrders() {
    b.wrote("x", 1);
    c.wrote("x", 2);
    a.read("x", 1);
    a.read("x", 2);
    SessionHistory.Session d = history.session();
    d.read("x", 2);
    d.read("x", 1);
    requireOnly(MONOTONIC_READS);
  }

  @Test
  void shouldRefuseACollectionThatLosesWhatItHad() {
    b.wrote("x", 1);
    c.wrote("x", 2);
    a.readAll("x", List.of(1));
    a.readAll("x", List.of(2));
    requireOnly(MONOTONIC_READS);
  }

  @Test
  void shouldRefuseACollectionWithTheSecondWriteOfASessionOnly() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    b.readAll("x", List.of(1));
    c.readAll("x", List.of(2));
    requireOnly(MONOTONIC_WRITES);
  }

  @Test
  void shouldRefuseARegisterThatGoesBackToTheFirstWriteOfASession() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    b.read("x", 2);
    b.read("x", 1);
    requireBoth(MONOTONIC_WRITES, MONOTONIC_READS);
  }

  @Test
  void shouldRefuseACollectionWithAnAnswerAndWithoutTheQuestion() {
    a.wrote("x", "question");
    b.readAll("x", List.of("question"));
    b.wrote("x", "answer");
    c.readAll("x", List.of("answer"));
    requireOnly(WRITES_FOLLOW_READS);
  }

  @Test
  void shouldRefuseARegisterThatGoesBackFromAnAnswerToTheQuestion() {
    a.wrote("x", "question");
    b.read("x", "question");
    b.wrote("x", "answer");
    c.read("x", "answer");
    c.read("x", "question");
    requireBoth(WRITES_FOLLOW_READS, MONOTONIC_READS);
  }

  @Test
  void shouldRefuseAValueThatNobodyWroteWhateverIsPromised() {
    a.wrote("x", 1);
    b.read("x", 7);
    assertTrue(history.violation(Set.of()).orElse("").startsWith("NOBODY WROTE"));
  }

  @Test
  void shouldLeaveOutWhatIsLost() {
    a.wrote("x", 1).lost();
    a.read("x", null);
    b.read("x", 1);
    b.read("x", null);
    a.wrote("s", 1).lost();
    a.wrote("s", 2);
    a.readAll("s", List.of(2));
    b.readAll("s", List.of(1, 2));
    b.readAll("s", List.of(2));
    requireOnly();
  }

  @Test
  void shouldTakeTheSameWriteForOneOnly() {
    a.wrote("x", 1);
    b.wrote("x", 1);
    assertThrows(IllegalArgumentException.class, () -> history.violation(ALL));
  }

  /** Small registers, held against whoever tries every order and everything a read may have seen. */
  @Test
  void shouldAgreeWithTryingEverything() {
    int refused = 0;
    for (long seed = 0; seed < 800; seed++) {
      Random random = Seeds.random(seed);
      SmallRegister register = new SmallRegister(random);
      for (Guarantee guarantee : Guarantee.values()) {
        agree(seed, register, EnumSet.of(guarantee));
        agree(seed, register, EnumSet.complementOf(EnumSet.of(guarantee)));
      }
      agree(seed, register, ALL);
      refused += register.history.violation(ALL).isPresent() ? 1 : 0;
    }
    assertTrue(refused > 200 && refused < 600, refused + " refused");
  }

  private static void agree(long seed, SmallRegister register, Set<Guarantee> promised) {
    Optional<String> found = register.history.violation(promised);
    assertEquals(
        register.isExplained(promised), found.isEmpty(), () -> seed + " " + promised + found);
  }
}
