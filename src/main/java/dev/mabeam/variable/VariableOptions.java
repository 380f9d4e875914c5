package dev.mabeam.variable;

import io.vertx.core.json.JsonObject;

/**
 * How a variable behaves.
 *
 * @param consistency what a reader may see: {@code eventual}
 * @param sync how an update travels: {@code gossip}
 * @param conflict what concurrent updates become: {@code merge_function}, {@code
 *     last_writer_wins} or {@code vector_clocks}
 * @param merge which merge function: {@code map-by-key}, {@code max}, {@code min}, {@code
 *     set-union} or {@code counter}; of no meaning for the other resolutions, and never null
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
  public VariableOptions {
    merge = merge == null ? "" : merge;
  }

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

  /**
   * The inverse of {@link #toJson}; what is missing is as in {@link #DEFAULT}. The words are few,
   * and shared by all variables.
   */
  static VariableOptions fromJson(JsonObject json) {
    return new VariableOptions(
        word(json, "consistency", DEFAULT.consistency),
        word(json, "sync", DEFAULT.sync),
        word(json, "conflict", DEFAULT.conflict),
        word(json, "merge", DEFAULT.merge),
        json.getInteger("replicationFactor", DEFAULT.replicationFactor),
        json.getValue("value"));
  }

  private static String word(JsonObject json, String key, String usual) {
    String word = json.getString(key, usual);
    return word == null ? null : word.intern();
  }
}
