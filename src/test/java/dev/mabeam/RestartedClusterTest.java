package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.ProcessCluster;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Three real nodes with data directories: killed at once, and started again in several ways. */
@Tag("long")
class RestartedClusterTest {
  private static final List<String> ALL = List.of("n1", "n2", "n3");
  private static final List<String> AGENTS = List.of("a1", "a2", "a3", "a4");

  /** What each agent was asked to count, and answered. */
  private final Map<String, Long> counts = new TreeMap<>();
  private ProcessCluster cluster;
  private String id;

  private void threeNodesWithAgents() {
    cluster.await("three voters", () -> ALL.stream().allMatch(node -> voters(node) == 3));
    for (String agent : AGENTS) {
      ok(cluster.mabeam("n1", "agents", "deploy", "counter", "--id", agent));
    }
    ok(cluster.mabeam("n1", "variables", "distribute", "plan", "--replicas", "0"));
    ok(cluster.mabeam("n2", "variables", "set", "plan", "{\"before\":1}"));
    id = cluster("n1").getString("id");
    decideSomething(ALL);
  }

  @Test
  void shouldBeTheSameClusterAfterAllWereKilled() {
    try (ProcessCluster made = ProcessCluster.startKeeping(3, "--join-timeout", "50s")) {
      cluster = made;
      threeNodesWithAgents();

      long last = killAll();
      ALL.forEach(cluster::restart);
      requireSame(ALL, last);

      last = killAll();
      cluster.restart("n2");
      long from = System.nanoTime();
      cluster.await("20 s", () -> System.nanoTime() - from > 20_000_000_000L);
      assertFalse(cluster.ready("n2"), "one of three voters goes on alone");
      cluster.restart("n1");
      cluster.restart("n3");
      requireSame(ALL, last);

      last = killAll();
      cluster.restart("n1");
      cluster.restart("n3");
      requireSame(List.of("n1", "n3"), last);
      cluster.restart("n2");
      requireSame(ALL, last);
    }
  }

  @Test
  void shouldGoOnFromOneStoreWhenTheOthersAreLost() {
    try (ProcessCluster made = ProcessCluster.startKeeping(3, "--join-timeout", "50s")) {
      cluster = made;
      threeNodesWithAgents();
      refuse(5, "stop the node that uses it", "--data-dir", data("n3"), "--i-accept-loss");
      killAll();
      cluster.lose("n1");
      cluster.lose("n2");
      refuse(2, "repeat this with --i-accept-loss", "--data-dir", data("n3"));
      refuse(2, "--data-dir", "--i-accept-loss");
      refuse(3, "there is no directory", "--data-dir", data("n1"), "--i-accept-loss");
      String parent = cluster.dataDirectory("n3").getParent().toString();
      refuse(3, "no log of a voter is in", "--data-dir", parent, "--i-accept-loss");

      ProcessCluster.Result made1 = recover("--data-dir", data("n3"), "--i-accept-loss");
      assertEquals(0, made1.exit(), made1::err);
      assertTrue(made1.out().contains("without the votes of: n1, n2"), made1::out);
      cluster.restart("n3");
      cluster.await("n3 to be ready alone", () -> cluster.ready("n3"));
      assertNotEquals(id, cluster("n3").getString("id"));
      assertEquals(AGENTS, List.copyOf(agents("n3").keySet()));
      cluster.restart("n1");
      cluster.restart("n2");
      cluster.awaitConverged();
      cluster.await("three voters", () -> ALL.stream().allMatch(node -> voters(node) == 3));
      decideSomething(ALL);
    }
  }

  /** Returns the highest incarnation that was there. */
  private long killAll() {
    long last = ALL.stream().mapToLong(this::incarnation).max().orElseThrow();
    ALL.forEach(cluster::kill);
    return last;
  }

  private void requireSame(List<String> nodes, long incarnationsBefore) {
    cluster.awaitConverged();
    for (String node : nodes) {
      assertEquals(id, cluster(node).getString("id"));
      assertTrue(incarnation(node) > incarnationsBefore, () -> node + "#" + incarnation(node));
      cluster.await(
          node + " to list the agents", () -> agents(node).keySet().containsAll(AGENTS));
      assertEquals(AGENTS, List.copyOf(agents(node).keySet()));
    }
    decideSomething(nodes);
  }

  /** The agents are back with what they had counted, wherever they are, and go on. */
  private void decideSomething(List<String> nodes) {
    String first = nodes.get(0);
    for (String agent : AGENTS) {
      cluster.await(
          agent + " to be back", () -> "active".equals(agents(first).get(agent)));
      for (String node : nodes) {
        ProcessCluster.Result answer =
            cluster.mabeam(node, "agents", "ask", agent, "{\"add\":1}");
        ok(answer);
        assertEquals(
            counts.merge(agent, 1L, Long::sum),
            new JsonObject(answer.out()).getLong("count"),
            agent + " at " + node);
      }
    }
    ok(cluster.mabeam(first, "variables", "set", "plan", "{\"again\":1}"));
    String last = nodes.get(nodes.size() - 1);
    cluster.await(
        last + " to have the plan",
        () -> cluster.mabeam(last, "variables", "get", "plan").out().contains("again"));
  }

  private ProcessCluster.Result recover(String... options) {
    return ProcessCluster.run(
        Map.of(),
        Stream.concat(Stream.of("quorum", "recover"), Stream.of(options)).toArray(String[]::new));
  }

  private void refuse(int exit, String says, String... options) {
    ProcessCluster.Result result = recover(options);
    assertEquals(exit, result.exit(), result::err);
    assertTrue(result.err().contains(says), result::err);
  }

  private String data(String node) {
    return cluster.dataDirectory(node).toString();
  }

  private static void ok(ProcessCluster.Result result) {
    assertEquals(0, result.exit(), result::err);
  }

  private int voters(String node) {
    return cluster(node)
        .getJsonObject("consensus", new JsonObject())
        .getJsonArray("voters", new JsonArray())
        .size();
  }

  private long incarnation(String node) {
    return cluster.get(node, "/api/v1/nodes/" + node).getLong("incarnation");
  }

  private JsonObject cluster(String node) {
    JsonObject answer = cluster.get(node, "/api/v1/cluster");
    return answer == null ? new JsonObject() : answer;
  }

  /** By id, how they stand. */
  private Map<String, String> agents(String node) {
    ProcessCluster.Result listed = cluster.mabeam(node, "agents", "list", "-o", "json");
    ok(listed);
    Map<String, String> agents = new TreeMap<>();
    for (Object one : new JsonArray(listed.out())) {
      JsonObject agent = (JsonObject) one;
      agents.put(agent.getString("id"), agent.getString("status"));
    }
    return agents;
  }
}
