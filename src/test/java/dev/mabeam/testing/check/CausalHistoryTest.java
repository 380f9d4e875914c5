package dev.mabeam.testing.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CausalHistoryTest {
  private final CausalHistory history = new CausalHistory();
  private final CausalHistory.Session a = history.session();
  private final CausalHistory.Session b = history.session();
  private final CausalHistory.Session c = history.session();

  private void requireFound(String pattern) {
    String found = history.violation().orElse("nothing");
    assertTrue(found.startsWith(pattern + ":"), found);
    assertTrue(
        assertThrows(AssertionError.class, history::require).getMessage().contains(pattern));
  }

  private void requireCausal() {
    assertEquals("", history.violation().orElse(""));
    history.require();
  }

  @Test
  void shouldAcceptWhatNobodyDid() {
    requireCausal();
  }

  @Test
  void shouldAcceptOldValuesAsLongAsNothingNewerWasSeen() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    b.read("x", null);
    b.read("x", 1);
    b.read("x", 2);
    c.read("y", null);
    requireCausal();
  }

  @Test
  void shouldAcceptConcurrentWritesInEitherOrder() {
    a.wrote("x", 1);
    b.wrote("x", 2);
    a.read("x", 2);
    b.read("x", 1);
    requireCausal();
  }

  @Test
  void shouldRefuseConcurrentWritesInBothOrdersWhereOneHasToStand() {
    shouldAcceptConcurrentWritesInEitherOrder();
    String found = history.alsoConverges().orElse("nothing");
    assertTrue(found.startsWith("CyclicCF:"), found);
    assertThrows(AssertionError.class, history::requireConvergence);
  }

  @Test
  void shouldAcceptOneOrderForAll() {
    a.wrote("x", 1);
    b.wrote("x", 2);
    a.read("x", 2);
    b.read("x", 2);
    history.requireConvergence();
  }

  @Test
  void shouldRefuseAnOrderThatNoClockExplains() {
    // 2 stands over 1, and 4 over 3; but 3 was written after 2 was read, and 1 after 4.
    a.read("y", 4);
    a.wrote("x", 1);
    b.read("x", 2);
    b.wrote("y", 3);
    history.session().wrote("x", 2);
    history.session().wrote("y", 4);
    CausalHistory.Session d = history.session();
    d.read("x", 1);
    d.read("x", 2);
    CausalHistory.Session e = history.session();
    e.read("y", 3);
    e.read("y", 4);
    requireCausal();
    assertTrue(history.alsoConverges().orElse("").startsWith("CyclicCF:"));
  }

  @Test
  void shouldRefuseAValueThatNobodyWrote() {
    a.wrote("x", 1);
    b.read("x", 7);
    requireFound("ThinAirRead");
  }

  @Test
  void shouldRefuseNothingAfterAWrite() {
    a.wrote("x", 1);
    a.wrote("y", 2);
    b.read("y", 2);
    b.read("x", null);
    requireFound("WriteCOInitRead");
  }

  @Test
  void shouldRefuseAnEffectWithoutItsCauseThroughAThird() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    b.read("x", 2);
    b.wrote("y", 3);
    c.read("y", 3);
    c.read("x", 1);
    requireFound("WriteCORead");
  }

  @Test
  void shouldRefuseGoingBack() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    b.read("x", 2);
    b.read("x", 1);
    requireFound("WriteCORead");
  }

  @Test
  void shouldRefuseASessionThatForgetsItsWrite() {
    a.wrote("x", 1);
    a.read("x", null);
    requireFound("WriteCOInitRead");
  }

  @Test
  void shouldRefuseACircle() {
    a.read("x", 2);
    a.wrote("y", 1);
    b.read("y", 1);
    b.wrote("x", 2);
    requireFound("CyclicCO");
  }

  @Test
  void shouldLeaveOutWhatIsLost() {
    a.wrote("x", 1).lost();
    a.wrote("y", 2);
    b.read("x", 1);
    b.read("x", null);
    b.read("y", 2);
    requireCausal();
  }

  @Test
  void shouldTakeTheSameWriteForOneOnly() {
    a.wrote("x", 1);
    b.wrote("x", 1);
    assertThrows(IllegalArgumentException.class, history::violation);
  }
}
