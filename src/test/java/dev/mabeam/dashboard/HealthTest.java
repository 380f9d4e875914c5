package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.dashboard.DashboardServer.Answer;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeStatus;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class HealthTest {
  private static DashboardServer server;

  @BeforeAll
  static void start() throws Exception {
    server = DashboardServer.onLoopback();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void assertNotReady(String check) throws Exception {
    Answer answer = server.get("/health/ready");
    assertEquals(503, answer.status());
    assertEquals("DOWN", answer.json().getString("status"));
    String down =
        answer.json().getJsonArray("checks").stream()
            .map(JsonObject.class::cast)
            .filter(row -> row.getString("status").equals("DOWN"))
            .map(row -> row.getString("id"))
            .reduce("", String::concat);
    assertEquals(check, down);
    assertEquals(200, server.get("/health/live").status(), "live whatever the cluster does");
  }

  @Test
  void shouldBeReadyOnlyWhenItCanWork() throws Exception {
    assertEquals(200, server.get("/health/ready").status());

    server.cluster.mode = ClusterStatus.READ_ONLY;
    assertNotReady("writable");
    server.cluster.mode = ClusterStatus.NORMAL;

    server.cachesRunning = false;
    assertNotReady("caches");
    server.cachesRunning = true;

    server.roomOnDisk = false;
    assertNotReady("disk");
    server.roomOnDisk = true;

    server.stopping = true;
    assertNotReady("not-stopping");
    server.stopping = false;

    server.cluster.put(FakeCluster.node("n1", 1, NodeStatus.JOINING));
    assertNotReady("joined");
    server.cluster.put(FakeCluster.node("n1", 1, NodeStatus.ACTIVE));
    assertEquals(200, server.get("/health/ready").status());
  }

  @Test
  void shouldShowMetricsOfVertxTheJvmAndItsOwn() throws Exception {
    server.get("/api/v1/nodes");
    Answer answer = server.get("/metrics");
    String text = answer.body().toString();
    assertTrue(answer.header("Content-Type").startsWith("text/plain; version=0.0.4"));
    assertTrue(text.contains("vertx_http_server_"), text);
    assertTrue(text.contains("jvm_memory_used_bytes"), text);
    assertTrue(text.contains("mabeam_verticles 0.0"), text);
    assertTrue(text.contains("mabeam_link_rtt_max_seconds 3.0E-4"), text);
    assertTrue(text.contains("mabeam_stream_clients 0.0"), text);
  }
}
