package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.testing.ProcessCluster;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes that keep their logs all end, and are started again. */
@Tag("long")
class VotersComeBackTest {
  /** Half of that is how long a node tries its log alone before it asks its seeds as well. */
  private static final String JOIN_TIMEOUT = "40s";

  @Test
  void shouldMeetThoughOneIsStartedLongAfterTheOther(@TempDir Path data) {
    try (ProcessCluster cluster =
        ProcessCluster.start(3, "--data-dir", data + "/%n", "--join-timeout", JOIN_TIMEOUT)) {
      cluster.await("three voters", () -> voters(cluster, "n1") == 3);
      ok(cluster.mabeam("n1", "agents", "deploy", "counter", "--id", "before"));
      cluster.names().forEach(cluster::kill);
      cluster.startAgain("n1");
      cluster.await("n1 to find nobody", () -> cluster.said("n1", "asks its seeds"));
      cluster.startAgain("n2");
      cluster.await("n1 and n2 to be ready", () -> cluster.ready("n1") && cluster.ready("n2"));
      cluster.startAgain("n3");
      cluster.awaitConverged();
      cluster.await("three voters again", () -> voters(cluster, "n3") == 3);
      ok(cluster.mabeam("n3", "agents", "show", "before"));
    }
  }

  private static void ok(ProcessCluster.Result result) {
    assertEquals(0, result.exit(), result::err);
  }

  private static int voters(ProcessCluster cluster, String node) {
    JsonObject seen = cluster.get(node, "/api/v1/cluster");
    return seen == null
        ? 0
        : seen.getJsonObject("consensus", new JsonObject())
            .getJsonArray("voters", new JsonArray())
            .size();
  }
}
