package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.ProcessCluster;
import dev.mabeam.testing.ProcessCluster.Result;
import dev.mabeam.verticle.Sources;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of what people do wrong: each has a clear error with its exit code or status, and the
 * cluster goes on. (A full disk at the first build is in the launcher's own test.)
 */
class BadInputTest {
  private static final String ECHO = "com.acme.Echo";
  private static final String VERTICLES = "/api/v1/verticles";
  private static final String FREE_PORTS = "--link-port=31991 --grid-port=31992 --bus-port=31997";

  @TempDir static Path temp;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() {
    Path classes =
        Sources.compile(temp.resolve("classes"), ECHO, Sources.greeter(ECHO, "acme.echo"));
    Sources.compile(
        classes, "com.acme.Plain", "package com.acme; public class Plain {}");
    Sources.compile(
        classes,
        "com.acme.Worker",
        """
        package com.acme;
        public class Worker extends dev.mabeam.agent.AgentVerticle {
          @Override public io.vertx.core.Future<?> receive(dev.mabeam.agent.AgentMessage message) {
            return io.vertx.core.Future.succeededFuture();
          }
        }
        """);
    cluster = ProcessCluster.start(2, "--class-path", classes.toString());
  }

  @AfterAll
  static void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @AfterEach
  void theClusterGoesOn() {
    assertEquals(List.of("n1", "n2"), cluster.names());
    cluster.awaitConverged();
    post(201, "/api/v1/verticles", new JsonObject().put("class", ECHO).put("id", "echo"));
    // A node may believe for a moment that the one before, of the same address, is still there.
    cluster.await("an answer of the verticle", BadInputTest::greets);
    cluster.send(cluster.request("n2", "/api/v1/verticles/echo").DELETE().build());
    cluster.await("the verticle to be gone", () -> verticles() == 0);
  }

  private static int verticles() {
    JsonObject seen = cluster.get("n1", "/api/v1/cluster");
    return seen == null ? -1 : seen.getInteger("verticles");
  }

  private static boolean greets() {
    JsonObject question =
        new JsonObject().put("address", "acme.echo").put("body", "world").put("timeoutMs", 2_000);
    HttpResponse<String> answer = post("/api/v1/bus/request", question.encode());
    return answer != null
        && answer.statusCode() == 200
        && new JsonObject(answer.body()).getString("body").equals("hello world");
  }

  private static JsonObject post(int status, String path, JsonObject body) {
    HttpResponse<String> response = post(path, body.encode());
    assertNotNull(response, path + " has no answer");
    assertEquals(status, response.statusCode(), response.body());
    return new JsonObject(response.body());
  }

  private static HttpResponse<String> post(String path, String body) {
    return cluster.send(
        cluster
            .request("n1", path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private static List<Arguments> commands() {
    return List.of(
        Arguments.of("verticles deploy com.acme.Nothing", 3, "com.acme.Nothing is not there"),
        Arguments.of("verticles deploy com.acme.Plain", 2, "com.acme.Plain is no verticle"),
        Arguments.of("verticles deploy com.acme.Worker", 2, "agents deploy CLASS --id ID"),
        Arguments.of("verticles deploy io.vertx.core.VerticleBase", 4, "may not be deployed"),
        Arguments.of("verticles deploy java.lang.String --node n2", 4, "may not be deployed"),
        Arguments.of("verticles deploy " + ECHO + " --id a/b", 2, "a/b"),
        Arguments.of("verticles deploy " + ECHO + " --config {\"a\":", 2, "--config"),
        Arguments.of("verticles undeploy nothing", 3, "nothing"),
        Arguments.of("verticles show nothing", 3, "nothing"),
        Arguments.of("request mabeam.node.n1#1.event.log {}", 2, "reserved"),
        Arguments.of("publish mabeam.event.node {}", 2, "reserved"),
        Arguments.of("request nobody.there {}", 3, "nobody.there"),
        Arguments.of("nodes --colour", 2, "--colour"),
        Arguments.of("frobnicate", 2, "frobnicate"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("commands")
  void shouldRefuseACommand(String words, int exit, String said) {
    Result result = cluster.mabeam("n1", words.split(" "));
    assertClear(result, exit, said);
  }

  private static void assertClear(Result result, int exit, String said) {
    assertEquals(exit, result.exit(), result.toString());
    assertTrue(result.err().contains("error: "), result.toString());
    assertTrue(result.err().contains(said), result.toString());
    assertFalse(result.err().contains("\tat "), "a stack trace: " + result);
    assertEquals("", result.out(), "an error belongs on standard error");
  }

  /** Each starts a node that must not start. In braces: a port of the cluster's first node. */
  private static List<Arguments> nodes() {
    return List.of(
        Arguments.of("--frobnicate " + FREE_PORTS, 2, "--frobnicate"),
        Arguments.of("--name a/b " + FREE_PORTS, 2, "a/b"),
        Arguments.of("--grid-port=many", 2, "--grid-port"),
        Arguments.of("--class-path /not/there.jar --bootstrap " + FREE_PORTS, 2, "/not/there.jar"),
        Arguments.of("--bootstrap --link-port={link} --grid-port=31992", 5, "{link}"),
        Arguments.of("--bootstrap --grid-port={grid} --link-port=31991", 5, "{grid}"),
        Arguments.of("--bootstrap --http-port={http} " + FREE_PORTS, 5, "{http}"),
        Arguments.of(
            "--seed 127.0.0.1:31999 --join-timeout 2s " + FREE_PORTS, 6, "127.0.0.1:31999"),
        Arguments.of("--name n2 --seed 127.0.0.1:{link} " + FREE_PORTS, 5, "n2"));
  }

  @ParameterizedTest(name = "node {0}")
  @MethodSource("nodes")
  void shouldNotStartANode(String words, int exit, String said) {
    List<String> all = new ArrayList<>(List.of("node", "--stop-with-parent"));
    all.addAll(List.of(fill(words).split(" ")));
    if (!words.contains("--http-port")) {
      all.add("--http-port=-1");
    }
    Result result = ProcessCluster.run(Map.of(), all.toArray(String[]::new));
    assertClear(result, exit, fill(said));
  }

  private static String fill(String words) {
    int link = cluster.linkPort("n1");
    return words
        .replace("{link}", "" + link)
        .replace("{grid}", "" + (link + 1))
        .replace("{http}", "" + (link + 3));
  }

  private static Stream<Arguments> requests() {
    String fifty = "{\"address\":\"a\",\"body\":\"" + "x".repeat(50 << 20) + "\"}";
    return Stream.of(
        Arguments.of("a body that is no JSON", VERTICLES, "{\"class\":", 400, "INVALID"),
        Arguments.of("JSON of the wrong kind", VERTICLES, "[1]", 400, "INVALID"),
        Arguments.of("no class", VERTICLES, "{\"id\":\"a\"}", 400, "INVALID"),
        Arguments.of("a class that is a number", VERTICLES, "{\"class\":1}", 400, "INVALID"),
        Arguments.of("no address", "/api/v1/bus/publish", "{\"body\":1}", 400, "INVALID"),
        Arguments.of("a 50 MB body", "/api/v1/bus/publish", fifty, 413, "TOO_LARGE"),
        Arguments.of("a path that is not there", "/api/v1/nothing", "{}", 404, "NOT_FOUND"),
        Arguments.of("a method that is not there", "/api/v1/nodes", "", 405, "METHOD_NOT_ALLOWED"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("requests")
  void shouldRefuseARequest(String what, String path, String body, int status, String code) {
    HttpResponse<String> response = post(path, body);
    assertNotNull(response, what + " has no answer");
    assertEquals(status, response.statusCode(), response.body());
    JsonObject error = new JsonObject(response.body()).getJsonObject("error");
    assertEquals(code, error.getString("code"), response.body());
    assertFalse(error.getString("message").isEmpty(), response.body());
    assertNotNull(error.getString("hint"), response.body());
  }

  @ParameterizedTest(name = "Java {0}")
  @MethodSource("unsupportedJava")
  void shouldNotRunOnAnUnsupportedJava(String version) throws IOException {
    Path jdk = Files.createDirectories(temp.resolve("jdk-" + version));
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Path java = Files.writeString(jdk.resolve("bin/java"), "#!/bin/sh\nexit 99\n");
    assertTrue(java.toFile().setExecutable(true));
    Result result =
        ProcessCluster.run(
            Map.of(
                "JAVA_HOME", jdk.toString(),
                "PATH", path(jdk),
                "MABEAM_JVM_DIR", temp.resolve("none").toString()),
            "status");
    assertClear(result, 78, "Java 17 to 22");
    assertEquals(1, result.err().lines().count(), result.err());
  }

  private static List<String> unsupportedJava() {
    return List.of("11.0.2", "25.0.1");
  }

  /** The tools that a script needs, and no Java but this one. */
  private static String path(Path jdk) throws IOException {
    Path tools = Files.createDirectories(jdk.resolve("tools"));
    for (String tool : List.of("bash", "env", "readlink", "dirname", "sed", "cat")) {
      Path link = tools.resolve(tool);
      if (!Files.exists(link)) {
        Files.createSymbolicLink(link, Path.of("/usr/bin", tool));
      }
    }
    return jdk.resolve("bin") + ":" + tools;
  }
}
