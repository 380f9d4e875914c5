package dev.mabeam.dashboard;

import static dev.mabeam.dashboard.Exchange.answer;
import static dev.mabeam.dashboard.Exchange.body;
import static dev.mabeam.dashboard.Exchange.here;
import static dev.mabeam.dashboard.Exchange.path;

import dev.mabeam.variable.WriteOptions;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;

/** What the operations on variables do. */
final class VariableOperations {
  private static final String PATH = "/api/v1/variables";

  private final ClusterAccess cluster;

  VariableOperations(ClusterAccess cluster) {
    this.cluster = cluster;
  }

  Map<String, Handler<RoutingContext>> handlers() {
    return Map.of(
        "listVariables", this::list,
        "distributeVariable", this::distribute,
        "getVariable", this::get,
        "setVariable", this::set);
  }

  private void list(RoutingContext request) {
    answer(
        request,
        200,
        new JsonArray(
            cluster.variables().list().stream().map(VariableJson::definition).toList()));
  }

  private void distribute(RoutingContext request) {
    JsonObject wanted = body(request);
    String name = wanted.getString("name");
    Guard.target(request, name);
    here(request, cluster.variables().distribute(name, VariableJson.options(wanted)))
        .onComplete(
            known -> Exchange.created(request, PATH, name, VariableJson.definition(known)),
            request::fail);
  }

  private void get(RoutingContext request) {
    String name = path(request, "name");
    answer(
        request,
        200,
        cluster.variables().get(name).map(value -> VariableJson.value(name, value)));
  }

  private void set(RoutingContext request) {
    String name = path(request, "name");
    JsonObject wanted = body(request);
    Guard.target(request, name);
    WriteOptions options =
        new WriteOptions(wanted.getString("acks", WriteOptions.DEFAULT.acks()));
    answer(
        request,
        200,
        cluster
            .variables()
            .set(name, wanted.getValue("value"), options)
            .map(value -> VariableJson.value(name, value)));
  }
}
