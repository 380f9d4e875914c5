package dev.mabeam.membership;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The cluster, as one node sees it.
 *
 * @param id the cluster's id, made when it was founded
 * @param mode {@code normal}, or {@code read-only} on the smaller side of a cut
 * @param view the number of the view that this node is in
 * @param coordinator the id of the view's first node, or its name while no more is known of it
 * @param topology {@code ring}, {@code mesh} or {@code star}
 */
public record ClusterStatus(
    String id, String mode, long view, String coordinator, String topology, List<NodeInfo> nodes) {
  /** The mode in which the caches take writes. */
  public static final String NORMAL = "normal";
  /** The mode in which they do not. */
  public static final String READ_ONLY = "read-only";

  public ClusterStatus {
    nodes = List.copyOf(nodes);
  }

  public JsonObject toJson() {
    return new JsonObject()
        .put("id", id)
        .put("mode", mode)
        .put("view", view)
        .put("coordinator", coordinator)
        .put("topology", topology)
        .put("nodes", new JsonArray(nodes.stream().map(NodeInfo::toJson).toList()));
  }
}
