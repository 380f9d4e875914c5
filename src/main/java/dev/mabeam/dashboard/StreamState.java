package dev.mabeam.dashboard;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a dashboard shows, at one moment, and how one moment becomes the next.
 *
 * @param cluster {@code id, mode, view, coordinator, topology, node, version, consensus, agents,
 *     variables}
 * @param nodes by id
 * @param verticles by id
 * @param agents the first {@link #AGENTS} by id, in short
 * @param agentCounts how many there are on each node, of all of them
 * @param variables by name
 * @param moves of agents under way, waiting and just ended, by agent and time
 * @param events the newest {@link #EVENTS}, oldest first
 */
record StreamState(
    JsonObject cluster,
    Map<String, JsonObject> nodes,
    Map<String, JsonObject> verticles,
    Map<String, JsonObject> agents,
    JsonObject agentCounts,
    Map<String, JsonObject> variables,
    Map<String, JsonObject> moves,
    List<JsonObject> events) {
  /** How many events a dashboard keeps. */
  static final int EVENTS = 200;
  /** How many agents a dashboard has one by one; of the others it has numbers. */
  static final int AGENTS = 200;

  StreamState {
    nodes = Map.copyOf(nodes);
    verticles = Map.copyOf(verticles);
    agents = Map.copyOf(agents);
    variables = Map.copyOf(variables);
    moves = Map.copyOf(moves);
    events = List.copyOf(events);
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("cluster", cluster)
        .put("nodes", object(nodes))
        .put("verticles", object(verticles))
        .put("agents", object(agents))
        .put("agentCounts", agentCounts)
        .put("variables", object(variables))
        .put("moves", object(moves))
        .put("events", new JsonArray(events));
  }

  private static JsonObject object(Map<String, JsonObject> rows) {
    JsonObject json = new JsonObject();
    rows.forEach(json::put);
    return json;
  }

  /** The ops that make {@code next} of this; applied in order, they give exactly that. */
  JsonArray diff(StreamState next) {
    JsonArray ops = new JsonArray();
    if (!cluster.equals(next.cluster)) {
      ops.add(put(next.cluster, "cluster"));
    }
    diffRows(ops, "nodes", nodes, next.nodes);
    diffRows(ops, "verticles", verticles, next.verticles);
    diffRows(ops, "agents", agents, next.agents);
    if (!agentCounts.equals(next.agentCounts)) {
      ops.add(put(next.agentCounts, "agentCounts"));
    }
    diffRows(ops, "variables", variables, next.variables);
    diffRows(ops, "moves", moves, next.moves);
    diffEvents(ops, next.events);
    return ops;
  }

  private static void diffRows(
      JsonArray ops, String key, Map<String, JsonObject> from, Map<String, JsonObject> to) {
    from.keySet().stream()
        .filter(id -> !to.containsKey(id))
        .forEach(
            id ->
                ops.add(
                    new JsonObject().put("op", "remove").put("path", JsonArray.of(key, id))));
    to.forEach(
        (id, row) -> {
          if (!row.equals(from.get(id))) {
            ops.add(put(row, key, id));
          }
        });
  }

  /** New events are nearly always the newest; one that came late puts the list anew. */
  private void diffEvents(JsonArray ops, List<JsonObject> to) {
    if (ids(events).equals(ids(to))) {
      return;
    }
    int known = events.isEmpty() ? 0 : ids(to).indexOf(id(events.get(events.size() - 1))) + 1;
    List<JsonObject> appended = to.subList(known, to.size());
    List<String> after = new ArrayList<>(ids(events));
    after.addAll(ids(appended));
    if (after.subList(Math.max(0, after.size() - EVENTS), after.size()).equals(ids(to))) {
      appended.forEach(event -> ops.add(new JsonObject().put("op", "event").put("value", event)));
    } else {
      ops.add(put(new JsonArray(to), "events"));
    }
  }

  private static List<String> ids(List<JsonObject> events) {
    return events.stream().map(StreamState::id).toList();
  }

  private static String id(JsonObject event) {
    return event.getString("id");
  }

  private static JsonObject put(Object value, String... path) {
    return new JsonObject()
        .put("op", "put")
        .put("path", new JsonArray(List.of(path)))
        .put("value", value);
  }
}
