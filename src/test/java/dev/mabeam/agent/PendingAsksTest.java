package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentCounts.Outcome;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingAsksTest {
  private final Simulation simulation = new Simulation(1);
  private final Scheduler scheduler = simulation.start("n1").scheduler();
  private final AgentCounts counts = new AgentCounts();
  private final PendingAsks pending = new PendingAsks(scheduler, counts);

  private Pending add(int millis) {
    return pending.add("a", true, Duration.ofMillis(millis), null, null);
  }

  private void turn(int millis) {
    simulation.runFor(Duration.ofMillis(millis));
  }

  private static ErrorCode code(Pending message) {
    return MabeamException.of(message.future().cause()).code();
  }

  @Test
  void shouldEndAtItsDeadlineAndNotBefore() {
    Pending message = add(1_000);
    turn(999);
    assertFalse(message.future().isComplete());
    turn(10);
    assertEquals(ErrorCode.TIMEOUT, code(message));
    assertEquals(0, pending.size());
    assertEquals(1, counts.asks(Outcome.TIMEOUT));
  }

  @Test
  void shouldEndEachAtItsOwnDeadlineWhateverTheOrderOfTheirComing() {
    List<Pending> all = new ArrayList<>();
    int[] deadlines = {500, 50, 3_000, 50, 200, 2_999, 7};
    for (int deadline : deadlines) {
      all.add(add(deadline));
      turn(1);
    }
    for (int passed = deadlines.length; passed < 3_100; passed++) {
      turn(1);
      for (int i = 0; i < deadlines.length; i++) {
        int due = deadlines[i] + i;
        if (passed < due - 1) {
          assertFalse(all.get(i).future().isComplete(), deadlines[i] + " at " + passed);
        }
        if (passed > due + 12) {
          assertTrue(all.get(i).future().failed(), deadlines[i] + " at " + passed);
        }
      }
    }
  }

  @Test
  void shouldEndOnce() {
    Pending message = add(1_000);
    pending.end(message, "first", null);
    pending.end(message, "second", null);
    pending.failAll(any -> true, any -> new IllegalStateException());
    turn(2_000);
    assertEquals("first", message.future().result());
    assertEquals(1, counts.asks(Outcome.OK));
    assertEquals(0, counts.asks(Outcome.TIMEOUT));
  }

  @Test
  void shouldNotLookAgainAndAgainWhileMessagesEndInTime() {
    long before = simulation.eventsRun();
    for (int i = 0; i < 10_000; i++) {
      pending.end(add(5_000), null, null);
      turn(1);
    }
    assertTrue(simulation.eventsRun() - before < 100, simulation.eventsRun() + " events");
  }

  @Test
  void shouldTellTheMessagesApart() {
    Pending one = add(100);
    Pending other = add(100);
    assertFalse(one.number == other.number);
    pending.failAll(message -> message == other, message -> AgentErrors.nodeLeft("a", "n2#2"));
    assertEquals(ErrorCode.UNAVAILABLE, code(other));
    assertFalse(one.future().isComplete());
    assertEquals(one, pending.get(one.number));
  }
}
