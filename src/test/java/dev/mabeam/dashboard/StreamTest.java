package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.event.ClusterEvent;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The stream over real WebSockets; {@link StreamHubTest} has what can be said without. */
final class StreamTest {
  private final Vertx vertx = Vertx.vertx();
  private final WebSocketClient client =
      vertx.createWebSocketClient(
          new WebSocketClientOptions()
              .setMaxMessageSize(16 << 20)
              .setMaxFrameSize(16 << 20)
              .setMaxConnections(2 * StreamHub.MAX_CLIENTS));

  @AfterEach
  void close() throws Exception {
    DashboardServer.await(vertx.close());
  }

  /** Connects with the handler in place, so that no message is missed. */
  private WebSocket connect(DashboardServer server, String origin, Queue<JsonObject> messages)
      throws Exception {
    WebSocketConnectOptions options =
        new WebSocketConnectOptions()
            .setHost("127.0.0.1")
            .setPort(server.port())
            .setURI("/api/v1/stream");
    if (origin != null) {
      options.putHeader("Origin", origin);
    }
    ClientWebSocket socket = client.webSocket();
    socket.textMessageHandler(text -> messages.add(new JsonObject(text)));
    return DashboardServer.await(socket.connect(options));
  }

  private BlockingQueue<JsonObject> watch(DashboardServer server) throws Exception {
    BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
    connect(server, null, messages);
    return messages;
  }

  private int refusal(DashboardServer server, String origin) {
    ExecutionException refused =
        assertThrows(
            ExecutionException.class, () -> connect(server, origin, new LinkedBlockingQueue<>()));
    return ((UpgradeRejectedException) refused.getCause()).getStatus();
  }

  private static JsonObject next(BlockingQueue<JsonObject> messages, String awaited)
      throws Exception {
    JsonObject message = messages.poll(20, TimeUnit.SECONDS);
    assertTrue(message != null, "waited for " + awaited);
    return message;
  }

  private static JsonObject nextOp(
      BlockingQueue<JsonObject> messages, Predicate<JsonObject> wanted, String awaited)
      throws Exception {
    while (true) {
      JsonArray ops = next(messages, awaited).getJsonArray("ops", new JsonArray());
      for (Object op : ops) {
        if (wanted.test((JsonObject) op)) {
          return (JsonObject) op;
        }
      }
    }
  }

  @Test
  void shouldStreamHelloSnapshotAndPatches() throws Exception {
    try (DashboardServer server = DashboardServer.onLoopback()) {
      BlockingQueue<JsonObject> messages = watch(server);
      JsonObject hello = next(messages, "hello");
      assertEquals(
          new JsonObject(
              "{\"type\":\"hello\",\"v\":1,\"node\":\"n1#1\",\"cluster\":\"c1\","
                  + "\"version\":\"0.1-test\",\"role\":\"operator\"}"),
          hello);
      JsonObject snapshot = next(messages, "snapshot");
      assertEquals("snapshot", snapshot.getString("type"));
      JsonObject state = snapshot.getJsonObject("state");
      assertEquals(2, state.getJsonObject("nodes").size());
      assertEquals("n1#1", state.getJsonObject("cluster").getString("node"));
      assertEquals(snapshot.getLong("seq") + 1, next(messages, "patch").getLong("seq"));

      server.cluster.put(FakeCluster.node("n2", 2, NodeStatus.FAILED));
      JsonObject put = nextOp(messages, op -> "put".equals(op.getString("op")), "a put");
      assertEquals(JsonArray.of("nodes", "n2#2"), put.getJsonArray("path"));
      assertEquals("failed", put.getJsonObject("value").getString("status"));

      server.eventsContext.runOnContext(
          none -> server.events.publish(new ClusterEvent.NodeJoined("n3#3", "z1")));
      JsonObject event = nextOp(messages, op -> "event".equals(op.getString("op")), "an event");
      assertEquals("n3#3", event.getJsonObject("value").getString("node"));
    }
  }

  @Test
  void shouldStreamToViewersAsViewers() throws Exception {
    try (DashboardServer server = DashboardServer.everywhere("secret")) {
      assertEquals("viewer", next(watch(server), "hello").getString("role"));
    }
  }

  @Test
  void shouldRefuseAnotherOrigin() throws Exception {
    try (DashboardServer server = DashboardServer.onLoopback()) {
      BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
      connect(server, "http://127.0.0.1:" + server.port(), messages);
      next(messages, "hello");
      assertEquals(403, refusal(server, "http://evil.example"));
    }
  }

  @Test
  void shouldRefuseMoreStreamsThanItServes() throws Exception {
    try (DashboardServer server = DashboardServer.onLoopback()) {
      for (int i = 0; i < StreamHub.MAX_CLIENTS; i++) {
        next(watch(server), "hello");
      }
      assertEquals(429, refusal(server, null));
    }
  }

  @Test
  void shouldGiveASnapshotToAClientThatStoppedReading() throws Exception {
    try (DashboardServer server = DashboardServer.onLoopback()) {
      BlockingQueue<JsonObject> quick = watch(server);
      BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
      WebSocket slow = connect(server, null, messages);
      assertEquals("hello", next(messages, "hello").getString("type"));
      long before = next(messages, "snapshot").getLong("seq");
      slow.pause();
      String much = "x".repeat(4 << 20);
      for (int i = 0; i < 6; i++) {
        String address = much + i;
        server.cluster.put(big(address));
        nextOp(
            quick,
            op -> op.encode().contains(address),
            "a patch too large for the slow client's buffers");
      }
      slow.resume();
      JsonObject again = next(messages, "a snapshot after the pause");
      while (!again.getString("type").equals("snapshot")) {
        assertEquals(++before, again.getLong("seq"), "in order until it fell behind");
        again = next(messages, "a snapshot after the pause");
      }
      assertTrue(again.getLong("seq") > before + 1, "patches were left out");
      assertTrue(again.getJsonObject("state").encode().contains(much + 5));
      assertEquals(again.getLong("seq") + 1, next(messages, "a patch").getLong("seq"));
    }
  }

  private static NodeInfo big(String http) {
    NodeInfo n = FakeCluster.node("n2", 2, NodeStatus.ACTIVE);
    return new NodeInfo(
        n.id(), n.name(), n.incarnation(), n.status(), n.capabilities(), n.capacity(), n.load(),
        n.agentCount(), n.zone(), n.lastHeartbeat(), n.phi(), n.rttMicros(), http, n.version(),
        n.beat());
  }
}
