package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.cli.Checkup.Finding;
import dev.mabeam.cli.Checkup.Level;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuorumTest {
  @Test
  void shouldBeFineWhenThreeVotersAreActive() {
    assertFinding(Level.ok, "n1#1 leads; 2 of 3 voters", find("n1#1", 2, "active", "active", "active"));
    assertFinding(Level.ok, "1 of 1 voters", find("n1#1", 1, "active"));
  }

  @Test
  void shouldWarnThatOneOfTwoIsTooMuchToLose() {
    assertFinding(Level.warn, "losing one stops all", find("n1#1", 2, "active", "active"));
  }

  @Test
  void shouldWarnWhileAVoterIsAway() {
    assertFinding(
        Level.warn,
        "n3#3 is not active; 2 of 3 voters are left",
        find("n1#1", 2, "active", "active", "failed"));
  }

  @Test
  void shouldFailWithoutAMajorityOfTheVoters() {
    assertFinding(
        Level.fail,
        "1 of 3 voters are active, and a decision takes 2: n2#2, n3#3 are not",
        find("", 2, "active", "failed", "partitioned"));
  }

  @Test
  void shouldWarnWithoutALeader() {
    assertFinding(Level.warn, "no leader", find("", 2, "active", "active", "active"));
  }

  @Test
  void shouldNotBeCertainOfWhatAnOlderNodeDoesNotSay() {
    Quorum unknown = new Quorum(new JsonObject());
    assertEquals(Level.warn, unknown.find().level());
    assertEquals("decisions: it is not known yet who votes", unknown.line());
  }

  private static Finding find(String leader, int quorum, String... statuses) {
    JsonArray nodes = new JsonArray();
    JsonArray voters = new JsonArray();
    for (String status : List.of(statuses)) {
      int number = nodes.size() + 1;
      String id = "n" + number + "#" + number;
      nodes.add(new JsonObject().put("id", id).put("status", status));
      voters.add(id);
    }
    JsonObject consensus =
        new JsonObject().put("leader", leader).put("voters", voters).put("quorum", quorum);
    return new Quorum(new JsonObject().put("nodes", nodes).put("consensus", consensus)).find();
  }

  private static void assertFinding(Level level, String part, Finding finding) {
    assertEquals(level, finding.level(), finding.message());
    assertTrue(finding.message().contains(part), finding.message());
  }
}
