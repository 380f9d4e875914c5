package dev.mabeam.dashboard;

import static dev.mabeam.dashboard.Exchange.answer;
import static dev.mabeam.dashboard.Exchange.body;
import static dev.mabeam.dashboard.Exchange.path;
import static dev.mabeam.dashboard.Exchange.validated;

import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.LoggedEvent;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.verticle.DeployRequest;
import dev.mabeam.verticle.VerticleInfo;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.openapi.validation.ValidatedRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What each operation of the contract does; requests were validated before they come here. */
final class Operations {
  private static final int DEFAULT_EVENTS = 100;

  private final DashboardContext node;
  private final JsonObject contract;
  private final EventMirror events;
  private final BusGateway bus;
  private final StreamGateway stream;
  private final Health health;

  Operations(
      DashboardContext node,
      JsonObject contract,
      EventMirror events,
      BusGateway bus,
      StreamGateway stream) {
    this.node = node;
    this.contract = contract;
    this.events = events;
    this.bus = bus;
    this.stream = stream;
    this.health = new Health(node);
  }

  /** The handler of each operation, by the operation's id. */
  Map<String, Handler<RoutingContext>> handlers() {
    Map<String, Handler<RoutingContext>> all = new HashMap<>(own());
    all.putAll(new AgentOperations(node.cluster()).handlers());
    all.putAll(new MoveOperations(node.cluster()).handlers());
    all.putAll(new VariableOperations(node.cluster()).handlers());
    return all;
  }

  private Map<String, Handler<RoutingContext>> own() {
    return Map.ofEntries(
        Map.entry("getCluster", request -> answer(request, 200, cluster())),
        Map.entry("joinCluster", this::join),
        Map.entry("listNodes", request -> answer(request, 200, nodes())),
        Map.entry("getNode", this::getNode),
        Map.entry("listVerticles", request -> answer(request, 200, verticles())),
        Map.entry("deployVerticle", this::deploy),
        Map.entry("getVerticle", this::getVerticle),
        Map.entry("undeployVerticle", this::undeploy),
        Map.entry("publish", this::publish),
        Map.entry("request", this::request),
        Map.entry("listEvents", this::listEvents),
        Map.entry("stream", stream),
        Map.entry("getContract", request -> answer(request, 200, contract)),
        Map.entry("live", request -> check(request, health.live())),
        Map.entry("ready", request -> check(request, health.ready())),
        Map.entry("metrics", this::metrics));
  }

  private JsonObject cluster() {
    return node.cluster()
        .status()
        .toJson()
        .put("nodes", nodes())
        .put("node", node.cluster().nodeId())
        .put("version", node.version())
        .put("verticles", node.cluster().verticles().size())
        .put("agents", node.cluster().agents().list().size())
        .put("variables", node.cluster().variables().count())
        .put("consensus", consensus(node.cluster().consensus()));
  }

  /** {@code Consensus}. */
  static JsonObject consensus(ConsensusStatus status) {
    return new JsonObject()
        .put("leader", status.leader())
        .put("voters", new JsonArray(status.voters()))
        .put("quorum", status.quorum());
  }

  private JsonArray nodes() {
    return new JsonArray(
        node.cluster().status().nodes().stream()
            .map(each -> MoveOperations.node(node.cluster(), each))
            .toList());
  }

  private JsonArray verticles() {
    return new JsonArray(node.cluster().verticles().stream().map(VerticleInfo::toJson).toList());
  }

  private void join(RoutingContext request) {
    JsonArray named = body(request).getJsonArray("seeds");
    List<String> seeds = named.stream().map(String.class::cast).toList();
    Guard.target(request, String.join(",", seeds));
    answer(request, 202, node.cluster().join(seeds).map(new JsonObject().put("seeds", named)));
  }

  private void getNode(RoutingContext request) {
    String id = path(request, "id");
    NodeInfo found =
        node.cluster()
            .node(id)
            .orElseThrow(() -> missing("node", id, "GET /api/v1/nodes lists the nodes"));
    answer(request, 200, MoveOperations.node(node.cluster(), found));
  }

  private void deploy(RoutingContext request) {
    JsonObject wanted = body(request);
    Guard.target(request, wanted.getString("id", wanted.getString("class")));
    node.cluster()
        .deploy(DeployRequest.fromJson(wanted))
        .onComplete(
            deployed ->
                Exchange.created(request, "/api/v1/verticles", deployed.id(), deployed.toJson()),
            request::fail);
  }

  private void getVerticle(RoutingContext request) {
    String id = path(request, "id");
    VerticleInfo found =
        node.cluster()
            .verticle(id)
            .orElseThrow(
                () -> missing("verticle", id, "GET /api/v1/verticles lists the verticles"));
    answer(request, 200, found.toJson());
  }

  private void undeploy(RoutingContext request) {
    String id = path(request, "id");
    Guard.target(request, id);
    Exchange.gone(request, node.cluster().undeploy(id));
  }

  private void publish(RoutingContext request) {
    JsonObject message = body(request);
    String address = message.getString("address");
    Guard.target(request, address);
    bus.publish(address, message.getValue("body"));
    answer(request, 202, new JsonObject().put("address", address));
  }

  private void request(RoutingContext request) {
    JsonObject message = body(request);
    String address = message.getString("address");
    Guard.target(request, address);
    long timeout = message.getLong("timeoutMs", BusGateway.DEFAULT_TIMEOUT.toMillis());
    answer(
        request,
        200,
        bus.request(address, message.getValue("body"), timeout)
            .map(reply -> new JsonObject().put("body", reply)));
  }

  private void listEvents(RoutingContext request) {
    ValidatedRequest valid = validated(request);
    int limit = valid.getQuery().get("limit").getInteger(DEFAULT_EVENTS);
    String type = valid.getQuery().get("type").getString();
    List<LoggedEvent> found = type == null ? events.newest(limit) : events.newest(limit, type);
    JsonArray rows = new JsonArray(found.stream().map(LoggedEvent::toJson).toList());
    answer(request, 200, new JsonObject().put("events", rows));
  }

  private void metrics(RoutingContext request) {
    request
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
        .end(node.registry().scrape());
  }

  private static MabeamException missing(String what, String id, String hint) {
    return new MabeamException(ErrorCode.NOT_FOUND, "there is no " + what + " '" + id + "'", hint);
  }

  private static void check(RoutingContext request, Health.Outcome outcome) {
    answer(request, outcome.up() ? 200 : 503, outcome.json());
  }
}
