package dev.mabeam.variable;

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
}
