package dev.mabeam.dashboard;

import static dev.mabeam.dashboard.Exchange.answer;
import static dev.mabeam.dashboard.Exchange.body;
import static dev.mabeam.dashboard.Exchange.path;
import static dev.mabeam.dashboard.Exchange.validated;

import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.migration.Drained;
import dev.mabeam.migration.Foreseen;
import dev.mabeam.migration.Move;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;

/** What the operations on moving, draining and recovering do. */
final class MoveOperations {
  private static final Duration DRAINING = Duration.ofSeconds(10);

  private final ClusterAccess cluster;

  MoveOperations(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  Map<String, Handler<RoutingContext>> handlers() {
    return Map.of(
        "migrateAgent", this::migrate,
        "recoverAgent", this::recover,
        "listMigrations", request -> answer(request, 200, cluster.migrations().list().toJson()),
        "drainNode", this::drain,
        "undrainNode", this::undrain);
  }

  private void migrate(RoutingContext request) {
    String id = path(request, "id");
    Guard.target(request, id);
    String to = body(request).getString("to");
    if (body(request).getBoolean("dryRun", false)) {
      answer(request, 200, cluster.migrations().foresee(id, to).map(Foreseen::toJson));
    } else {
      answer(request, 200, cluster.migrations().migrate(id, to).map(Move::toJson));
    }
  }

  private void recover(RoutingContext request) {
    String id = path(request, "id");
    Guard.target(request, id);
    boolean acceptLoss = body(request).getBoolean("acceptLoss", false);
    answer(request, 200, cluster.recovery().recover(id, acceptLoss).map(AgentJson::agent));
  }

  private void drain(RoutingContext request) {
    String node = path(request, "id");
    Guard.target(request, node);
    long timeout =
        validated(request).getQuery().get("timeoutMs").getLong(DRAINING.toMillis());
    answer(
        request,
        200,
        cluster.migrations().drain(node, Duration.ofMillis(timeout)).map(Drained::toJson));
  }

  private void undrain(RoutingContext request) {
    String node = path(request, "id");
    Guard.target(request, node);
    answer(
        request,
        200,
        cluster.migrations().undrain(node).map(new JsonObject().put("node", node)));
  }

  /** {@code Node}: one that is being drained is about to leave. */
  static JsonObject node(ClusterAccess cluster, NodeInfo node) {
    boolean cordoned = cluster.cordoned().contains(node.id());
    boolean draining =
        cordoned
            && node.status() == NodeStatus.ACTIVE
            && cluster.migrations().list().drains().stream()
                .anyMatch(drain -> drain.node().equals(node.id()) && !drain.done());
    NodeInfo shown = draining ? node.withStatus(NodeStatus.LEAVING) : node;
    return shown.toJson().put("cordoned", cordoned);
  }
}
