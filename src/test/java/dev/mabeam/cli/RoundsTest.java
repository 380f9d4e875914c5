package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mabeam.bench.Measured;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class RoundsTest {
  @Test
  void shouldTakeTheMedianOfTheRatiosRoundByRound() {
    Rounds rounds = new Rounds();
    rounds.add("bus", 64, measured(100, 10, 40));
    rounds.add("ask", 64, measured(80, 20, 40));
    rounds.add("bus", 64, measured(50, 10, 40)); // the machine was busy, with both
    rounds.add("ask", 64, measured(40, 30, 40));
    rounds.add("bus", 64, measured(100, 10, 40));
    rounds.add("ask", 64, measured(90, 50, 20));
    JsonObject ask = rounds.toJson().getJsonObject(1);
    assertEquals("ask", ask.getString("what"));
    assertEquals(64, ask.getInteger("outstanding"));
    assertEquals(80, ask.getLong("perSecond"));
    assertEquals(30.0, ask.getDouble("p50Micros"));
    assertEquals(40.0, ask.getDouble("p99Micros"));
    assertEquals(
        new JsonObject().put("perSecond", 0.8).put("p50", 3.0).put("p99", 1.0),
        ask.getJsonObject("toBus"));
    assertEquals("[80,40,90]", ask.getJsonArray("roundsPerSecond").encode());
    assertFalse(ask.containsKey("toTcp"));
    assertFalse(rounds.toJson().getJsonObject(0).containsKey("toBus"));
  }

  @Test
  void shouldPutTogetherOnlyWhatHasAsMuchUnderWay() {
    Rounds rounds = new Rounds();
    rounds.add("tcp", 1, measured(100, 1, 1));
    rounds.add("bus", 64, measured(100, 1, 1));
    assertFalse(rounds.toJson().getJsonObject(1).containsKey("toTcp"));
  }

  @Test
  void shouldAddUpFailures() {
    Rounds rounds = new Rounds();
    rounds.add("bus", 1, new Measured(1, 1, 1, 2, "late"));
    rounds.add("bus", 1, new Measured(1, 1, 1, 3, "late"));
    assertEquals(5, rounds.toJson().getJsonObject(0).getLong("failed"));
  }

  private static Measured measured(double perSecond, double p50, double p99) {
    return new Measured(perSecond, p50, p99, 0, "");
  }
}
