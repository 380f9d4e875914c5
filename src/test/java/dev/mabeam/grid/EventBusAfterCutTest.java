package dev.mabeam.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mabeam.testing.Namespaces;
import dev.mabeam.testing.Processes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Three real processes on a real network, one of them cut off for a while. */
class EventBusAfterCutTest {
  private static final String[] NODES = {"n1", "n2", "n3"};
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration CUT = Duration.ofSeconds(15);
  private static final String ALL_WELL = "{\"n3\":\"ok\",\"all\":\"ok\"}";
  private static final Duration HEALED_WITHIN = Duration.ofSeconds(10);

  @BeforeAll
  static void needsNamespaces() {
    Optional<String> why = Namespaces.unavailable();
    assumeTrue(why.isEmpty(), () -> "skipped: " + why.orElseThrow());
  }

  @Test
  void shouldCarryRequestsBothWaysAgainWithinTenSecondsOfTheHeal() throws Exception {
    try (Namespaces net = Namespaces.of(NODES);
        Processes nodes = Processes.in(net)) {
      cutAndHeal(net, nodes, true);
      long healed = System.nanoTime();
      await("requests between all nodes", HEALED_WITHIN, () -> broken(nodes).isEmpty(), nodes);
      Duration took = Duration.ofNanos(System.nanoTime() - healed);
      System.out.println("event bus back " + took.toMillis() + " ms after the heal");
    }
  }

  @Test
  @Tag("long")
  void shouldStayBrokenWithoutTheRepair() throws Exception {
    try (Namespaces net = Namespaces.of(NODES);
        Processes nodes = Processes.in(net)) {
      cutAndHeal(net, nodes, false);
      long healed = System.nanoTime();
      await("one view again", PATIENCE, () -> seen(nodes, "n1", "n3", 3), nodes);
      while (System.nanoTime() - healed < HEALED_WITHIN.toNanos()) {
        assertNotEquals(Map.of(), broken(nodes), "the repair is not what heals the event bus");
        Thread.sleep(500);
      }
    }
  }

  private static void cutAndHeal(Namespaces net, Processes nodes, boolean repair)
      throws InterruptedException {
    // The founder first: without the repair even a view that churns at the start breaks the bus.
    for (String node : NODES) {
      nodes.start(node, command(net, node, repair));
      assertEquals("READY", nodes.line(node, PATIENCE));
    }
    await("a view of three", PATIENCE, () -> seen(nodes, "n1", "n3", 3), nodes);
    await("requests before the cut", PATIENCE, () -> broken(nodes).isEmpty(), nodes);

    net.cut("n3");
    long cut = System.nanoTime();
    await(
        "each side to see the cut",
        PATIENCE,
        () -> seen(nodes, "n1", "n2", 2) && view(nodes, "n3").getJsonArray("members").size() == 1,
        nodes);
    await("the smaller side to refuse writes", PATIENCE, () -> !writable(nodes, "n3"), nodes);
    assertTrue(writable(nodes, "n1"), "the larger side takes writes");
    if (repair) {
      await(
          "the smaller side to reach its own consumers",
          PATIENCE,
          () -> nodes.ask("n3", "ask n3 all", PATIENCE).equals(ALL_WELL),
          nodes);
    }
    while (System.nanoTime() - cut < CUT.toNanos()) {
      Thread.sleep(100);
    }
    net.heal();
  }

  static List<String> command(Namespaces net, String node, boolean repair) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Djava.net.preferIPv4Stack=true",
                "-cp", System.getProperty("java.class.path"), GridProcess.class.getName(),
                node, net.address(node), "7800", "7801", Boolean.toString(repair)));
    if (!node.equals("n1")) {
      command.add(net.address("n1") + "[7800]");
    }
    return command;
  }

  private static JsonObject view(Processes nodes, String node) {
    return new JsonObject(nodes.ask(node, "view", PATIENCE));
  }

  private static boolean writable(Processes nodes, String node) {
    return view(nodes, node).getBoolean("writable");
  }

  private static boolean seen(Processes nodes, String a, String b, int members) {
    JsonArray ours = view(nodes, a).getJsonArray("members");
    return ours.size() == members && ours.equals(view(nodes, b).getJsonArray("members"));
  }

  /** For each node what it could not reach, and why; empty when all is well. */
  private static Map<String, JsonObject> broken(Processes nodes) {
    Map<String, JsonObject> broken = new TreeMap<>();
    for (String node : NODES) {
      JsonObject answers = new JsonObject(nodes.ask(node, "ask n1 n2 n3", PATIENCE));
      answers.getMap().values().removeIf("ok"::equals);
      if (!answers.isEmpty()) {
        broken.put(node, answers);
      }
    }
    return broken;
  }

  private static void await(
      String what, Duration patience, BooleanSupplier condition, Processes nodes)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError(
            "waited " + patience.toSeconds() + " s for " + what + "; broken: " + broken(nodes)
                + nodes.log("n1") + nodes.log("n3"));
      }
      Thread.sleep(100);
    }
  }
}
