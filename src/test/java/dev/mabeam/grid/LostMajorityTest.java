package dev.mabeam.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mabeam.testing.Namespaces;
import dev.mabeam.testing.Processes;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two of three real processes are killed at once; one comes back as a new process. */
@Tag("long")
class LostMajorityTest {
  private static final String[] NODES = {"n1", "n2", "n3"};
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ALL_WELL = "{\"n1\":\"ok\",\"n2\":\"ok\",\"all\":\"ok\"}";

  @BeforeAll
  static void needsNamespaces() {
    Optional<String> why = Namespaces.unavailable();
    assumeTrue(why.isEmpty(), () -> "skipped: " + why.orElseThrow());
  }

  @Test
  void shouldTakeWritesAgainAndForgetTheDead() throws Exception {
    try (Namespaces net = Namespaces.of(NODES);
        Processes nodes = Processes.in(net)) {
      for (String node : NODES) {
        start(net, nodes, node);
      }
      nodes.kill("n2");
      nodes.kill("n3");
      awaitWritable(nodes, "n1", false);

      start(net, nodes, "n2");
      awaitWritable(nodes, "n1", true);
      // Every other request would go to the dead if they were still registered.
      int inARow = 0;
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (inARow < 6) {
        String answers = nodes.ask("n1", "ask n1 n2 all", PATIENCE);
        inARow = answers.equals(ALL_WELL) ? inARow + 1 : 0;
        if (System.nanoTime() - deadline > 0) {
          throw new AssertionError("requests still get lost: " + answers + nodes.log("n1"));
        }
      }
    }
  }

  /**
   * A cache that nobody makes writable takes in none of those that come, and once those that it had
   * are gone, a node that joins may not even start.
   */
  @Test
  void shouldGiveLocksAgainAlsoAfterTheSurvivorIsKilledToo() throws Exception {
    try (Namespaces net = Namespaces.of(NODES);
        Processes nodes = Processes.in(net)) {
      for (String node : NODES) {
        start(net, nodes, node);
      }
      awaitLock(nodes, "n1");
      nodes.kill("n2");
      nodes.kill("n3");
      awaitWritable(nodes, "n1", false);
      start(net, nodes, "n2");
      start(net, nodes, "n3");
      awaitLock(nodes, "n1");
      nodes.kill("n1");
      awaitLock(nodes, "n2");
      start(net, nodes, "n1");
      awaitLock(nodes, "n1");
    }
  }

  private static void start(Namespaces net, Processes nodes, String node) {
    nodes.start(node, EventBusAfterCutTest.command(net, node, true));
    assertEquals("READY", nodes.line(node, PATIENCE), () -> nodes.log(node));
  }

  private static void awaitLock(Processes nodes, String node) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String answer = nodes.ask(node, "lock", PATIENCE);
    while (!new JsonObject(answer).containsKey("lock")) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(node + " gets no lock: " + answer + nodes.log(node));
      }
      answer = nodes.ask(node, "lock", PATIENCE);
    }
  }

  private static JsonObject view(Processes nodes, String node) {
    return new JsonObject(nodes.ask(node, "view", PATIENCE));
  }

  private static void awaitWritable(Processes nodes, String node, boolean expected)
      throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (view(nodes, node).getBoolean("writable") != expected) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited for writable to be " + expected + nodes.log(node));
      }
      Thread.sleep(100);
    }
  }
}
