package dev.mabeam.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.dashboard.DashboardServer.Answer;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.variable.ConflictResolution;
import dev.mabeam.variable.Consistency;
import dev.mabeam.variable.ReadOptions;
import dev.mabeam.variable.SessionToken;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.WriteOptions;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the document promises is what the server does. */
final class ContractTest {
  private static DashboardServer server;
  private static OpenAPIContract contract;
  private static JsonObject document;

  @BeforeAll
  static void start() throws Exception {
    server = DashboardServer.onLoopback();
    document = server.get("/api/v1/openapi.json").json();
    contract = DashboardServer.await(OpenAPIContract.from(server.vertx, document.copy()));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void shouldRouteEveryOperation() throws Exception {
    for (Operation operation : contract.operations()) {
      String path = operation.getAbsoluteOpenAPIPath().replaceAll("\\{\\w+}", "nobody");
      Answer answer = server.send(operation.getHttpMethod(), path, null, Map.of());
      boolean routed =
          answer.status() < 400
              || !answer.json().getJsonObject("error").getString("message")
                  .startsWith("there is nothing at");
      assertTrue(routed, operation.getOperationId());
      assertFalse(answer.status() == 405, operation.getOperationId());
    }
  }

  @Test
  void shouldAnswerEveryMethodThatIsNotDescribedWithMethodNotAllowed() throws Exception {
    for (String path : document.getJsonObject("paths").fieldNames()) {
      Set<String> described = document.getJsonObject("paths").getJsonObject(path).fieldNames();
      for (HttpMethod method :
          List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.DELETE)) {
        if (!described.contains(method.name().toLowerCase(Locale.ROOT))) {
          Answer answer = server.send(method, path.replaceAll("\\{\\w+}", "nobody"), null, Map.of());
          assertEquals(405, answer.status(), method + " " + path);
          assertEquals("METHOD_NOT_ALLOWED", answer.errorCode());
          assertNotNull(answer.header("Allow"));
        }
      }
    }
  }

  @Test
  void shouldDescribeEveryOperationWithAnExample() {
    for (Operation operation : contract.operations()) {
      JsonObject model = operation.getOpenAPIModel();
      String id = operation.getOperationId();
      assertNotNull(model.getString("summary"), id);
      assertNotNull(model.getString("description"), id);
      assertNotNull(operation.getDefaultResponse(), id);
      if (operation.getRequestBody() != null) {
        JsonObject content =
            model.getJsonObject("requestBody").getJsonObject("content")
                .getJsonObject("application/json");
        assertTrue(content.containsKey("example"), id);
      }
    }
  }

  @Test
  void shouldNameEveryErrorCode() {
    JsonArray named =
        document.getJsonObject("components").getJsonObject("schemas").getJsonObject("Error")
            .getJsonObject("properties").getJsonObject("error").getJsonObject("properties")
            .getJsonObject("code").getJsonArray("enum");
    Set<String> codes =
        Arrays.stream(ErrorCode.values()).map(ErrorCode::name).collect(Collectors.toSet());
    assertEquals(codes, named.stream().collect(Collectors.toSet()));
  }

  @Test
  void shouldAnswerAsTheSchemasSay() throws Exception {
    server.eventsContext.runOnContext(
        none -> server.events.publish(new ClusterEvent.NodeJoined("n2#2", "z1")));
    server.vertx.eventBus().consumer("echo", message -> message.reply(message.body()));

    valid("getCluster", server.get("/api/v1/cluster"), 200);
    valid("joinCluster", server.post("/api/v1/cluster/join", "{\"seeds\":[\"h:1\"]}"), 202);
    assertEquals(List.of("h:1"), server.cluster.joined);
    valid("listNodes", server.get("/api/v1/nodes"), 200);
    valid("getNode", server.get("/api/v1/nodes/n2%232"), 200);
    assertEquals("n2#2", server.get("/api/v1/nodes/n2").json().getString("id"));
    valid("getNode", server.get("/api/v1/nodes/n9"), 404);
    Answer deployed =
        server.post(
            "/api/v1/verticles", "{\"class\":\"a.B\",\"id\":\"b:1\",\"config\":{\"x\":1}}");
    valid("deployVerticle", deployed, 201);
    assertEquals("/api/v1/verticles/b%3A1", deployed.header("Location"));
    valid("getVerticle", server.get(deployed.header("Location")), 200);
    valid("listVerticles", server.get("/api/v1/verticles"), 200);
    valid(
        "deployVerticle",
        server.post("/api/v1/verticles", "{\"class\":\"a.B\",\"id\":\"b:1\"}"),
        409);
    valid(
        "undeployVerticle",
        server.send(HttpMethod.DELETE, "/api/v1/verticles/b:1", null, Map.of()),
        204);
    valid(
        "undeployVerticle",
        server.send(HttpMethod.DELETE, "/api/v1/verticles/b:1", null, Map.of()),
        404);
    valid(
        "publish", server.post("/api/v1/bus/publish", "{\"address\":\"a\",\"body\":null}"), 202);
    valid("request", server.post("/api/v1/bus/request", "{\"address\":\"echo\",\"body\":1}"), 200);
    valid(
        "request", server.post("/api/v1/bus/request", "{\"address\":\"nobody\",\"body\":1}"), 404);
    valid("listEvents", server.get("/api/v1/events?limit=5&type=node"), 200);
    valid("getContract", server.get("/api/v1/openapi.json"), 200);
    valid("live", server.get("/health/live"), 200);
    valid("ready", server.get("/health/ready"), 200);
    // The validator knows no schema for plain text; MetricsTest reads it.
    assertEquals(200, server.get("/metrics").status());
  }

  @Test
  void shouldAnswerForAgentsAsTheSchemasSay() throws Exception {
    Answer deployed =
        server.post(
            "/api/v1/agents",
            """
            {"id":"a@1","type":"counter","requirements":{"memoryMb":64,"cpuWeight":0.5,
             "capabilities":["gpu"],"preferredNodes":["n2"]},
             "antiAffinity":[{"target":"zone","value":"z9","hard":true}],"config":{"start":5}}""");
    valid("deployAgent", deployed, 201);
    assertEquals("/api/v1/agents/a%401", deployed.header("Location"));
    Answer found = server.get(deployed.header("Location"));
    valid("getAgent", found, 200);
    assertEquals(deployed.json(), found.json());
    assertEquals(0.5, found.json().getJsonObject("requirements").getDouble("cpuWeight"));
    assertEquals(
        new JsonObject("{\"target\":\"zone\",\"value\":\"z9\",\"weight\":1.0,\"hard\":true}"),
        found.json().getJsonArray("antiAffinity").getJsonObject(0));
    valid("listAgents", server.get("/api/v1/agents"), 200);
    assertEquals(1, server.get("/api/v1/cluster").json().getInteger("agents"));
    valid(
        "deployAgent", server.post("/api/v1/agents", "{\"id\":\"a@1\",\"type\":\"counter\"}"), 409);
    valid(
        "deployAgent",
        server.post(
            "/api/v1/agents",
            "{\"id\":\"b\",\"type\":\"x\",\"requirements\":{\"capabilities\":[\"moon\"]}}"),
        503);
    valid("askAgent", server.post("/api/v1/agents/a@1/ask", "{\"add\":1}"), 200);
    valid("askAgent", server.post("/api/v1/agents/full/ask", "1"), 429);
    valid("askAgent", server.post("/api/v1/agents/slow/ask", "1"), 504);
    valid("tellAgent", server.post("/api/v1/agents/a@1/tell", "{\"add\":1}"), 202);
    valid("tellAgent", server.post("/api/v1/agents/nobody/tell", "1"), 404);
    Answer explained = server.post("/api/v1/placement/explain", "{\"type\":\"counter\"}");
    valid("explainPlacement", explained, 200);
    valid(
        "undeployAgent", server.send(HttpMethod.DELETE, "/api/v1/agents/a@1", null, Map.of()), 204);
    valid(
        "undeployAgent", server.send(HttpMethod.DELETE, "/api/v1/agents/a@1", null, Map.of()), 404);
    valid("getAgent", server.get("/api/v1/agents/a@1"), 404);
  }

  @Test
  void shouldAnswerForMovesAsTheSchemasSay() throws Exception {
    String agents = "/api/v1/agents/";
    valid("migrateAgent", server.post(agents + "a/migrate", "{\"to\":\"n2\"}"), 200);
    valid("migrateAgent", server.post(agents + "moving/migrate", "{\"to\":\"n2\"}"), 423);
    valid("migrateAgent", server.post(agents + "a/migrate", "{\"to\":\"n9\"}"), 404);
    valid("migrateAgent", server.post(agents + "a/migrate", "{\"too\":\"n2\"}"), 400);
    Answer stuck =
        server.post(agents + "stuck/migrate", "{\"to\":\"n2\",\"dryRun\":true}");
    valid("migrateAgent", stuck, 200);
    assertFalse(stuck.json().getBoolean("possible"));
    valid("recoverAgent", server.post(agents + "lost/recover", "{}"), 503);
    valid("recoverAgent", server.post(agents + "lost/recover", "{\"acceptLoss\":true}"), 200);
    valid("drainNode", server.post("/api/v1/nodes/n2%232/drain?timeoutMs=10", null), 200);
    valid("listMigrations", server.get("/api/v1/migrations"), 200);
    Answer node = server.get("/api/v1/nodes/n2");
    valid("getNode", node, 200);
    assertTrue(node.json().getBoolean("cordoned"));
    valid("undrainNode", server.post("/api/v1/nodes/n2%232/undrain", null), 200);
    assertFalse(server.get("/api/v1/nodes/n2").json().getBoolean("cordoned"));
  }

  @Test
  void shouldListVariablesPageByPage() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertEquals(
          201, server.post("/api/v1/variables", "{\"name\":\"zz-" + i + "\"}").status());
    }
    Answer page = server.get("/api/v1/variables?limit=2&after=zz-0");
    valid("listVariables", page, 200);
    assertEquals(List.of("zz-1", "zz-2"), names(page));
    assertEquals(List.of("zz-3", "zz-4"), names(server.get("/api/v1/variables?limit=3&after=zz-2")));
    Answer end = server.get("/api/v1/variables?after=zz-4");
    assertEquals(List.of(), names(end));
    assertEquals(page.header("Mabeam-Total"), end.header("Mabeam-Total"));
    assertEquals(
        names(server.get("/api/v1/variables")).size(),
        Integer.parseInt(end.header("Mabeam-Total")));
  }

  private static List<String> names(Answer page) {
    return new JsonArray(page.body())
        .stream().map(each -> ((JsonObject) each).getString("name")).toList();
  }

  @Test
  void shouldAnswerForVariablesAsTheSchemasSay() throws Exception {
    Answer known =
        server.post("/api/v1/variables", "{\"name\":\"total\",\"value\":{\"a\":1}}");
    valid("distributeVariable", known, 201);
    assertEquals("/api/v1/variables/total", known.header("Location"));
    valid(
        "distributeVariable",
        server.post("/api/v1/variables", "{\"name\":\"total\",\"replicationFactor\":1}"),
        409);
    Answer all = server.get("/api/v1/variables");
    valid("listVariables", all, 200);
    assertTrue(Integer.parseInt(all.header("Mabeam-Total")) >= 1);
    Answer value = server.get("/api/v1/variables/total");
    valid("getVariable", value, 200);
    assertEquals(new JsonObject().put("a", 1), value.json().getJsonObject("value"));
    valid("getVariable", server.get("/api/v1/variables/none"), 404);
    Answer written =
        server.send(
            HttpMethod.PUT,
            "/api/v1/variables/total",
            "{\"value\":{\"a\":2},\"acks\":\"majority\"}",
            Map.of("Content-Type", "application/json"));
    valid("setVariable", written, 200);
    assertEquals("majority", server.cluster.variables.written.acks());
    assertEquals(2, written.json().getJsonObject("value").getInteger("a"));
    valid("explainVariable", server.get("/api/v1/variables/total/explain"), 200);
    Answer explained = server.get("/api/v1/variables/total/explain");
    assertEquals(new JsonArray().add("n2#2"), explained.json().getJsonArray("behind"));
    valid("explainVariable", server.get("/api/v1/variables/none/explain"), 404);
    Answer deleted =
        server.send(
            HttpMethod.DELETE,
            "/api/v1/variables/total?acks=majority&timeoutMs=700",
            null,
            Map.of("Mabeam-Token", FakeVariables.TOKEN.encode()));
    valid("deleteVariable", deleted, 200);
    assertTrue(deleted.json().getBoolean("deleted"));
    WriteOptions options = server.cluster.variables.written;
    assertEquals("majority", options.acks());
    assertEquals(Duration.ofMillis(700), options.deadline());
    assertEquals(FakeVariables.TOKEN, options.token());
    valid(
        "deleteVariable",
        server.send(HttpMethod.DELETE, "/api/v1/variables/none", null, Map.of()),
        404);
  }

  @Test
  void shouldVerifyAndExportLedgersAsTheSchemasSay() throws Exception {
    FakeVariables variables = server.cluster.variables;
    String path = "/api/v1/variables/limits/";
    server.post("/api/v1/variables", "{\"name\":\"limits\",\"sync\":\"blockchain\"}");
    Answer verdict = server.get(path + "verify");
    valid("verifyVariable", verdict, 200);
    assertTrue(verdict.json().getBoolean("holds"));
    assertTrue(verdict.json().getString("checkpoint").startsWith("mabeam-checkpoint-"));
    Answer file = server.get(path + "export");
    valid("exportVariable", file, 200);
    assertEquals("application/octet-stream", file.header("Content-Type"));
    Buffer whole = variables.ledger;
    assertEquals(whole, file.body());

    int last = whole.length() - 1;
    variables.ledger = whole.copy().setByte(last, (byte) ~whole.getByte(last));
    Answer broken = server.get(path + "verify");
    variables.ledger = whole;
    valid("verifyVariable", broken, 200);
    assertFalse(broken.json().getBoolean("holds"));
    assertEquals("checksum", broken.json().getJsonObject("fault").getString("reason"));

    server.post("/api/v1/variables", "{\"name\":\"plain\"}");
    for (String what : List.of("verify", "export")) {
      valid(what + "Variable", server.get("/api/v1/variables/plain/" + what), 400);
      valid(what + "Variable", server.get("/api/v1/variables/none/" + what), 404);
    }
  }

  @Test
  void shouldReadAndWriteVariablesAsAsked() throws Exception {
    FakeVariables variables = server.cluster.variables;
    String path = "/api/v1/variables/asked";
    server.post("/api/v1/variables", "{\"name\":\"asked\",\"valueBytes\":\"AP8\"}");
    Answer bytes = server.get(path);
    valid("getVariable", bytes, 200);
    assertEquals("AP8", bytes.json().getString("valueBytes"));
    assertEquals(FakeVariables.TOKEN.encode(), bytes.header("Mabeam-Token"));
    assertEquals(FakeVariables.TOKEN.encode(), bytes.json().getString("token"));
    assertSame(ReadOptions.DEFAULT, variables.read, "which may be answered at once");

    SessionToken seen = SessionToken.of("other", VersionVector.of("s9", 4));
    Answer read =
        server.send(
            HttpMethod.GET,
            path + "?consistency=session&stale=true&timeoutMs=900",
            null,
            Map.of("Mabeam-Token", seen.encode()));
    valid("getVariable", read, 200);
    assertEquals(
        new ReadOptions(Consistency.SESSION, seen, true, Duration.ofMillis(900)), variables.read);
    assertEquals(
        seen.join(FakeVariables.TOKEN), SessionToken.parse(read.header("Mabeam-Token")));
    Answer broken =
        server.send(HttpMethod.GET, path, null, Map.of("Mabeam-Token", "not-a-token"));
    valid("getVariable", broken, 400);

    valid("setVariable", put(path, "{\"value\":1,\"consistency\":\"causal\",\"gossipFanout\":7}"), 200);
    assertEquals(Consistency.CAUSAL, variables.written.consistency());
    assertEquals(7, variables.written.gossipFanout());
    valid("setVariable", put(path, "{\"value\":2,\"expected\":1}"), 200);
    valid("setVariable", put(path, "{\"value\":3,\"expected\":1}"), 409);
    valid("setVariable", put(path, "{\"value\":3,\"seen\":{\"s1\":4}}"), 200);
    assertEquals(new JsonObject().put("s1", 4), variables.seen.version());
  }

  @Test
  void shouldOfferEveryChoiceThatThereIs() {
    JsonObject spec =
        document.getJsonObject("components").getJsonObject("schemas")
            .getJsonObject("VariableSpec").getJsonObject("properties");
    assertEquals(words(Consistency.values(), Consistency::word), offered(spec, "consistency"));
    assertEquals(words(SyncStrategy.values(), SyncStrategy::word), offered(spec, "sync"));
    assertEquals(
        words(ConflictResolution.values(), ConflictResolution::word), offered(spec, "conflict"));
  }

  private static <E> Set<String> words(E[] all, Function<E, String> word) {
    return Arrays.stream(all).map(word).collect(Collectors.toSet());
  }

  private static Set<String> offered(JsonObject spec, String property) {
    return spec.getJsonObject(property).getJsonArray("enum").stream()
        .map(String.class::cast)
        .collect(Collectors.toSet());
  }

  @Test
  void shouldTellWatchersWhatThereIsAndThenWhatChanges() throws Exception {
    server.post("/api/v1/variables", "{\"name\":\"watched\",\"value\":1}");
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + server.port() + "/api/v1/variables/watched/watch"))
            .build();
    HttpResponse<InputStream> answer =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(200, answer.statusCode());
    assertEquals("text/plain; charset=utf-8", answer.headers().firstValue("Content-Type").get());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
      assertEquals(1, new JsonObject(lines.readLine()).getInteger("value"));
      put("/api/v1/variables/watched", "{\"value\":2}");
      JsonObject change = new JsonObject(lines.readLine());
      assertEquals(2, change.getInteger("value"));
      assertEquals(0, change.getInteger("skipped"));
      assertEquals("watched", change.getString("name"));
      assertTrue(server.cluster.variables.isWatched("watched"));
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (server.cluster.variables.isWatched("watched")) {
      assertTrue(System.nanoTime() < end, "nobody noticed that the watcher is gone");
      LockSupport.parkNanos(10_000_000);
    }
    valid("watchVariable", server.get("/api/v1/variables/none/watch"), 404);
  }

  private static Answer put(String path, String body) throws Exception {
    return server.send(
        HttpMethod.PUT, path, body, Map.of("Content-Type", "application/json"));
  }

  private static void valid(String operation, Answer answer, int status) throws Exception {
    assertEquals(status, answer.status(), () -> operation + ": " + answer.body());
    String type = answer.header("Content-Type");
    ValidatableResponse response =
        type == null
            ? ValidatableResponse.create(status)
            : ValidatableResponse.create(status, answer.body(), type.replaceAll(";.*", ""));
    DashboardServer.await(
        ResponseValidator.create(server.vertx, contract).validate(response, operation));
  }
}
