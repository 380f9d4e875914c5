package dev.mabeam.dashboard;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Serves the real page with the real headers and plays the stream by hand, so that a test can show
 * the page what no node does on demand: a gap, a silence, a hostile name.
 */
final class PlayedNode implements AutoCloseable {
  static final String POLICY =
      "default-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'";

  private final Vertx vertx = Vertx.vertx();
  private final List<ServerWebSocket> sockets = new CopyOnWriteArrayList<>();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final Map<String, JsonObject> explanations = new ConcurrentHashMap<>();
  private final HttpServer server;
  private volatile JsonObject state = state();
  private volatile long sequence;

  PlayedNode() {
    Router router = Router.router(vertx);
    router
        .route()
        .handler(
            context -> {
              context.response().putHeader("Content-Security-Policy", POLICY);
              context.next();
            });
    router.get("/api/v1/stream").handler(context -> context.request().toWebSocket().onSuccess(this::accept));
    router.get("/api/v1/variables/:name/explain").handler(this::explain);
    router.route("/test/*").handler(StaticHandler.create("dashboard").setCachingEnabled(false));
    router.route().handler(StaticHandler.create("webroot").setCachingEnabled(false));
    server = await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
  }

  String url() {
    return "http://127.0.0.1:" + server.actualPort() + "/";
  }

  private void explain(RoutingContext context) {
    JsonObject explained = explanations.get(context.pathParam("name"));
    if (explained == null) {
      context.response().setStatusCode(404);
      context.json(
          new JsonObject()
              .put("error", new JsonObject().put("message", "there is no such variable")));
    } else {
      context.json(explained);
    }
  }

  /** What the replicas of a variable say from now on. */
  void explain(String variable, JsonObject... standings) {
    JsonArray behind = new JsonArray();
    Stream.of(standings)
        .filter(one -> one.getBoolean("behind"))
        .forEach(one -> behind.add(one.getString("node")));
    explanations.put(
        variable,
        new JsonObject()
            .put("name", variable)
            .put("standings", new JsonArray(List.of(standings)))
            .put("behind", behind));
  }

  static JsonObject standing(String node, boolean behind, Object value, Object... siblings) {
    return new JsonObject()
        .put("node", node).put("role", "serving").put("value", value)
        .put("version", new JsonObject().put("s-1", behind ? 1 : 2))
        .put("siblings", new JsonArray(List.of(siblings))).put("hidden", false)
        .put("behind", behind);
  }

  private void accept(ServerWebSocket socket) {
    socket.textMessageHandler(
        text -> {
          received.add(text);
          snapshot();
        });
    socket.closeHandler(closed -> sockets.remove(socket));
    sockets.add(socket);
    send(
        new JsonObject()
            .put("type", "hello").put("v", 1).put("node", "n1#1").put("cluster", "c1")
            .put("version", "1").put("role", "viewer"));
    snapshot();
  }

  /** What pages asked for. */
  List<String> received() {
    return received;
  }

  /** Puts a node into the state that the next snapshot shows. */
  JsonObject node(int number, String status) {
    String id = "n" + number + "#" + number;
    JsonObject node =
        new JsonObject()
            .put("id", id).put("name", "n" + number).put("incarnation", number)
            .put("status", status).put("capabilities", new JsonArray().add("files"))
            .put("capacity", new JsonObject().put("memoryMb", 512).put("cpuWeight", 2.0))
            .put("load", 0.25).put("agentCount", 0).put("zone", "east")
            .put("lastHeartbeat", System.currentTimeMillis()).put("phi", 0.1)
            .put("rttMicros", 400).put("http", "http://127.0.0.1:808" + number).put("version", "1")
            .put("beat", 1);
    state.getJsonObject("nodes").put(id, node);
    return node;
  }

  /** Puts an agent into the state that the next snapshot shows. */
  JsonObject agent(String id, String type, String node, String status) {
    JsonObject agent =
        new JsonObject()
            .put("id", id).put("type", type).put("node", node).put("epoch", 3)
            .put("status", status);
    state.getJsonObject("agents").put(id, agent);
    JsonObject counts = state.getJsonObject("agentCounts");
    if (!node.isEmpty()) {
      counts.put(node, counts.getInteger(node, 0) + 1);
    }
    JsonObject cluster = state.getJsonObject("cluster");
    cluster.put("agents", cluster.getInteger("agents") + 1);
    return agent;
  }

  /** Puts a variable into the state that the next snapshot shows. */
  JsonObject variable(String name, String value, String master, String... others) {
    JsonArray replicas = new JsonArray();
    List.of(others).forEach(replicas::add);
    JsonObject variable =
        new JsonObject()
            .put("name", name).put("replicationFactor", others.length + 1)
            .put("consistency", "eventual").put("sync", "gossip")
            .put("conflict", "merge_function").put("merge", "map-by-key")
            .put("master", master).put("epoch", 2).put("replicas", replicas.add(master))
            .put("value", value).put("version", new JsonObject().put("n1#1", 3).put("n2#2", 1))
            .put("siblings", 0).put("from", master);
    state.getJsonObject("variables").put(name, variable);
    JsonObject cluster = state.getJsonObject("cluster");
    cluster.put("variables", cluster.getInteger("variables") + 1);
    return variable;
  }

  /** Puts a move into the state that the next snapshot shows. */
  JsonObject move(String agent, String from, String to, String stage, long at, String why) {
    JsonObject move =
        new JsonObject()
            .put("id", agent + "@" + at).put("agent", agent).put("from", from).put("to", to)
            .put("stage", stage).put("at", at).put("ms", 12.5).put("paused", 8.5)
            .put("phases", new JsonObject().put("reserve", 4.0).put("pause", 8.5).put("flip", 0.0))
            .put("bytes", 64).put("why", why);
    state.getJsonObject("moves").put(agent + "@" + at, move);
    return move;
  }

  /** Who decides, in the next snapshot. */
  JsonObject consensus(String leader, String... voters) {
    return state
        .getJsonObject("cluster")
        .put(
            "consensus",
            new JsonObject()
                .put("leader", leader)
                .put("voters", new JsonArray(List.of(voters)))
                .put("quorum", voters.length / 2 + 1));
  }

  JsonObject current() {
    return state;
  }

  void snapshot() {
    send(new JsonObject().put("type", "snapshot").put("seq", sequence).put("state", state));
  }

  /** The next patch. */
  void patch(JsonObject... ops) {
    sequence++;
    patchAt(sequence, ops);
  }

  /** A patch with whatever number. */
  void patchAt(long number, JsonObject... ops) {
    send(
        new JsonObject()
            .put("type", "patch").put("seq", number).put("at", System.currentTimeMillis())
            .put("ops", new JsonArray(List.of(ops))));
  }

  static JsonObject put(JsonObject value, String... path) {
    return new JsonObject().put("op", "put").put("path", new JsonArray(List.of(path))).put("value", value);
  }

  static JsonObject event(int number, String type, JsonObject fields) {
    return new JsonObject()
        .put("op", "event")
        .put(
            "value",
            fields.copy().put("id", "n1#1/" + number).put("origin", "n1#1").put("number", number)
                .put("at", System.currentTimeMillis()).put("type", type));
  }

  /** Closes every connection. */
  void hangUp() {
    sockets.forEach(ServerWebSocket::close);
  }

  private void send(JsonObject message) {
    sockets.forEach(socket -> socket.writeTextMessage(message.encode()));
  }

  private static JsonObject state() {
    return new JsonObject()
        .put(
            "cluster",
            new JsonObject()
                .put("id", "c1").put("mode", "normal").put("view", 3).put("coordinator", "n1#1")
                .put("topology", "ring").put("node", "n1#1").put("version", "1")
                .put("agents", 0).put("variables", 0))
        .put("nodes", new JsonObject())
        .put("verticles", new JsonObject())
        .put("agents", new JsonObject())
        .put("agentCounts", new JsonObject())
        .put("moves", new JsonObject())
        .put("variables", new JsonObject())
        .put("events", new JsonArray());
  }

  private static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
