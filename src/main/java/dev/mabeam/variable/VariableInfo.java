package dev.mabeam.variable;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * A variable's definition, as decided.
 *
 * @param master the id of the node that is its master at {@code epoch}
 * @param replicas the ids of the nodes that keep its value
 * @param set counts the replica sets that there were, from 1: a replica that is in the first one
 *     starts from the variable's first value, one that came later is filled from the others
 */
public record VariableInfo(
    String name,
    VariableOptions options,
    String master,
    long epoch,
    List<String> replicas,
    long set) {
  public VariableInfo {
    // Nodes are few and variables many: they share the ids.
    master = master.intern();
    replicas = replicas.stream().map(String::intern).toList();
  }

  /** With its first replica set. */
  public VariableInfo(
      String name, VariableOptions options, String master, long epoch, List<String> replicas) {
    this(name, options, master, epoch, replicas, 1);
  }

  /**
   * Which of the replicas may take a write: all, or only the master where it is the one to give
   * writes their order.
   */
  public List<String> takers() {
    return options.sync() == SyncStrategy.LEADER_FOLLOWER ? List.of(master) : replicas;
  }

  /** The keys are the components' names. */
  JsonObject toJson() {
    return new JsonObject()
        .put("name", name)
        .put("options", options.toJson())
        .put("master", master)
        .put("epoch", epoch)
        .put("replicas", new JsonArray(replicas))
        .put("set", set);
  }

  /** The inverse of {@link #toJson}; ignores keys that this version does not know. */
  static VariableInfo fromJson(JsonObject json) {
    return new VariableInfo(
        json.getString("name"),
        VariableOptions.fromJson(json.getJsonObject("options")),
        json.getString("master"),
        json.getLong("epoch"),
        json.getJsonArray("replicas").stream().map(String.class::cast).toList(),
        json.getLong("set", 1L));
  }
}
