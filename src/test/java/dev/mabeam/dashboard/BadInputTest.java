package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.dashboard.DashboardServer.Answer;
import dev.mabeam.error.ErrorCode;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input gets a typed error in JSON, changes nothing, and the next request is served. */
final class BadInputTest {
  private static final int FIFTY_MB = 50 << 20;
  private static DashboardServer server;

  @BeforeAll
  static void start() throws Exception {
    server = DashboardServer.onLoopback();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          # method | path | body | code
          POST | /api/v1/verticles | {"class": | INVALID
          POST | /api/v1/verticles | not json | INVALID
          POST | /api/v1/verticles | [] | INVALID
          POST | /api/v1/verticles | null | INVALID
          POST | /api/v1/verticles | {} | INVALID
          POST | /api/v1/verticles | {"class":7} | INVALID
          POST | /api/v1/verticles | {"class":""} | INVALID
          POST | /api/v1/verticles | {"class":"A","config":"x"} | INVALID
          POST | /api/v1/verticles | {"class":"A","clas":"B"} | INVALID
          POST | /api/v1/verticles | {"class":"A","id":"a b/c"} | INVALID
          POST | /api/v1/verticles | {"class":"Gone"} | NOT_FOUND
          POST | /api/v1/verticles | | INVALID
          POST | /api/v1/cluster/join | {"seeds":[]} | INVALID
          POST | /api/v1/cluster/join | {"seeds":[1]} | INVALID
          POST | /api/v1/cluster/join | {"seeds":"h:1"} | INVALID
          POST | /api/v1/agents | {} | INVALID
          POST | /api/v1/agents | {"id":"a"} | INVALID
          POST | /api/v1/agents | {"id":"a b","type":"counter"} | INVALID
          POST | /api/v1/agents | {"id":"","type":"counter"} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","node":"n1"} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","config":[]} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","durability":"for ever"} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","pace":{"messages":0}} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","pace":{"millis":60001}} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","pace":{"seconds":1}} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","requirements":{"memoryMb":-1}} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","requirements":{"memory":1}} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","requirements":{"memoryMb":9e99}} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"counter","affinity":[{"target":"x","value":"y"}]} | INVALID
          POST | /api/v1/agents | {"id":"a","type":"x","affinity":[{"target":"zone","value":"y","weight":0}]} | INVALID
          GET | /api/v1/agents/none | | AGENT_NOT_FOUND
          DELETE | /api/v1/agents/none | | AGENT_NOT_FOUND
          POST | /api/v1/agents/none/ask | {} | AGENT_NOT_FOUND
          POST | /api/v1/agents/none/tell | {} | AGENT_NOT_FOUND
          POST | /api/v1/agents/none/ask | | INVALID
          POST | /api/v1/agents/none/ask | {broken | INVALID
          POST | /api/v1/agents/none/ask | 99999999999999999999 | INVALID
          POST | /api/v1/agents/none/ask?timeoutMs=0 | 1 | INVALID
          POST | /api/v1/agents/none/ask?timeoutMs=60001 | 1 | INVALID
          POST | /api/v1/agents/none/ask?timeoutMs=soon | 1 | INVALID
          POST | /api/v1/agents/full/ask | 1 | OVERLOADED
          POST | /api/v1/agents/odd/ask | 1 | INTERNAL
          POST | /api/v1/placement/explain | {} | INVALID
          POST | /api/v1/variables | {} | INVALID
          POST | /api/v1/variables | {"name":"a/b"} | INVALID
          POST | /api/v1/variables | {"name":"a","consistency":"strongest"} | INVALID
          POST | /api/v1/variables | {"name":"a","sync":"pigeons"} | INVALID
          POST | /api/v1/variables | {"name":"a","conflict":"dice"} | INVALID
          POST | /api/v1/variables | {"name":"a","value":1,"valueBytes":"AA"} | INVALID
          POST | /api/v1/variables | {"name":"a","valueBytes":"!"} | INVALID
          POST | /api/v1/variables | {"name":"a","replicationFactor":-1} | INVALID
          GET | /api/v1/variables/none | | NOT_FOUND
          PUT | /api/v1/variables/none | {"value":1} | NOT_FOUND
          PUT | /api/v1/variables/none | {} | INVALID
          PUT | /api/v1/variables/none | {"value":1,"acks":"2"} | INVALID
          PUT | /api/v1/variables/none | {"value":1,"expected":2,"seen":{}} | INVALID
          PUT | /api/v1/variables/none | {"value":1,"gossipFanout":-1} | INVALID
          PUT | /api/v1/variables/none | {"value":1,"consistency":"weak"} | INVALID
          PUT | /api/v1/variables/none?timeoutMs=0 | {"value":1} | INVALID
          GET | /api/v1/variables/none?consistency=weak | | INVALID
          GET | /api/v1/variables/none?stale=perhaps | | INVALID
          DELETE | /api/v1/variables/none | | NOT_FOUND
          DELETE | /api/v1/variables/none?acks=3 | | INVALID
          GET | /api/v1/variables/none/explain | | NOT_FOUND
          GET | /api/v1/variables/none/watch | | NOT_FOUND
          GET | /api/v1/variables/none/verify | | NOT_FOUND
          GET | /api/v1/variables/none/export | | NOT_FOUND
          PUT | /api/v1/variables/none/watch | {} | METHOD_NOT_ALLOWED
          POST | /api/v1/variables/none | {} | METHOD_NOT_ALLOWED
          POST | /api/v1/bus/publish | {"address":"a"} | INVALID
          POST | /api/v1/bus/publish | {"address":"mabeam.event.node","body":{}} | INVALID
          POST | /api/v1/bus/publish | {"address":"__vertx.x","body":1} | INVALID
          POST | /api/v1/bus/publish | {"address":" ","body":1} | INVALID
          POST | /api/v1/bus/request | {"address":"mabeam.node.n1","body":1} | INVALID
          POST | /api/v1/bus/request | {"address":"a","body":1,"timeoutMs":0} | INVALID
          POST | /api/v1/bus/request | {"address":"a","body":1,"timeoutMs":1.5} | INVALID
          POST | /api/v1/bus/request | {"address":"a","body":1,"timeoutMs":99999} | INVALID
          POST | /api/v1/bus/request | {"address":"a","body":99999999999999999999}| INVALID
          POST | /api/v1/bus/request | {"address":"nobody","body":1} | NOT_FOUND
          GET | /api/v1/nodes/n9 | | NOT_FOUND
          GET | /api/v1/verticles/none | | NOT_FOUND
          DELETE | /api/v1/verticles/none | | NOT_FOUND
          GET | /api/v1/variables?limit=0 | | INVALID
          GET | /api/v1/variables?limit=-1 | | INVALID
          GET | /api/v1/variables?limit=x | | INVALID
          GET | /api/v1/variables?limit=1.5 | | INVALID
          GET | /api/v1/variables?limit=10001 | | INVALID
          GET | /api/v1/variables?limit=99999999999999999999 | | INVALID
          GET | /api/v1/variables?after= | | INVALID
          GET | /api/v1/events?limit=0 | | INVALID
          GET | /api/v1/events?limit=x | | INVALID
          GET | /api/v1/events?limit=1001 | | INVALID
          GET | /api/v1/events?type=%25 | | INVALID
          GET | /api/v1/stream | | INVALID
          GET | /api/v1 | | NOT_FOUND
          GET | /api/v2/nodes | | NOT_FOUND
          GET | /nothing.html | | NOT_FOUND
          GET | /..%2f..%2fetc/passwd | | NOT_FOUND
          GET | /.hidden.txt | | NOT_FOUND
          POST | / | {} | NOT_FOUND
          PUT | /api/v1/nodes | {} | METHOD_NOT_ALLOWED
          DELETE | /api/v1/nodes/n1 | | METHOD_NOT_ALLOWED
          POST | /metrics | {} | METHOD_NOT_ALLOWED
          """)
  void shouldAnswerWithATypedError(String method, String path, String body, String code)
      throws Exception {
    Answer answer =
        server.send(
            HttpMethod.valueOf(method), path, body, Map.of("Content-Type", "application/json"));
    assertEquals(code, answer.errorCode(), () -> answer.body().toString());
    assertEquals(
        answer.status(), ErrorCode.valueOf(code).status(), "the code's status");
    assertEquals("application/json", answer.header("Content-Type"));
    assertTrue(server.cluster.verticles.isEmpty());
    assertTrue(server.cluster.agents.agents.isEmpty());
    assertTrue(server.cluster.variables.known.isEmpty());
    assertEquals(200, server.get("/health/live").status());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"name":"a b"} | 'name': there is a character in it that may not be
          {"name":1} | 'name': Instance type number is invalid. Expected string
          {"name":"a","colour":1} | there is no field 'colour'
          {"name":"a","sync":"pigeons"} | 'sync': Instance does not match any of ["gossip"
          {} | required property "name"
          """)
  void shouldNameTheFieldThatIsWrong(String body, String message) throws Exception {
    String told =
        server.post("/api/v1/variables", body).json().getJsonObject("error").getString("message");
    assertTrue(told.contains(message), told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"
      })
  void shouldRefuseOtherContentTypes(String type) throws Exception {
    Answer answer =
        server.send(
            HttpMethod.POST,
            "/api/v1/bus/publish",
            "{\"address\":\"a\",\"body\":1}",
            Map.of("Content-Type", type));
    assertEquals("INVALID", answer.errorCode());
  }

  @Test
  void shouldRefuseABodyOfDeeplyNestedArrays() throws Exception {
    String deep = "{\"address\":\"a\",\"body\":" + "[".repeat(200_000) + "]".repeat(200_000) + "}";
    assertEquals("INVALID", server.post("/api/v1/bus/publish", deep).errorCode());
  }

  @Test
  void shouldTellNothingOfADefectButThatItHappened() throws Exception {
    Answer answer = server.post("/api/v1/verticles", "{\"class\":\"Defect\"}");
    assertEquals(500, answer.status());
    assertEquals("INTERNAL", answer.errorCode());
    assertFalse(answer.body().toString().contains("secret detail"));
    assertFalse(answer.body().toString().contains("Exception"));
    assertFalse(answer.body().toString().contains("at dev."));
  }

  @Test
  void shouldTakeABodyOfOneMegabyteAndNoMore() throws Exception {
    String frame = "{\"address\":\"a\",\"body\":\"\"}";
    String most = "x".repeat((1 << 20) - frame.length());
    assertEquals(
        202,
        server.post("/api/v1/bus/publish", frame.replace("\"\"", '"' + most + '"')).status());
    Answer over = server.post("/api/v1/bus/publish", frame.replace("\"\"", "\"y" + most + '"'));
    assertEquals(413, over.status());
    assertEquals("TOO_LARGE", over.errorCode());
  }

  @Test
  void shouldAnswerAClientThatSendsFiftyMegabytesAndOnlyThenListens() throws Exception {
    Answer answer = server.post("/api/v1/bus/publish", "x".repeat(FIFTY_MB));
    assertEquals("TOO_LARGE", answer.errorCode());
    assertEquals("close", answer.header("Connection"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: " + FIFTY_MB, "Transfer-Encoding: chunked"})
  void shouldRefuseFiftyMegabytesBeforeTheyAreSent(String length) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket.setSoTimeout(30_000);
      OutputStream out = socket.getOutputStream();
      out.write(ascii(
          "POST /api/v1/bus/publish HTTP/1.1\r\nHost: localhost\r\n"
              + "Content-Type: application/json\r\n" + length + "\r\n\r\n"));
      byte[] megabyte = new byte[1 << 20];
      for (int i = 0; i < 2; i++) {
        if (length.startsWith("Transfer")) {
          out.write(ascii(Integer.toHexString(megabyte.length) + "\r\n"));
        }
        out.write(megabyte);
        if (length.startsWith("Transfer")) {
          out.write(ascii("\r\n"));
        }
      }
      out.flush();
      assertTrue(readSome(socket).startsWith("HTTP/1.1 413 "));
    }
    assertEquals(200, server.get("/health/live").status());
  }

  @ParameterizedTest
  @CsvSource({
    "'GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n'",
    "'GET /api/v1/nodes/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n'",
    "'GET /health/live HTTP/1.1\r\n\r\n'",
    "'GARBAGE\r\n\r\n'"
  })
  void shouldRefuseWhatIsNoValidHttp(String request) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(ascii(request));
      String answer = readSome(socket);
      assertTrue(answer.matches("(?s)HTTP/1.[01] 400 .*"), answer);
      assertTrue(answer.contains("{\"error\":{\"code\":\"INVALID\""), answer);
    }
  }

  private static String readSome(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder text = new StringBuilder();
    byte[] bytes = new byte[4096];
    while (!text.toString().contains("\"}}")) {
      int count = in.read(bytes);
      if (count < 0) {
        break;
      }
      text.append(new String(bytes, 0, count, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
