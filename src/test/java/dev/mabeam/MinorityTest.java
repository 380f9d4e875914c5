package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mabeam.testing.Namespaces;
import dev.mabeam.testing.ProcessCluster;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two of five real nodes are cut off from the others, and come back. */
class MinorityTest {
  private static final String DEPLOY = "{\"id\":\"%s\",\"type\":\"counter\"}";

  @BeforeAll
  static void requireNamespaces() {
    Optional<String> missing = Namespaces.unavailable();
    assumeTrue(missing.isEmpty(), missing::get);
  }

  @Test
  void shouldRefuseDecisionsAnswerStaleReadsAndComeBackAsANewIncarnation() {
    try (ProcessCluster cluster = ProcessCluster.startApart(5)) {
      cluster.await("five voters", () -> voters(cluster, "n1") == 5);
      ok(cluster.mabeam("n1", "variables", "distribute", "plan", "--replicas", "0"));
      ok(cluster.mabeam("n1", "variables", "set", "plan", "{\"a\":1}"));
      cluster.await("n4 to have the plan", () -> !plan(cluster, "n4").getValue("value").equals("{}"));
      ok(cluster.mabeam("n4", "agents", "deploy", "counter", "--id", "before"));
      String before = id(cluster, "n4");

      cluster.cut("n4", "n5");
      cluster.await("n4 to read stale", () -> plan(cluster, "n4").getBoolean("stale"));
      // A busy machine adds to what it takes.
      double least = Double.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        ProcessCluster.Timed refused =
            cluster.post("n4", "/api/v1/agents", DEPLOY.formatted("lost"));
        assertEquals(503, refused.status(), refused::body);
        assertTrue(refused.body().contains("INSUFFICIENT_CONSENSUS"), refused::body);
        least = Math.min(least, refused.seconds());
      }
      assertTrue(least < 3, "refused after " + least + " s");
      System.out.printf("a minority refused a decision after %.2f s%n", least);
      assertEquals(new JsonObject().put("a", 1), plan(cluster, "n4").getJsonObject("value"));
      assertTrue(agents(cluster, "n4").encode().contains("before"), "it lists what it knows");
      ok(cluster.mabeam("n1", "agents", "deploy", "counter", "--id", "meanwhile"));

      cluster.heal();
      cluster.awaitConverged();
      cluster.await(
          "n4 as another incarnation that is no longer stale",
          () -> !id(cluster, "n4").equals(before) && !plan(cluster, "n4").getBoolean("stale"));
      assertNotEquals(before, id(cluster, "n4"));
      ok(cluster.mabeam("n4", "agents", "deploy", "counter", "--id", "after"));
      ok(cluster.mabeam("n5", "agents", "ask", "after", "{\"add\":1}"));
      ok(cluster.mabeam("n5", "agents", "ask", "meanwhile", "{\"add\":1}"));
      assertTrue(!agents(cluster, "n5").encode().contains("lost"), "what was refused never happens");
    }
  }

  private static void ok(ProcessCluster.Result result) {
    assertEquals(0, result.exit(), result::err);
  }

  private static int voters(ProcessCluster cluster, String node) {
    return cluster(cluster, node)
        .getJsonObject("consensus", new JsonObject())
        .getJsonArray("voters", new JsonArray())
        .size();
  }

  private static String id(ProcessCluster cluster, String node) {
    JsonObject seen = cluster.get(node, "/api/v1/nodes/" + node);
    return seen == null ? "" : seen.getString("id");
  }

  private static JsonObject plan(ProcessCluster cluster, String node) {
    JsonObject plan = cluster.get(node, "/api/v1/variables/plan");
    return plan == null ? new JsonObject().put("value", "{}").put("stale", false) : plan;
  }

  private static JsonObject agents(ProcessCluster cluster, String node) {
    ProcessCluster.Result listed = cluster.mabeam(node, "agents", "list", "-o", "json");
    ok(listed);
    return new JsonObject().put("agents", new JsonArray(listed.out()));
  }

  private static JsonObject cluster(ProcessCluster cluster, String node) {
    JsonObject answer = cluster.get(node, "/api/v1/cluster");
    return answer == null ? new JsonObject() : answer;
  }
}
