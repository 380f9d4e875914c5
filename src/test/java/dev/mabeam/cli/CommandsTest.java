package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CommandsTest {
  private static final String NODE =
      """
      {"id":"n1#1","name":"n1","incarnation":1,"status":"%s","capabilities":["gpu","ssd"],\
      "load":0.257,"agentCount":2,"zone":"eu","lastHeartbeat":1,"http":"","unknown":true}""";

  @TempDir Path directory;
  private ApiServer server;

  @BeforeEach
  void serve() throws IOException {
    server = new ApiServer();
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void shouldShowTheClusterOnOneScreen() {
    server.answer("GET /api/v1/cluster", 200, cluster("normal", "active"));

    Run run = Run.of("status", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertTrue(
        run.out().startsWith("cluster c1 is normal: 1 node, view 3, coordinator n1#1"), run.out());
    assertTrue(run.out().contains("n1#1  active  0.26  2          eu    gpu,ssd"), run.out());
  }

  @Test
  void shouldPrintTheApisOwnJson() {
    String cluster = cluster("normal", "active");
    server.answer("GET /api/v1/cluster", 200, cluster);
    server.answer("GET /api/v1/nodes", 200, "[" + NODE.formatted("active") + "]");

    Run status = Run.of("status", "-o", "json", "--url", server.url());
    assertEquals(new JsonObject(cluster), new JsonObject(status.out()));
    Run nodes = Run.of("nodes", "--output=json", "--url", server.url() + "/");
    assertEquals("n1#1", new JsonArray(nodes.out()).getJsonObject(0).getString("id"));
  }

  @Test
  void shouldFailTheCheckUnlessAllIsWell() {
    server.answer("GET /api/v1/cluster", 200, cluster("normal", "active"));
    assertEquals(0, Run.of("status", "--check", "--url", server.url()).exit());

    server.answer("GET /api/v1/cluster", 200, cluster("normal", "suspect"));
    Run suspect = Run.of("status", "--check", "--url", server.url());
    assertEquals(1, suspect.exit());
    assertTrue(suspect.err().startsWith("error: n1#1 is suspect"), suspect.err());

    server.answer("GET /api/v1/cluster", 200, cluster("read-only", "active"));
    assertEquals(1, Run.of("status", "--check", "--url", server.url()).exit());
  }

  @Test
  void shouldAskForANodeByItsEncodedId() {
    server.answer("GET /api/v1/nodes/n1%231", 200, NODE.formatted("active"));

    Run run = Run.of("nodes", "n1#1", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("capabilities   gpu,ssd"), run.out());
  }

  @Test
  void shouldDeployListAndUndeployVerticles() {
    String verticle =
        "{\"id\":\"v\",\"class\":\"a.B\",\"node\":\"n2#2\",\"since\":0,\"config\":{}}";
    server.answer("POST /api/v1/verticles", 201, verticle);
    server.answer("GET /api/v1/verticles", 200, "[" + verticle + "]");
    server.answer("DELETE /api/v1/verticles/v", 204, "");

    Run deploy =
        Run.of("verticles", "deploy", "a.B", "--id", "v", "--node", "n2", "--config", "{\"x\":1}",
            "--url", server.url());
    assertEquals("v runs on n2#2\n", deploy.out(), deploy.err());
    assertEquals(
        "POST /api/v1/verticles"
            + " {\"class\":\"a.B\",\"id\":\"v\",\"node\":\"n2\",\"config\":{\"x\":1}}",
        server.requests().get(0));
    Run list = Run.of("verticles", "list", "--url", server.url());
    assertTrue(list.out().contains("v         a.B    n2#2  1970-01-01T00:00:00Z"), list.out());
    Run undeploy = Run.of("verticles", "undeploy", "v", "--url", server.url());
    assertEquals("v is undeployed\n", undeploy.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1} | {\"a\":1}", "[1,2] | [1,2]", "17 | 17", "\"17\" | \"17\"", "true | true",
        "hello world | \"hello world\"", "{broken | \"{broken\""
      })
  void shouldSendABodyAsTheJsonThatItIs(String typed, String sent) {
    server.answer("POST /api/v1/bus/publish", 202, "");

    Run run = Run.of("publish", "news", typed, "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertEquals(
        "POST /api/v1/bus/publish {\"address\":\"news\",\"body\":" + sent + "}",
        server.requests().get(0));
  }

  @Test
  void shouldSendABodyAsTextIfAskedTo() {
    server.answer("POST /api/v1/bus/publish", 202, "");

    Run.of("publish", "news", "17", "--text", "--url", server.url());

    assertTrue(server.requests().get(0).endsWith("\"body\":\"17\"}"), server.requests().get(0));
  }

  @Test
  void shouldPrintTheAnswerToARequest() {
    server.answer("POST /api/v1/bus/request", 200, "{\"body\":\"hello\"}");
    assertEquals("hello\n", Run.of("request", "greet", "x", "--url", server.url()).out());

    server.answer("POST /api/v1/bus/request", 200, "{\"body\":{\"n\":1}}");
    Run run = Run.of("request", "greet", "x", "--timeout", "3s", "--url", server.url());
    assertEquals(new JsonObject().put("n", 1), new JsonObject(run.out()));
    assertTrue(server.requests().get(1).contains("\"timeoutMs\":2500"), server.requests().get(1));
  }

  @Test
  void shouldShowEventsAsLines() {
    server.answer(
        "GET /api/v1/events?limit=7&type=node",
        200,
        """
        {"events":[{"id":"n1#1/4","origin":"n1#1","number":4,"at":0,"type":"node.joined",\
        "node":"n2#2","zone":"eu"}]}""");

    Run run = Run.of("events", "--limit", "7", "--type", "node", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().strip().endsWith("node.joined          node=n2#2 zone=eu"), run.out());
  }

  @Test
  void shouldAskANodeToJoin() {
    server.answer("POST /api/v1/cluster/join", 202, "");

    Run run = Run.of("join", "h:1", "h:2", "--url", server.url());

    assertEquals(0, run.exit(), run.err());
    assertEquals(
        "POST /api/v1/cluster/join {\"seeds\":[\"h:1\",\"h:2\"]}", server.requests().get(0));
  }

  @Test
  void shouldPresentTheTokenOfTheFile() throws IOException {
    server.answer("GET /api/v1/nodes", 200, "[]");
    Path token = Files.writeString(directory.resolve("token"), "s3cret\n");

    Run.of("nodes", "--token-file", token.toString(), "--url", server.url());
    assertEquals("GET /api/v1/nodes Bearer s3cret", server.requests().get(0));

    Run missing = Run.of("nodes", "--token-file", directory + "/none", "--url", server.url());
    assertEquals(78, missing.exit());
    assertTrue(missing.err().contains("no such file"), missing.err());
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void shouldExitAsTheErrorSays(ErrorCode code) {
    server.answer(
        "GET /api/v1/nodes",
        code.status(),
        "{\"error\":{\"code\":\"" + code + "\",\"message\":\"it broke\",\"hint\":\"mend it\"}}");

    Run run = Run.of("nodes", "--url", server.url());

    assertEquals(code.exitCode(), run.exit());
    assertEquals("error: it broke\nhint: mend it\n", run.err());
    assertEquals("", run.out());
  }

  @Test
  void shouldSayThatNobodyIsThere() {
    server.close();

    Run run = Run.of("status", "--url", server.url());

    assertEquals(4, run.exit());
    assertTrue(run.err().startsWith("error: no node can be reached at " + server.url()), run.err());
    assertTrue(run.err().contains("\nhint: "), run.err());
  }

  @Test
  void shouldSayThatSomethingElseIsThere() {
    server.answer("GET /api/v1/cluster", 200, "<html>hello</html>");
    Run page = Run.of("status", "--url", server.url());
    assertEquals(4, page.exit());
    assertTrue(page.err().contains("no mabeam node"), page.err());

    server.answer("GET /api/v1/cluster", 502, "bad gateway");
    assertEquals(4, Run.of("status", "--url", server.url()).exit());
  }

  @Test
  void shouldNotWaitLongerThanItWasTold() {
    server.answer("GET /api/v1/cluster", 0, "");

    Run run = Run.of("status", "--timeout", "200ms", "--url", server.url());

    assertEquals(6, run.exit());
    assertTrue(run.err().contains("did not answer within 200 ms"), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "statuss | did you mean status?",
        "node --grid-prot=1 | did you mean --grid-port?",
        "status --ulr | did you mean --url?",
        "verticles dploy | did you mean deploy?",
        "frobnicate | 'mabeam --help' tells what there is",
        "status --timeout soon | 'mabeam status --help' tells what there is",
        "status -o xml | 'mabeam status --help' tells what there is",
        "publish here | 'mabeam publish --help' tells what there is",
        "verticles | 'mabeam verticles --help' tells what there is",
        "status --url nonsense | write it as http://127.0.0.1:8080",
        "bench formation --runs 0 | 'mabeam bench formation --help' tells what there is",
        "demo --nodes 0 | 'mabeam demo --help' tells what there is",
        "verticles deploy a.B --config x | write it as '{\"key\":\"value\"}', in single quotes"
      })
  void shouldExitWithUsageAndAHint(String line, String hint) {
    Run run = Run.of(line.split(" "));

    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().startsWith("error: "), run.err());
    assertEquals("hint: " + hint, run.err().lines().skip(1).findFirst().orElse(""), run.err());
  }

  @Test
  void shouldListCommandsAndExitCodesInItsHelp() {
    Run help = Run.of("--help");
    assertEquals(0, help.exit());
    assertTrue(help.out().contains("78   unsupported Java, or bad configuration"), help.out());
    assertFalse(help.out().contains("warm-up"), help.out());
    assertEquals(2, Run.of().exit());
    assertTrue(Run.of("--version").out().startsWith("mabeam "));
  }

  @Test
  void shouldMaskTheTokenOfAConfiguration() throws IOException {
    Path token = Files.writeString(directory.resolve("token"), "s3cret");

    Run run = Run.of("config", "print", "--token-file", token.toString(), "--name", "x", "--seed",
        "a:1", "--seed", "b:2", "--join-timeout", "5s", "--bootstrap");

    JsonObject options = new JsonObject(run.out());
    assertEquals("***", options.getString("token"));
    assertEquals("x", options.getString("name"));
    assertEquals(new JsonArray().add("a:1").add("b:2"), options.getJsonArray("seeds"));
    assertEquals(5000, options.getInteger("joinTimeoutMs"));
    assertTrue(options.getBoolean("bootstrap"));
  }

  @Test
  void shouldPrintACompletionThatBashAccepts() throws Exception {
    Path script = Files.writeString(directory.resolve("completion"), Run.of("completion").out());
    Process bash =
        new ProcessBuilder(
                "bash", "-c",
                "source " + script + " && COMP_WORDS=(mabeam verticles dep) COMP_CWORD=2"
                    + " && COMP_LINE='mabeam verticles dep' && _complete_mabeam"
                    + " && echo \"${COMPREPLY[@]}\"")
            .redirectErrorStream(true)
            .start();
    String said = new String(bash.getInputStream().readAllBytes());
    assertEquals(0, bash.waitFor(), said);
    assertTrue(said.contains("deploy"), said);
  }

  private static String cluster(String mode, String status) {
    return """
        {"id":"c1","mode":"%s","view":3,"coordinator":"n1#1","topology":"ring","node":"n1#1",\
        "version":"1","verticles":2,"nodes":[%s]}"""
        .formatted(mode, NODE.formatted(status));
  }
}
