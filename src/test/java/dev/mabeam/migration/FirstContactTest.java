package dev.mabeam.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.SimBus;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Nodes that are asked before everybody knows where they serve. */
class FirstContactTest {
  private static final Duration DEADLINE = Duration.ofSeconds(3);
  private static final String LATE = "late#2";

  private final Simulation sim = new Simulation(1);
  private final SimNode asking = sim.start("asking");
  private final SimNode late = sim.start("late");
  private final Set<String> members = new HashSet<>(Set.of(LATE));
  private final FirstContact contact =
      new FirstContact(SimBus.of(asking), asking.scheduler(), members::contains);

  private Future<JsonObject> ask() {
    return contact.ask(LATE, "reserve", new JsonObject().put("move", "1"), DEADLINE);
  }

  private void serves(Duration after) {
    late.scheduler()
        .after(
            after,
            () ->
                SimBus.of(late)
                    .serve(
                        Answers.address(LATE),
                        body -> Future.succeededFuture(body.put("at", sim.nanos()))));
  }

  @Test
  void shouldAskAMemberAgainUntilItsAddressIsKnown() {
    serves(Duration.ofSeconds(1));
    Future<JsonObject> answer = ask();
    sim.runFor(Duration.ofMillis(900));
    assertFalse(answer.isComplete());
    sim.runFor(Duration.ofMillis(600));
    assertTrue(answer.succeeded(), answer.toString());
    assertEquals("1", answer.result().getString("move"));
    assertEquals("reserve", answer.result().getString("do"));
  }

  @Test
  void shouldGiveUpAtTheDeadline() {
    serves(Duration.ofSeconds(5));
    Future<JsonObject> answer = ask();
    sim.runFor(DEADLINE.plusMillis(1));
    assertTrue(answer.failed());
    assertEquals(ErrorCode.NOT_FOUND, MabeamException.of(answer.cause()).code());
  }

  @Test
  void shouldNotWaitForWhoIsNoMember() {
    members.clear();
    Future<JsonObject> never = ask();
    sim.runFor(Duration.ofMillis(1));
    assertTrue(never.failed());

    members.add(LATE);
    Future<JsonObject> anyMore = ask();
    sim.runFor(Duration.ofSeconds(1));
    assertFalse(anyMore.isComplete());
    members.clear();
    sim.runFor(FirstContact.AGAIN);
    assertTrue(anyMore.failed());
  }
}
