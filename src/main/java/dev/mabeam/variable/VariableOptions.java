package dev.mabeam.variable;

import io.vertx.core.json.JsonObject;

/**
 * How a variable behaves.
 *
 * @param consistency what a reader may see: {@code eventual}
 * @param sync how an update travels: {@code gossip}
 * @param conflict what concurrent updates become: {@code merge_function}
 * @param merge which merge function: {@code map-by-key}
 * @param replicationFactor how many nodes keep it; 0 for all
 * @param value the first value, or null
 */
public record VariableOptions(
    String consistency,
    String sync,
    String conflict,
    String merge,
    int replicationFactor,
    Object value) {
  /** Eventual, by gossip, maps merged by key, three replicas, no value. */
  public static final VariableOptions DEFAULT =
      new VariableOptions("eventual", "gossip", "merge_function", "map-by-key", 3, null);

  /** The keys are the components' names. */
  JsonObject toJson() {
    return new JsonObject()
        .put("consistency", consistency)
        .put("sync", sync)
        .put("conflict", conflict)
        .put("merge", merge)
        .put("replicationFactor", replicationFactor)
        .put("value", value);
  }

  /** The inverse of {@link #toJson}; what is missing is as in {@link #DEFAULT}. */
  static VariableOptions fromJson(JsonObject json) {
    return new VariableOptions(
        json.getString("consistency", DEFAULT.consistency),
        json.getString("sync", DEFAULT.sync),
        json.getString("conflict", DEFAULT.conflict),
        json.getString("merge", DEFAULT.merge),
        json.getInteger("replicationFactor", DEFAULT.replicationFactor),
        json.getValue("value"));
  }
}
