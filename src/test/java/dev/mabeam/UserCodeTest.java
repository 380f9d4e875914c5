package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.ProcessCluster;
import dev.mabeam.testing.ProcessCluster.Result;
import dev.mabeam.verticle.Sources;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's verticle, compiled outside the project, in the hands of somebody with a terminal. */
class UserCodeTest {
  private static final String ECHO = "com.acme.Echo";

  /** Keeps one core busy from its start to its stop. */
  private static final String BURNER =
      """
      package com.acme;
      public class Burner extends io.vertx.core.VerticleBase {
        private volatile boolean stopped;
        @Override public io.vertx.core.Future<?> start() {
          Thread burning = new Thread(() -> { while (!stopped) { Math.sin(System.nanoTime()); } });
          burning.setDaemon(true);
          burning.start();
          return io.vertx.core.Future.succeededFuture();
        }
        @Override public io.vertx.core.Future<?> stop() {
          stopped = true;
          return io.vertx.core.Future.succeededFuture();
        }
      }
      """;

  @TempDir static Path temp;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() {
    Path classes =
        Sources.compile(temp.resolve("classes"), ECHO, Sources.greeter(ECHO, "acme.echo"));
    Sources.compile(
        classes,
        "com.acme.Failing",
        Sources.starting("com.acme.Failing", "throw new IllegalStateException(\"no database\");"));
    Sources.compile(
        classes,
        "com.acme.Hanging",
        Sources.starting("com.acme.Hanging", "return Promise.promise().future();"));
    Sources.compile(classes, "com.acme.Burner", BURNER);
    Path jar = Sources.jar(classes, temp.resolve("echo.jar"));
    cluster = ProcessCluster.start(2, "--class-path", jar.toString());
  }

  @AfterAll
  static void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static Result succeed(String node, String... words) {
    Result result = cluster.mabeam(node, words);
    assertEquals(0, result.exit(), result.toString());
    return result;
  }

  private static void fail(int exit, String said, String... words) {
    Result result = cluster.mabeam("n1", words);
    assertEquals(exit, result.exit(), result.toString());
    assertTrue(result.err().startsWith("error: "), result.toString());
    assertTrue(result.err().contains(said), result.toString());
  }

  @Test
  void shouldDeployByCommandAndAnswerThroughAnotherNode() {
    Result deployed =
        succeed(
            "n1", "verticles", "deploy", ECHO, "--node", "n2", "--id", "echo",
            "--config", "{\"greeting\":\"good day,\"}", "-o", "json");
    JsonObject info = new JsonObject(deployed.out());
    assertEquals("echo", info.getString("id"));
    assertEquals(ECHO, info.getString("class"));
    assertTrue(info.getString("node").startsWith("n2#"), deployed.out());

    assertEquals("good day, world\n", succeed("n1", "request", "acme.echo", "world").out());
    assertEquals(
        new JsonArray().add(info),
        new JsonArray(succeed("n2", "verticles", "list", "-o", "json").out()));
    assertTrue(succeed("n1", "verticles", "list").out().contains(ECHO));

    succeed("n1", "verticles", "undeploy", "echo");
    fail(3, "echo", "verticles", "undeploy", "echo");
    fail(3, "acme.echo", "request", "acme.echo", "world");
  }

  @Test
  void shouldSayWhatIsWrongWithAVerticleAndLeaveNothingBehind() {
    fail(1, "no database", "verticles", "deploy", "com.acme.Failing", "--node", "n2");
    fail(6, "did not end within", "verticles", "deploy", "com.acme.Hanging", "--timeout", "15s");
    fail(3, "n9", "verticles", "deploy", ECHO, "--node", "n9");
    assertEquals("[ ]\n", succeed("n1", "verticles", "list", "-o", "json").out());
  }

  @Test
  void shouldShowTheLoadOfANodeThatBurnsACoreOnTheOtherNode() {
    cluster.await("n2 to be idle", () -> load("n2") < 0.2);
    succeed("n1", "verticles", "deploy", "com.acme.Burner", "--node", "n2", "--id", "burner");
    cluster.await("n1 to see n2 busy and itself not", () -> load("n2") > load("n1") + 0.2);
    succeed("n1", "verticles", "undeploy", "burner");
    cluster.await("n1 to see n2 idle again", () -> load("n2") < 0.2);
  }

  /** What n1 says of {@code node}. */
  private static double load(String node) {
    JsonObject seen = cluster.get("n1", "/api/v1/nodes/" + node);
    return seen == null ? Double.NaN : seen.getDouble("load");
  }
}
