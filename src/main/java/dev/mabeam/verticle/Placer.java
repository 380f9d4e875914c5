package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Gives new verticles their ids and their nodes. One node does it for all of the cluster, so that
 * an id is given once and a burst spreads, whoever sent it.
 *
 * <p>Where no node was asked for, a node whose class path lacks the class, or that does not answer
 * at all, passes the request on to the next best.
 */
final class Placer {
  private static final Set<NodeStatus> OUT_OF_REACH =
      EnumSet.of(NodeStatus.FAILED, NodeStatus.PARTITIONED, NodeStatus.LEAVING);
  private static final Set<ErrorCode> TRY_ANOTHER =
      EnumSet.of(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN, ErrorCode.UNAVAILABLE);

  private final Listing listing;
  private final Supplier<ClusterStatus> cluster;
  private final BiFunction<String, DeployRequest, Future<VerticleInfo>> deployOn;
  private final Placements placements;

  /** @param deployOn starts a verticle on the node of that id */
  Placer(
      Listing listing,
      Supplier<ClusterStatus> cluster,
      Scheduler scheduler,
      BiFunction<String, DeployRequest, Future<VerticleInfo>> deployOn) {
    this.listing = listing;
    this.cluster = cluster;
    this.deployOn = deployOn;
    this.placements = new Placements(scheduler);
  }

  Future<VerticleInfo> place(DeployRequest request) {
    try {
      List<String> candidates = candidates(request.node());
      String id = id(request);
      DeployRequest named = new DeployRequest(request.className(), id, null, request.config());
      return deployOnFirstOf(candidates, named);
    } catch (MabeamException refused) {
      return Future.failedFuture(refused);
    }
  }

  private String id(DeployRequest request) {
    if (request.id() == null) {
      return placements.newId(request.className(), listing.ids());
    }
    Optional<VerticleInfo> holder =
        listing.list().stream().filter(info -> info.id().equals(request.id())).findFirst();
    if (holder.isPresent() || placements.isStarting(request.id())) {
      throw Hosted.taken(request.id(), holder.map(VerticleInfo::node).orElse("a node"));
    }
    return request.id();
  }

  private List<String> candidates(String node) {
    List<NodeInfo> nodes = cluster.get().nodes();
    if (node != null) {
      return List.of(named(node, nodes).id());
    }
    Map<String, Integer> hosted = listing.counts();
    List<String> active =
        LeastLoaded.order(
                nodes,
                id -> hosted.getOrDefault(id, 0) + placements.startingOn(id),
                placements::justPlacedOn)
            .stream()
            .map(NodeInfo::id)
            .toList();
    if (active.isEmpty()) {
      throw new MabeamException(
          ErrorCode.NO_SUITABLE_NODES, "no node is active", "look at the nodes' status");
    }
    return active;
  }

  private static NodeInfo named(String node, List<NodeInfo> nodes) {
    NodeInfo found =
        nodes.stream()
            .filter(info -> info.id().equals(node) || info.name().equals(node))
            .max(Comparator.comparingLong(NodeInfo::incarnation))
            .orElseThrow(
                () ->
                    new MabeamException(
                        ErrorCode.NOT_FOUND,
                        "node '" + node + "' is not there",
                        "nodes: "
                            + String.join(", ", nodes.stream().map(NodeInfo::id).toList())));
    if (OUT_OF_REACH.contains(found.status())) {
      throw new MabeamException(
          ErrorCode.UNAVAILABLE,
          "node " + found.id() + " is " + found.status().json(),
          "name an active node, or none for the least loaded");
    }
    return found;
  }

  private Future<VerticleInfo> deployOnFirstOf(List<String> nodes, DeployRequest request) {
    String node = nodes.get(0);
    placements.starting(request.id(), node);
    return deployOn
        .apply(node, request)
        .onComplete(done -> placements.ended(request.id()))
        .recover(
            failure ->
                nodes.size() > 1
                        && TRY_ANOTHER.contains(MabeamException.of(failure).code())
                    ? tryNext(nodes, request, failure)
                    : Future.failedFuture(failure));
  }

  /** If no other node has the class either, the first answer is the one to tell. */
  private Future<VerticleInfo> tryNext(
      List<String> nodes, DeployRequest request, Throwable first) {
    return deployOnFirstOf(nodes.subList(1, nodes.size()), request)
        .recover(
            next ->
                Future.failedFuture(
                    TRY_ANOTHER.contains(MabeamException.of(next).code()) ? first : next));
  }
}
