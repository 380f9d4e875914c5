package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That benchmarks run and print what scripts read; not what they come to. */
class BenchTest {
  @Test
  void shouldMeasurePlacements() {
    Run run = Run.of("bench", "placement", "--nodes", "1,3", "--agents", "500", "--runs", "2");
    assertEquals(0, run.exit(), run.err());
    JsonObject answer = new JsonObject(run.out());
    assertEquals("placement", answer.getString("benchmark"));
    assertEquals(500, answer.getInteger("agents"));
    JsonArray results = answer.getJsonArray("results");
    assertEquals(
        List.of(1, 3), results.stream().map(each -> ((JsonObject) each).getValue("nodes")).toList());
    for (int i = 0; i < results.size(); i++) {
      JsonObject each = results.getJsonObject(i);
      assertEquals(2, each.getJsonArray("perSecond").size());
      assertTrue(each.getLong("min") > 0 && each.getLong("max") >= each.getLong("median"));
    }
  }

  @Test
  void shouldMeasureMessagesBetweenProcesses() {
    Run run =
        Run.of(
            "bench", "messages", "--outstanding", "1,16", "--rounds", "1", "--round", "100ms",
            "--warm-up", "100ms");
    assertEquals(0, run.exit(), run.err());
    JsonObject answer = new JsonObject(run.out());
    assertEquals("messages", answer.getString("benchmark"));
    JsonArray results = answer.getJsonArray("results");
    List<String> measured =
        results.stream()
            .map(JsonObject.class::cast)
            .map(each -> each.getString("what") + " " + each.getInteger("outstanding"))
            .toList();
    assertEquals(
        List.of(
            "tcp 1", "tcpBatched 1", "bus 1", "busSpread 1", "ask 1", "tell 1", "volatile 1",
            "durable 1",
            "tcp 16", "tcpBatched 16", "bus 16", "busSpread 16", "ask 16", "tell 16",
            "volatile 16", "durable 16"),
        measured);
    for (int i = 0; i < results.size(); i++) {
      JsonObject each = results.getJsonObject(i);
      assertEquals(0, each.getLong("failed"), run.err());
      assertTrue(each.getLong("perSecond") > 0, run.err());
      assertTrue(each.getDouble("p99Micros") >= each.getDouble("p50Micros"), run.err());
    }
    for (String yardstick : List.of("toBus", "toBusSpread", "toTcp")) {
      JsonObject ratio = results.getJsonObject(4).getJsonObject(yardstick);
      assertTrue(ratio.getDouble("perSecond") > 0, yardstick);
    }
  }

  @Test
  @Tag("long")
  void shouldMoveAgentsUnderLoadAndLoseNothing() {
    Run run =
        Run.of(
            "bench", "migration", "--migrations", "1", "--rate", "200", "--state", "65536",
            "--drained", "50", "--forced");
    assertEquals(0, run.exit(), run.err());
    JsonObject answer = new JsonObject(run.out());
    JsonObject moves = answer.getJsonArray("moves").getJsonArray(0).getJsonObject(0);
    assertTrue(moves.getLong("moves") > 0, run.err());
    assertTrue(moves.getDouble("pauseP50Millis") > 0, run.err());
    shouldHaveLostNothing(moves.getJsonObject("messages"), run);
    JsonObject drain = answer.getJsonObject("drain");
    assertTrue(drain.getBoolean("empty"), run.err());
    assertEquals(50, drain.getInteger("moved"), run.err());
    shouldHaveLostNothing(drain.getJsonObject("messages"), run);
  }

  private static void shouldHaveLostNothing(JsonObject messages, Run run) {
    assertTrue(messages.getLong("sent") > 0, run.err());
    for (String none : List.of("failed", "lost", "duplicated", "lostOrReordered")) {
      assertEquals(0, messages.getLong(none), none + ": " + run.err());
    }
  }

  @Test
  @Tag("long")
  void shouldSeeAgentsAgainAfterTheirNodeWasKilled() {
    Run run = Run.of("bench", "failover", "--runs", "2", "--agents", "10");
    assertEquals(0, run.exit(), run.err());
    JsonArray runs = new JsonObject(run.out()).getJsonArray("runs");
    assertEquals(2, runs.size());
    for (int i = 0; i < runs.size(); i++) {
      JsonObject each = runs.getJsonObject(i);
      assertTrue(each.getDouble("all") >= each.getDouble("first"), run.err());
      assertEquals(0, each.getLong("failed"), run.err());
      assertEquals(0, each.getLong("forgotten"), run.err());
      assertEquals(0, each.getLong("doubled"), run.err());
    }
  }

  @Test
  @Tag("long")
  void shouldDeployAgentsAndWeighThem() {
    Run run =
        Run.of(
            "bench", "agents", "--nodes", "2", "--agents", "40", "--runs", "2", "--idle", "1500");
    assertEquals(0, run.exit(), run.err());
    JsonObject answer = new JsonObject(run.out());
    assertEquals("agents", answer.getString("benchmark"));
    JsonObject result = answer.getJsonArray("results").getJsonObject(0);
    assertEquals(2, result.getInteger("nodes"));
    assertEquals(2, result.getJsonArray("seconds").size());
    assertTrue(result.getDouble("min") > 0, run.err());
    assertTrue(result.containsKey("bytesAnAgent"), run.err());
  }

  @Test
  @Tag("long")
  void shouldMeasureVariablesAndWhatAKillCosts() {
    Run run =
        Run.of(
            "bench", "variables", "--keys", "10", "--outstanding", "16", "--burst", "200",
            "--rounds", "1", "--round", "300ms", "--warm-up", "300ms", "--kills", "1");
    assertEquals(0, run.exit(), run.err());
    JsonObject answer = new JsonObject(run.out());
    assertEquals("variables", answer.getString("benchmark"));
    assertEquals(0, answer.getJsonObject("localRead").getInteger("notHere"), run.err());
    assertTrue(answer.getJsonObject("localRead").getDouble("p50Micros") > 0, run.err());
    assertTrue(answer.getJsonObject("localWrite").getDouble("p50Micros") > 0, run.err());
    assertTrue(answer.getJsonObject("burst").getLong("perSecond") > 0, run.err());
    JsonArray results = answer.getJsonArray("results");
    assertEquals(
        List.of("write", "strong", "log"),
        results.stream().map(each -> ((JsonObject) each).getString("what")).toList());
    for (int i = 0; i < results.size(); i++) {
      assertEquals(0, results.getJsonObject(i).getLong("failed"), run.err());
    }
    assertTrue(
        results.getJsonObject(1).getJsonObject("toLog").getDouble("perSecond") > 0, run.err());
    JsonObject killed = answer.getJsonObject("killed").getJsonArray("each").getJsonObject(0);
    assertTrue(killed.getLong("succeeded") > 0, run.err());
    assertTrue(killed.getDouble("longestMillis") > 0, run.err());
  }

  @Test
  @Tag("long")
  void shouldWeighVariables() {
    Run run = Run.of("bench", "variables", "--footprint", "3000", "--bytes", "10");
    assertEquals(0, run.exit(), run.err());
    JsonObject answer = new JsonObject(run.out());
    assertEquals(3_000, answer.getInteger("variables"), run.err());
    assertTrue(answer.getLong("bytesAVariable") > 0, run.err());
    assertTrue(answer.getLong("distributePerSecond") > 0, run.err());
    assertEquals(3, answer.getJsonArray("heaps").size(), run.err());
  }
}
