package dev.mabeam.dashboard;

import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.Membership;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.verticle.DeployRequest;
import dev.mabeam.verticle.VerticleInfo;
import dev.mabeam.verticle.Verticles;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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

  /** The cluster as a node's own rooms know it. */
  static ClusterAccess of(
      Membership membership, Verticles verticles, Function<List<String>, Future<Void>> join) {
    return new ClusterAccess() {
      @Override
      public String nodeId() {
        return membership.self().id();
      }

      @Override
      public ClusterStatus status() {
        return membership.status();
      }

      @Override
      public List<VerticleInfo> verticles() {
        return verticles.list();
      }

      @Override
      public Future<VerticleInfo> deploy(DeployRequest request) {
        return verticles.deploy(request);
      }

      @Override
      public Future<Void> undeploy(String verticle) {
        return verticles.undeploy(verticle);
      }

      @Override
      public Future<Void> join(List<String> seeds) {
        return join.apply(seeds);
      }
    };
  }
}
