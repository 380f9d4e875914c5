package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.dashboard.DashboardServer.Answer;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who is let in, over real connections; {@link AccessTest} has the table. */
final class GuardTest {
  private static final String DEPLOY = "{\"class\":\"a.B\",\"id\":\"b\"}";

  @Test
  void shouldLetViewersReadAndOperatorsChange() throws Exception {
    try (DashboardServer server = DashboardServer.everywhere("secret")) {
      assertEquals(200, server.get("/api/v1/nodes").status());
      assertEquals(200, server.get("/metrics").status());
      assertEquals("FORBIDDEN", server.post("/api/v1/verticles", DEPLOY).errorCode());
      assertEquals(401, withToken(server, "wrong").status());
      assertEquals(201, withToken(server, "secret").status());
    }
  }

  @Test
  void shouldRefuseOtherHostsAndOrigins() throws Exception {
    try (DashboardServer server = DashboardServer.onLoopback()) {
      assertEquals("FORBIDDEN", read(server, Map.of("Host", "evil.example")).errorCode());
      assertEquals("FORBIDDEN", read(server, Map.of("Origin", "http://evil.example")).errorCode());
      String own = "http://127.0.0.1:" + server.port();
      assertEquals(200, read(server, Map.of("Origin", own)).status());
    }
  }

  @Test
  void shouldPutSecurityHeadersOnEveryAnswer() throws Exception {
    try (DashboardServer server = DashboardServer.onLoopback()) {
      for (String path : List.of("/api/v1/nodes", "/nothing", "/api/v1/nodes/n9")) {
        Answer answer = server.get(path);
        assertTrue(answer.header("Content-Security-Policy").startsWith("default-src 'self';"));
        assertEquals("nosniff", answer.header("X-Content-Type-Options"));
        assertEquals("DENY", answer.header("X-Frame-Options"));
        assertEquals("no-referrer", answer.header("Referrer-Policy"));
      }
    }
  }

  @Test
  void shouldAuditWhatIsChangedAndWhatIsRefused() throws Exception {
    try (DashboardServer server = DashboardServer.everywhere("secret")) {
      List<JsonObject> audits = new ArrayList<>();
      Promise<Void> both = Promise.promise();
      server.eventsContext.runOnContext(
          none ->
              server.events.log().onAdd(
                  event -> {
                    audits.add(event.fields());
                    if (audits.size() == 2) {
                      both.complete();
                    }
                  }));
      server.get("/api/v1/nodes");
      server.post("/api/v1/verticles", "malformed");
      server.post("/api/v1/verticles", DEPLOY);
      server.post("/api/v1/verticles", DEPLOY);
      withToken(server, "secret");
      DashboardServer.await(both.future());
      assertEquals(
          List.of(
              audit("", "viewer", 403),
              audit("b", "operator", 201)),
          audits);
      Answer listed = server.get("/api/v1/events?type=audit");
      assertEquals(2, listed.json().getJsonArray("events").size());
    }
  }

  private static JsonObject audit(String target, String role, int status) {
    return new JsonObject()
        .put("action", "deployVerticle")
        .put("target", target)
        .put("role", role)
        .put("status", status);
  }

  private static Answer withToken(DashboardServer server, String token) throws Exception {
    Map<String, String> headers =
        Map.of("Content-Type", "application/json", "Authorization", "Bearer " + token);
    return server.send(HttpMethod.POST, "/api/v1/verticles", DEPLOY, headers);
  }

  private static Answer read(DashboardServer server, Map<String, String> headers)
      throws Exception {
    return server.send(HttpMethod.GET, "/api/v1/nodes", null, headers);
  }
}
