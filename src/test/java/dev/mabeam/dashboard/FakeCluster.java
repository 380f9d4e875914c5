package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.membership.Capacity;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.DeployRequest;
import dev.mabeam.verticle.VerticleInfo;
import dev.mabeam.migration.Migrations;
import dev.mabeam.recovery.Recoveries;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;

/** Two nodes and what runs on them, in memory. */
final class FakeCluster implements ClusterAccess {
  final Map<String, NodeInfo> nodes = new ConcurrentSkipListMap<>();
  final Map<String, VerticleInfo> verticles = new ConcurrentSkipListMap<>();
  final FakeAgents agents = new FakeAgents();
  final FakeVariables variables = new FakeVariables();
  final FakeMigrations migrations = new FakeMigrations();
  volatile String mode = ClusterStatus.NORMAL;
  volatile List<String> joined = List.of();

  FakeCluster() {
    put(node("n1", 1, NodeStatus.ACTIVE));
    put(node("n2", 2, NodeStatus.ACTIVE));
  }

  void put(NodeInfo node) {
    nodes.put(node.id(), node);
  }

  static NodeInfo node(String name, long incarnation, NodeStatus status) {
    return new NodeInfo(
        name + "#" + incarnation, name, incarnation, status, List.of("gpu"),
        new Capacity(512, 2), 0.25, 1, "z1", 1_000, 0.5, 300, "http://127.0.0.1:8080", "0.1", 7);
  }

  @Override
  public String nodeId() {
    return "n1#1";
  }

  @Override
  public ClusterStatus status() {
    return new ClusterStatus("c1", mode, 3, "n1#1", "ring", List.copyOf(nodes.values()));
  }

  @Override
  public List<VerticleInfo> verticles() {
    return List.copyOf(verticles.values());
  }

  @Override
  public Future<VerticleInfo> deploy(DeployRequest request) {
    if (request.className().equals("Defect")) {
      throw new IllegalStateException("secret detail");
    }
    if (request.className().equals("Gone")) {
      return fail(ErrorCode.NOT_FOUND, "there is no class 'Gone'");
    }
    String id = request.id() == null ? "v-1" : request.id();
    VerticleInfo info =
        new VerticleInfo(id, request.className(), "n1#1", 5_000, request.config());
    return verticles.putIfAbsent(id, info) == null
        ? Future.succeededFuture(info)
        : fail(ErrorCode.CONFLICT, "verticle id '" + id + "' is in use");
  }

  @Override
  public Future<Void> undeploy(String id) {
    return verticles.remove(id) == null
        ? fail(ErrorCode.NOT_FOUND, "there is no verticle '" + id + "'")
        : Future.succeededFuture();
  }

  @Override
  public Agents agents() {
    return agents;
  }

  @Override
  public Variables variables() {
    return variables;
  }

  @Override
  public Migrations migrations() {
    return migrations;
  }

  @Override
  public Recoveries recovery() {
    return migrations;
  }

  @Override
  public Set<String> cordoned() {
    return migrations.cordoned;
  }

  @Override
  public ConsensusStatus consensus() {
    return ConsensusStatus.of("n1#1", List.of("n1#1", "n2#2"));
  }

  @Override
  public JsonObject explain(AgentSpec spec) {
    JsonObject refused =
        new JsonObject()
            .put("node", "n2#2")
            .put("suitable", false)
            .put("refusals", new JsonArray().add("it lacks the capability gpu"))
            .put("scores", new JsonObject())
            .put("total", 0.0);
    return new JsonObject()
        .put("agent", spec.id())
        .put("node", "")
        .put("nodes", new JsonArray().add(refused));
  }

  @Override
  public Future<Void> join(List<String> seeds) {
    joined = seeds;
    return Future.succeededFuture();
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new MabeamException(code, message));
  }
}
