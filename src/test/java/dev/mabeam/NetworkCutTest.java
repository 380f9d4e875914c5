package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mabeam.testing.Namespaces;
import dev.mabeam.testing.ProcessCluster;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real nodes in network namespaces, and what they say of each other across a real cut. */
class NetworkCutTest {
  @BeforeAll
  static void requireNamespaces() {
    Optional<String> missing = Namespaces.unavailable();
    assumeTrue(missing.isEmpty(), missing::get);
  }

  @Test
  void shouldCallACutOffNodePartitionedAndTakeItBack() {
    try (ProcessCluster cluster = ProcessCluster.startApart(3)) {
      cluster.cut("n3");
      cluster.await("n1 to call n3 partitioned", () -> is(cluster, "n1", "n3", "partitioned"));
      cluster.await(
          "n3 to be read-only", () -> "read-only".equals(cluster(cluster, "n3").getString("mode")));
      assertEquals("normal", cluster(cluster, "n1").getString("mode"));
      assertTrue(is(cluster, "n3", "n1", "partitioned"), "n3 calls n1 partitioned too");
      ProcessCluster.Result refused =
          cluster.mabeam("n3", "verticles", "deploy", "com.acme.Echo");
      assertEquals(6, refused.exit(), refused::err);

      cluster.heal();
      cluster.awaitConverged();
      assertEquals("normal", cluster(cluster, "n3").getString("mode"));
    }
  }

  @Test
  @Tag("long")
  void shouldNotCallANodeFailedThatIsOnlyUnheard() {
    try (ProcessCluster cluster = ProcessCluster.startApart(3)) {
      cluster.cutOneWay("n3", "n1");
      cluster.await("n1 to miss n3", () -> !is(cluster, "n1", "n3", "active"));
      for (String observer : new String[] {"n1", "n2", "n3"}) {
        for (String node : new String[] {"n1", "n2", "n3"}) {
          assertTrue(!is(cluster, observer, node, "failed"), observer + " calls " + node + " failed");
        }
      }
      cluster.heal();
      cluster.awaitConverged();
    }
  }

  private static JsonObject cluster(ProcessCluster cluster, String node) {
    JsonObject answer = cluster.get(node, "/api/v1/cluster");
    return answer == null ? new JsonObject() : answer;
  }

  private static boolean is(ProcessCluster cluster, String observer, String node, String status) {
    JsonObject seen = cluster.get(observer, "/api/v1/nodes/" + node);
    return seen != null && status.equals(seen.getString("status"));
  }
}
