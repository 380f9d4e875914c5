package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import dev.mabeam.placement.Rule.Target;
import dev.mabeam.testing.TestCluster;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * That agents go where placement says, on nodes that decide: n2 has a gpu, n4 is a witness. All is
 * asked of n1, whose copy of the directory has what was done through it.
 */
class PlacementOnNodesTest {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster =
        TestCluster.start(
            4,
            options ->
                options
                    .setHttpPort(0)
                    .setMemoryMb(1_000)
                    .setCpuWeight(4)
                    .setCapabilities(options.getName().equals("n2") ? List.of("gpu") : List.of())
                    .setWitness(options.getName().equals("n4")));
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void shouldSpreadAgentsThatMustNotBeTogetherAndThenSayWhyThereIsNoNodeLeft() throws Exception {
    List<String> nodes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      nodes.add(name(deploy("apart-" + i, apart())));
    }
    assertEquals(List.of("n1", "n2", "n3"), nodes.stream().sorted().toList());
    MabeamException refused =
        assertThrows(MabeamException.class, () -> deploy("apart-3", apart()));
    assertEquals(ErrorCode.NO_SUITABLE_NODES, refused.code());
    assertTrue(refused.getMessage().contains("which must not be"), refused.getMessage());
    assertTrue(refused.getMessage().contains("n4#"), refused.getMessage());
    assertTrue(refused.getMessage().contains("witness"), refused.getMessage());
    for (int i = 0; i < 3; i++) {
      await(node("n1").agents().undeploy("apart-" + i));
    }
  }

  @Test
  void shouldExplainOverHttpWhereItThenDeploys() throws Exception {
    JsonObject spec =
        new JsonObject()
            .put("id", "needs-gpu")
            .put("type", "counter")
            .put("requirements", new JsonObject().put("capabilities", List.of("gpu")));
    JsonObject explained = post("/api/v1/placement/explain", spec);
    assertEquals("n2", explained.getString("node").replaceAll("#.*", ""), explained.encode());
    Map<String, JsonObject> byName = new HashMap<>();
    explained.getJsonArray("nodes").stream()
        .map(JsonObject.class::cast)
        .forEach(each -> byName.put(each.getString("node").replaceAll("#.*", ""), each));
    assertEquals(4, byName.size());
    assertEquals(
        "[\"it lacks the capability gpu\"]",
        byName.get("n1").getJsonArray("refusals").encode());
    assertTrue(byName.get("n4").getJsonArray("refusals").encode().contains("witness"));
    assertEquals(5, byName.get("n2").getJsonObject("scores").size());
    JsonObject deployed = post("/api/v1/agents", spec);
    assertEquals(explained.getString("node"), deployed.getString("node"));
    await(node("n1").agents().undeploy("needs-gpu"));
  }

  @Test
  void shouldCountWhatABurstReserves() throws Exception {
    // Three to a node, and there are nine; all under way at once.
    Requirements third =
        new Requirements(300, 0, List.of(), List.of(), List.of(), List.of(), List.of());
    List<Future<AgentInfo>> deploying = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      deploying.add(
          node("n1").agents().deploy(AgentSpec.of("third-" + i, "counter").withRequirements(third)));
    }
    Map<String, Long> perNode = new HashMap<>();
    for (Future<AgentInfo> each : deploying) {
      perNode.merge(name(await(each)), 1L, Long::sum);
    }
    assertEquals(Map.of("n1", 3L, "n2", 3L, "n3", 3L), perNode);
    assertEquals(
        ErrorCode.NO_SUITABLE_NODES,
        assertThrows(MabeamException.class, () -> deploy("third-9", third)).code());
    for (int i = 0; i < 9; i++) {
      await(node("n1").agents().undeploy("third-" + i));
    }
    assertEquals(
        new TreeSet<>(),
        node("n1").agents().list().stream()
            .map(AgentInfo::id)
            .filter(id -> id.startsWith("third"))
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  private static Requirements apart() {
    return new Requirements(
        0, 0, List.of(), List.of(), List.of(), List.of(),
        List.of(new Rule(Target.TYPE, "counter", 1, true)));
  }

  private static Mabeam node(String name) {
    return cluster.node(name);
  }

  private static AgentInfo deploy(String id, Requirements needs) throws Exception {
    return await(
        node("n1").agents().deploy(AgentSpec.of(id, "counter").withRequirements(needs)));
  }

  private static String name(AgentInfo agent) {
    return agent.node().replaceAll("#.*", "");
  }

  private static JsonObject post(String path, JsonObject body) throws Exception {
    String answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node("n1").httpPort() + path))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body.encode()))
                    .build(),
                BodyHandlers.ofString())
            .body();
    return new JsonObject(answer);
  }

  private static <T> T await(Future<T> future) throws Exception {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(TestCluster.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      throw MabeamException.of(failure.getCause());
    }
  }
}
