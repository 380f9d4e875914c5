package dev.mabeam.dashboard;

import static dev.mabeam.dashboard.Exchange.answer;
import static dev.mabeam.dashboard.Exchange.body;
import static dev.mabeam.dashboard.Exchange.here;
import static dev.mabeam.dashboard.Exchange.path;
import static dev.mabeam.dashboard.Exchange.validated;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.Agents;
import dev.mabeam.agent.InSession;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** What the operations on agents do. Messages and their answers have no envelope. */
final class AgentOperations {
  static final String BYTES = "application/octet-stream";
  private static final String PATH = "/api/v1/agents";

  private final ClusterAccess cluster;

  AgentOperations(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  Map<String, Handler<RoutingContext>> handlers() {
    return Map.of(
        "listAgents", this::list,
        "deployAgent", this::deploy,
        "getAgent", this::get,
        "undeployAgent", this::undeploy,
        "askAgent", this::ask,
        "tellAgent", this::tell,
        "explainPlacement", this::explain);
  }

  private void list(RoutingContext request) {
    answer(
        request,
        200,
        new JsonArray(cluster.agents().list().stream().map(AgentJson::agent).toList()));
  }

  private void deploy(RoutingContext request) {
    JsonObject wanted = body(request);
    Guard.target(request, wanted.getString("id"));
    here(request, cluster.agents().deploy(AgentJson.spec(wanted)))
        .onComplete(
            agent -> Exchange.created(request, PATH, agent.id(), AgentJson.agent(agent)),
            request::fail);
  }

  private void get(RoutingContext request) {
    String id = path(request, "id");
    AgentInfo found =
        cluster
            .agents()
            .get(id)
            .orElseThrow(
                () ->
                    new MabeamException(
                        ErrorCode.AGENT_NOT_FOUND,
                        "there is no agent '" + id + "'",
                        "GET " + PATH + " lists the agents"));
    answer(request, 200, AgentJson.agent(found));
  }

  private void undeploy(RoutingContext request) {
    String id = path(request, "id");
    Guard.target(request, id);
    Exchange.gone(request, cluster.agents().undeploy(id));
  }

  private void ask(RoutingContext request) {
    String id = path(request, "id");
    Guard.target(request, id);
    long timeout =
        validated(request)
            .getQuery()
            .get("timeoutMs")
            .getLong(Agents.DEFAULT_DEADLINE.toMillis());
    here(request, ask(request, id, Duration.ofMillis(timeout)))
        .onComplete(value -> pass(request, id, value), request::fail);
  }

  private Future<Object> ask(RoutingContext request, String id, Duration deadline) {
    InSession number = number(request);
    return number == null
        ? cluster.agents().ask(id, message(request), deadline)
        : cluster.agents().ask(id, message(request), deadline, number);
  }

  private void tell(RoutingContext request) {
    String id = path(request, "id");
    Guard.target(request, id);
    InSession number = number(request);
    Future<Void> told =
        number == null
            ? cluster.agents().tell(id, message(request))
            : cluster.agents().tell(id, message(request), number);
    answer(request, 202, told.map(new JsonObject().put("id", id)));
  }

  /** Null if the client does not number its messages. */
  private static InSession number(RoutingContext request) {
    HttpServerRequest from = request.request();
    return InSession.of(
        from.getHeader(InSession.SESSION),
        from.getHeader(InSession.SEQUENCE),
        from.getHeader(InSession.FLOOR),
        from.getHeader(InSession.AGE));
  }

  /** The request's body, as an agent gets it. */
  private static Object message(RoutingContext request) {
    Buffer body = request.body().buffer();
    String type = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
    boolean bytes = type != null && type.toLowerCase(Locale.ROOT).startsWith(BYTES);
    return bytes ? body : BusGateway.sendable(Json.decodeValue(body));
  }

  private static void pass(RoutingContext request, String id, Object value) {
    if (value instanceof Buffer bytes) {
      answer(request, 200, BYTES, bytes);
    } else if (value == null || BusGateway.isJson(value)) {
      answer(request, 200, value);
    } else {
      request.fail(
          new MabeamException(
              ErrorCode.INTERNAL,
              "agent '" + id + "' answered with a " + value.getClass().getSimpleName()
                  + ", which is neither JSON nor a buffer",
              "answer with a JsonObject, JsonArray, String, number, Boolean or Buffer"));
    }
  }

  private void explain(RoutingContext request) {
    JsonObject wanted = body(request);
    Guard.target(request, wanted.getString("id", wanted.getString("type")));
    answer(request, 200, cluster.explain(AgentJson.spec(wanted)));
  }
}
