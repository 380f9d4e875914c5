package dev.mabeam.variable;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A variable's definition, as decided.
 *
 * @param master the id of the node that is its master at {@code epoch}
 * @param replicas the ids of the nodes that keep its value
 */
public record VariableInfo(
    String name, VariableOptions options, String master, long epoch, List<String> replicas) {
  public VariableInfo {
    replicas = List.copyOf(replicas);
  }

  /** The keys are the components' names. */
  JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("options", options.toJson())
        .put("master", master)
        .put("epoch", epoch)
        .put("replicas", new JsonArray(replicas));
  }

  /** The inverse of {@link #toJson}; ignores keys that this version does not know. */
  static VariableInfo fromJson(JsonObject json) {
    return new VariableInfo(
        json.getString("name"),
        VariableOptions.fromJson(json.getJsonObject("options")),
        json.getString("master"),
        json.getLong("epoch"),
        json.getJsonArray("replicas").stream().map(String.class::cast).toList());
  }
}
