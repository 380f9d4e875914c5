package dev.mabeam.testing.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CausalSetsTest {
  private final CausalSets history = new CausalSets();
  private final CausalSets.Session a = history.session();
  private final CausalSets.Session b = history.session();
  private final CausalSets.Session c = history.session();

  private void requireCausal() {
    assertEquals(Optional.empty(), history.violation());
    history.require();
  }

  private void requireFound(String what) {
    assertTrue(history.violation().orElse("nothing").contains(what), history.violation()::toString);
    assertThrows(AssertionError.class, history::require);
  }

  @Test
  void shouldAcceptOldCollectionsAsLongAsNothingNewerWasSeen() {
    a.wrote("x", 1);
    a.wrote("y", 2);
    b.read("x", List.of());
    b.read("y", List.of());
    b.read("x", List.of(1));
    c.read("x", List.of());
    requireCausal();
    assertEquals(6, history.size());
  }

  @Test
  void shouldAcceptConcurrentWritesInEitherOrder() {
    a.wrote("x", 1);
    b.wrote("x", 2);
    a.read("x", List.of(1));
    b.read("x", List.of(2));
    c.read("x", List.of(2, 1));
    requireCausal();
  }

  @Test
  void shouldRefuseAValueThatNobodyWrote() {
    a.wrote("x", 1);
    b.read("x", List.of(7));
    requireFound("nobody wrote 7");
  }

  @Test
  void shouldRefuseAValueWhoseWriteWasRefused() {
    a.wrote("x", 1).refused();
    b.read("x", List.of(1));
    requireFound("nobody wrote 1");
  }

  @Test
  void shouldRefuseASessionThatForgetsItsWrite() {
    a.wrote("x", 1);
    a.read("x", List.of());
    requireFound("misses");
  }

  @Test
  void shouldRefuseGoingBack() {
    a.wrote("x", 1);
    b.read("x", List.of(1));
    b.read("x", List.of());
    requireFound("misses");
  }

  @Test
  void shouldRefuseAnEffectWithoutItsCauseThroughAThird() {
    a.wrote("x", 1);
    b.read("x", List.of(1));
    b.wrote("y", 2);
    c.read("y", List.of(2));
    requireCausal();
    c.read("x", List.of());
    requireFound("session 3 read x=[] misses what precedes it: session 1 wrote x=1");
  }

  @Test
  void shouldRefuseAnEffectBesideWhichItsCauseIsMissing() {
    a.wrote("x", 1);
    a.wrote("x", 2);
    b.read("x", List.of(2));
    requireFound("misses");
  }

  @Test
  void shouldTakeAWriteApartForOneOfAnotherSession() {
    a.wrote("x", 1);
    CausalSets.Write elsewhere = a.wrote("y", 2);
    a.read("y", List.of());
    b.read("y", List.of(2));
    b.read("x", List.of());
    requireFound("misses");
    elsewhere.apart();
    requireCausal();
  }

  @Test
  void shouldLeaveOutWhatIsLost() {
    a.wrote("x", 1).lost();
    a.wrote("y", 2);
    b.read("x", List.of(1));
    b.read("x", List.of());
    c.read("y", List.of(2));
    c.read("x", List.of());
    requireCausal();
  }
}
