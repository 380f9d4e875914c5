package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.migration.Migrations;
import dev.mabeam.recovery.Recoveries;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.DeployRequest;
import dev.mabeam.verticle.VerticleInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What HTTP needs of the cluster, so that it can be tested without one. Every method may be called
 * on any thread; reads answer at once from what this node knows.
 */
public interface ClusterAccess {
  /** The id of this node. */
  String nodeId();

  ClusterStatus status();

  /** Ordered by id. */
  List<VerticleInfo> verticles();

  Future<VerticleInfo> deploy(DeployRequest request);

  Future<Void> undeploy(String verticle);

  Agents agents();

  Variables variables();

  Migrations migrations();

  Recoveries recovery();

  /** The nodes that get no agents, by decision. */
  Set<String> cordoned();

  /** Who decides. */
  ConsensusStatus consensus();

  /** Where that agent would go now, as {@code Explanation} in the contract; it may have no id. */
  JsonObject explain(AgentSpec spec);

  /** Joins the cluster that the seeds lead to, each {@code host:port} of a link. */
  Future<Void> join(List<String> seeds);

  /** The node with that id, or the newest incarnation of that name. */
  default Optional<NodeInfo> node(String idOrName) {
    return status().nodes().stream()
        .filter(node -> node.id().equals(idOrName) || node.name().equals(idOrName))
        .max(Comparator.comparingLong(NodeInfo::incarnation));
  }

  /** The verticle of that id. */
  default Optional<VerticleInfo> verticle(String id) {
    return verticles().stream().filter(verticle -> verticle.id().equals(id)).findFirst();
  }

  /**
   * The cluster as a node's own rooms know it.
   *
   * @param rooms gives those of the node's present incarnation
   */
  static ClusterAccess of(Supplier<NodeRooms> rooms) {
    return new RoomsAccess(rooms);
  }
}
