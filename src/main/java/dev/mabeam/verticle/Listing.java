package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What runs where, read from the nodes' entries in the replicated map and from this node. */
final class Listing {
  /** A node that nobody has known for so long will not come back under this id. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(1);

  private final Supplier<String> nodeId;
  private final Hosted hosted;
  private final Knowledge knowledge;
  private final Supplier<ClusterStatus> cluster;
  private final Map<String, Long> unknownSinceNanos = new HashMap<>();

  Listing(
      Supplier<String> nodeId,
      Hosted hosted,
      Knowledge knowledge,
      Supplier<ClusterStatus> cluster) {
    this.nodeId = nodeId;
    this.hosted = hosted;
    this.knowledge = knowledge;
    this.cluster = cluster;
  }

  /** What runs on nodes that are there, ordered by id. */
  List<VerticleInfo> list() {
    Set<String> there =
        cluster.get().nodes().stream()
            .filter(node -> node.status() != NodeStatus.FAILED)
            .map(NodeInfo::id)
            .collect(Collectors.toSet());
    Stream<VerticleInfo> elsewhere =
        entriesOfOthers().filter(info -> there.contains(info.node()));
    return Stream.concat(hosted.list().stream(), elsewhere)
        .sorted(Comparator.comparing(VerticleInfo::id).thenComparing(VerticleInfo::node))
        .toList();
  }

  Set<String> ids() {
    return list().stream().map(VerticleInfo::id).collect(Collectors.toSet());
  }

  /** How many verticles run on each node that runs any. */
  Map<String, Integer> counts() {
    return list().stream().collect(Collectors.toMap(VerticleInfo::node, info -> 1, Integer::sum));
  }

  /** The verticle of that id on a node that is there; else NOT_FOUND says what became of it. */
  Future<VerticleInfo> locate(String id) {
    return list().stream()
        .filter(info -> info.id().equals(id))
        .findFirst()
        .map(Future::succeededFuture)
        .orElseGet(() -> Future.failedFuture(notFound(id)));
  }

  private MabeamException notFound(String id) {
    return entriesOfOthers()
        .filter(info -> info.id().equals(id))
        .findFirst()
        .map(
            info ->
                new MabeamException(
                    ErrorCode.NOT_FOUND,
                    "verticle '" + id + "' is gone with its node " + info.node(),
                    "deploy it again if it is still needed"))
        .orElseGet(
            () ->
                new MabeamException(
                    ErrorCode.NOT_FOUND,
                    "there is no verticle '" + id + "'",
                    "list the verticles to see their ids"));
  }

  private Stream<VerticleInfo> entriesOfOthers() {
    return knowledge.entries().entrySet().stream()
        .filter(entry -> !entry.getKey().equals(nodeId.get()))
        .flatMap(entry -> verticles(entry.getValue()));
  }

  private static Stream<VerticleInfo> verticles(JsonObject entry) {
    return entry.getJsonArray("verticles", new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .map(VerticleInfo::fromJson);
  }

  /** On the coordinator: removes the entries of nodes that the cluster has long forgotten. */
  void removeForgotten(long nowNanos) {
    ClusterStatus now = cluster.get();
    Set<String> known = now.nodes().stream().map(NodeInfo::id).collect(Collectors.toSet());
    Set<String> unknown = knowledge.entries().keySet();
    unknown.removeAll(known);
    unknownSinceNanos.keySet().retainAll(unknown);
    unknown.forEach(key -> unknownSinceNanos.putIfAbsent(key, nowNanos));
    if (!now.coordinator().equals(nodeId.get())) {
      return;
    }
    unknownSinceNanos.forEach(
        (key, since) -> {
          if (nowNanos - since > FORGOTTEN_AFTER.toNanos()) {
            knowledge.remove(key).onFailure(tryAgainNextTime -> {});
          }
        });
  }
}
