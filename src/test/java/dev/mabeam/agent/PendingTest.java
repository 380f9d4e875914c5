package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Simulation;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a message says was known when it was first sent. */
class PendingTest {
  private final Simulation sim = new Simulation(1);
  private final Known known = new Known(sim.start("n1").scheduler());
  private final Numbering numbering = new Numbering("n:x");

  private Pending ours() {
    return new Pending(1, "a", true, sim.nanos(), deadline(), numbering.next("a"), null);
  }

  private Pending ofASession(long ageMillis) {
    Stamp given = new Stamp(Stamp.ofSession("s"), 1, 1, ageMillis);
    return new Pending(1, "a", true, sim.nanos(), deadline(), null, given);
  }

  private long deadline() {
    return sim.nanos() + Duration.ofSeconds(5).toNanos();
  }

  private long knew(Pending message, long knows) {
    return message.stamp(sim.nanos(), knows, known).knew();
  }

  private void pass(int millis) {
    sim.runFor(Duration.ofMillis(millis));
  }

  @Test
  void shouldSayInEveryCopyWhatWasKnownWhenTheFirstWent() {
    Pending message = ours();
    assertEquals(5, knew(message, 5));
    message.sent("n2#2", sim.nanos());
    pass(300);
    assertEquals(5, knew(message, 9), "the first may have been handled before that was known");
    assertTrue(message.isOlderThan(9));
    assertFalse(message.isOlderThan(5));
    assertFalse(message.isFirst(sim.nanos()));
  }

  @Test
  void shouldBeNewAgainWhenNoCopyWasTaken() {
    Pending message = ours();
    assertEquals(5, knew(message, 5));
    message.sent("n2#2", sim.nanos());
    assertEquals(5, knew(message, 6));
    message.sent("n3#3", sim.nanos());
    message.copyRefused();
    assertEquals(5, knew(message, 7), "the other may have been");
    message.copyRefused();
    assertTrue(message.isFirst(sim.nanos()));
    assertEquals(8, knew(message, 8));
  }

  @Test
  void shouldSayOfASessionsMessageWhatWasKnownWhenItsClientFirstSentIt() {
    known.heard(5);
    pass(100);
    known.heard(9);
    pass(50);
    assertEquals(9, knew(ofASession(0), 9));
    assertEquals(9, knew(ofASession(50), 9));
    assertEquals(5, knew(ofASession(51), 9));
    assertEquals(0, knew(ofASession(151), 9), "before anything was known here");
    assertEquals(Stamp.UNKNOWN, knew(ofASession(Stamp.UNKNOWN), 9));
  }

  @Test
  void shouldNotTakeASessionsMessageForTheOnlyCopyThatWaitedForLong() {
    known.heard(5);
    pass(1);
    Pending message = ofASession(0);
    pass(1_000);
    known.heard(9);
    assertEquals(9, knew(message, 9));
    pass(1);
    assertEquals(5, knew(message, 9), "its client may have sent it again elsewhere");
  }

  @Test
  void shouldForgetWhatWasKnownLongAgo() {
    for (int i = 1; i <= 2_000; i++) {
      known.heard(i);
      known.heard(i - 1);
      pass(1);
    }
    assertEquals(2_000, known.at(sim.nanos()));
    assertEquals(1_990, known.at(sim.nanos() - Duration.ofMillis(11).toNanos()));
    assertEquals(0, known.at(sim.nanos() - Duration.ofMillis(1_500).toNanos()));
  }
}
