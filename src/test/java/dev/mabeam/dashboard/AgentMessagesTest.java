package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mabeam.agent.Agents;
import dev.mabeam.agent.InSession;
import dev.mabeam.dashboard.DashboardServer.Answer;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A message to an agent is the body of a request, and its answer the body of the response. */
final class AgentMessagesTest {
  private static DashboardServer server;

  @BeforeAll
  static void start() throws Exception {
    server = DashboardServer.onLoopback();
    server.cluster.agents.put("echo", "n1#1");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":[1,null]}", "[1,2]", "17", "1.5", "true", "\"hi\"", "null"})
  void shouldPassAnyJsonValueThereAndBack(String value) throws Exception {
    Answer answer = server.post("/api/v1/agents/echo/ask", value);
    assertEquals(200, answer.status(), () -> answer.body().toString());
    assertEquals("application/json", answer.header("Content-Type"));
    assertEquals(value, answer.body().toString());
  }

  @Test
  void shouldPassBytesThereAndBack() throws Exception {
    Answer answer =
        server.send(
            HttpMethod.POST,
            "/api/v1/agents/echo/ask",
            "{no json",
            Map.of("Content-Type", "application/octet-stream"));
    assertEquals(200, answer.status(), () -> answer.body().toString());
    assertEquals("application/octet-stream", answer.header("Content-Type"));
    assertEquals("{no json", answer.body().toString());
  }

  @Test
  void shouldTellBytes() throws Exception {
    Answer answer =
        server.send(
            HttpMethod.POST,
            "/api/v1/agents/echo/tell",
            "raw",
            Map.of("Content-Type", "application/octet-stream"));
    assertEquals(202, answer.status(), () -> answer.body().toString());
    assertEquals("raw", server.cluster.agents.told.get(server.cluster.agents.told.size() - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded"})
  void shouldRefuseOtherContentTypes(String type) throws Exception {
    Answer answer =
        server.send(
            HttpMethod.POST, "/api/v1/agents/echo/ask", "x", Map.of("Content-Type", type));
    assertEquals("INVALID", answer.errorCode());
  }

  @Test
  void shouldTakeBytesForMessagesOnly() throws Exception {
    Answer answer =
        server.send(
            HttpMethod.POST,
            "/api/v1/agents",
            "{}",
            Map.of("Content-Type", "application/octet-stream"));
    assertEquals("INVALID", answer.errorCode());
  }

  @Test
  void shouldWaitAsLongAsTheCallerSays() throws Exception {
    server.post("/api/v1/agents/echo/ask?timeoutMs=1234", "1");
    assertEquals(Duration.ofMillis(1234), server.cluster.agents.deadline);
    server.post("/api/v1/agents/echo/ask", "1");
    assertEquals(Agents.DEFAULT_DEADLINE, server.cluster.agents.deadline);
  }

  @Test
  void shouldLetViewersOnlyRead() throws Exception {
    try (DashboardServer open = DashboardServer.everywhere("secret")) {
      open.cluster.agents.put("echo", "n1#1");
      assertEquals(200, open.get("/api/v1/agents/echo").status());
      assertEquals(200, open.get("/api/v1/variables").status());
      for (String path :
          new String[] {"agents", "agents/echo/ask", "agents/echo/tell", "variables"}) {
        assertEquals("FORBIDDEN", open.post("/api/v1/" + path, "{}").errorCode(), path);
      }
      assertEquals(0, open.cluster.agents.told.size());
    }
  }

  @Test
  void shouldPassOnWhichMessageOfASessionItIs() throws Exception {
    for (String verb : new String[] {"ask", "tell"}) {
      Map<String, String> headers =
          Map.of(
              "Content-Type", "application/json",
              "Mabeam-Session", "s-1",
              "Mabeam-Sequence", "7");
      server.send(HttpMethod.POST, "/api/v1/agents/echo/" + verb, "1", headers);
      assertEquals(
          new InSession("s-1", 7, 7, InSession.UNKNOWN), server.cluster.agents.number, verb);
      headers = new HashMap<>(headers);
      headers.put("Mabeam-Floor", "3");
      headers.put("Mabeam-Age", "1500");
      server.send(HttpMethod.POST, "/api/v1/agents/echo/" + verb, "1", headers);
      assertEquals(new InSession("s-1", 7, 3, 1_500), server.cluster.agents.number, verb);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s||", "s|0|", "s|-1|", "s|x|", "s|1.5|", "s|99999999999999999999|", "s|2|3", "s|2|0",
        "s|2|x", "|1|", "|1|1", "a b|1|", "ü|1|", "LONG|1|"
      })
  void shouldRefuseNumbersThatMakeNoSense(String given) throws Exception {
    String[] parts = given.replace("LONG", "x".repeat(129)).split("\\|", -1);
    Map<String, String> headers = new HashMap<>(Map.of("Content-Type", "application/json"));
    String[] names = {"Mabeam-Session", "Mabeam-Sequence", "Mabeam-Floor"};
    for (int i = 0; i < names.length; i++) {
      if (!parts[i].isEmpty()) {
        headers.put(names[i], parts[i]);
      }
    }
    server.cluster.agents.number = null;
    Answer answer = server.send(HttpMethod.POST, "/api/v1/agents/echo/ask", "1", headers);
    assertEquals(400, answer.status(), given);
    assertEquals("INVALID", answer.errorCode(), given);
    assertNull(server.cluster.agents.number);
  }
}
