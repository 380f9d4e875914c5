package dev.mabeam.dashboard;

import static dev.mabeam.dashboard.Exchange.answer;
import static dev.mabeam.dashboard.Exchange.body;
import static dev.mabeam.dashboard.Exchange.path;
import static dev.mabeam.dashboard.Exchange.validated;

import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.migration.Drained;
import dev.mabeam.migration.Foreseen;
import dev.mabeam.migration.MigrationList;
import dev.mabeam.migration.Move;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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

  /** Of the stream: by agent and time, since an agent may move more than once. */
  static Map<String, JsonObject> rows(MigrationList list) {
    Map<String, JsonObject> rows = new HashMap<>();
    Stream.of(list.recent(), list.waiting(), list.running())
        .flatMap(List::stream)
        .forEach(move -> rows.put(move.agent() + "@" + move.at(), row(move)));
    return rows;
  }

  /** {@code MoveRow}. */
  private static JsonObject row(Move move) {
    return new JsonObject()
        .put("id", move.agent() + "@" + move.at())
        .put("agent", move.agent())
        .put("from", move.from())
        .put("to", move.to())
        .put("stage", move.stage().json())
        .put("at", move.at())
        .put("ms", move.stage().last() ? move.ms() : 0)
        .put("paused", move.phases().paused())
        .put("phases", move.phases().toJson())
        .put("bytes", move.bytes())
        .put("why", move.error() == null ? "" : move.error().getMessage());
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
