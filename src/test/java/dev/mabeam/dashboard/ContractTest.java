package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.dashboard.DashboardServer.Answer;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.event.ClusterEvent;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
  void shouldAnswerForVariablesAsTheSchemasSay() throws Exception {
    Answer known =
        server.post("/api/v1/variables", "{\"name\":\"total\",\"value\":{\"a\":1}}");
    valid("distributeVariable", known, 201);
    assertEquals("/api/v1/variables/total", known.header("Location"));
    valid(
        "distributeVariable",
        server.post("/api/v1/variables", "{\"name\":\"total\",\"replicationFactor\":1}"),
        409);
    valid("listVariables", server.get("/api/v1/variables"), 200);
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
    assertEquals("majority", server.cluster.variables.acks);
    assertEquals(2, written.json().getJsonObject("value").getInteger("a"));
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
