package dev.mabeam.dashboard;

import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What an orchestrator asks a node about itself. Local on purpose: <em>live</em> never depends on
 * the cluster, or a partition would have every process restarted, and <em>ready</em> never asks
 * for a number of nodes, or a cluster that starts one by one would never start.
 */
final class Health {
  private record Check(String id, BooleanSupplier up, String reason) {
    JsonObject toJson(boolean isUp) {
      JsonObject json = new JsonObject().put("id", id).put("status", isUp ? "UP" : "DOWN");
      return isUp ? json : json.put("reason", reason);
    }
  }

  /** An outcome: {@code {"status","checks"}}. */
  record Outcome(boolean up, JsonObject json) {}

  private final List<Check> live;
  private final List<Check> ready;

  Health(DashboardContext context) {
    ClusterAccess cluster = context.cluster();
    // Whoever reads this answer has proved the check.
    live = List.of(new Check("event-loop", () -> true, ""));
    ready =
        List.of(
            new Check("joined", () -> hasJoined(cluster), "the node is not in a cluster yet"),
            new Check("caches", context.cachesRunning(), "the grid's caches do not run"),
            new Check(
                "writable",
                () -> ClusterStatus.NORMAL.equals(cluster.status().mode()),
                "this side of the cluster has no majority"),
            new Check(
                "disk",
                context.roomOnDisk(),
                "less than 16 MB are free in the data directory, so nothing more may be kept there;"
                    + " free some space, and start the node again if its log says that a store"
                    + " confirms or keeps nothing more"),
            new Check(
                "not-stopping", () -> !context.stopping().getAsBoolean(), "the node is stopping"));
  }

  private static boolean hasJoined(ClusterAccess cluster) {
    return cluster
        .node(cluster.nodeId())
        .map(self -> self.status() != NodeStatus.JOINING)
        .orElse(false);
  }

  Outcome live() {
    return evaluate(live);
  }

  Outcome ready() {
    return evaluate(ready);
  }

  private static Outcome evaluate(List<Check> checks) {
    boolean all = true;
    JsonArray rows = new JsonArray();
    for (Check check : checks) {
      boolean up = isUp(check);
      all &= up;
      rows.add(check.toJson(up));
    }
    return new Outcome(
        all, new JsonObject().put("status", all ? "UP" : "DOWN").put("checks", rows));
  }

  /** A check that cannot be made, because its room has gone already, is down. */
  private static boolean isUp(Check check) {
    try {
      return check.up().getAsBoolean();
    } catch (RuntimeException gone) {
      return false;
    }
  }
}
