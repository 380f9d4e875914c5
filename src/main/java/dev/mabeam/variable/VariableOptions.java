package dev.mabeam.variable;

import dev.mabeam.variable.conflict.MapByKey;
import io.vertx.core.json.JsonObject;
import java.util.Objects;

/**
 * How a variable behaves.
 *
 * @param consistency what a reader may see
 * @param sync how an update travels
 * @param conflict what concurrent updates become
 * @param merge which merge function: {@code map-by-key}, {@code max}, {@code min}, {@code
 *     set-union} or {@code counter}; empty for the other resolutions, and never null
 * @param replicationFactor how many nodes keep it; 0 for all
 * @param value the first value, or null
 */
public record VariableOptions(
    Consistency consistency,
    SyncStrategy sync,
    ConflictResolution conflict,
    String merge,
    int replicationFactor,
    Object value) {
  /** Eventual, by gossip, vector clocks, three replicas, no value. */
  public static final VariableOptions DEFAULT =
      new VariableOptions(
          Consistency.EVENTUAL,
          SyncStrategy.GOSSIP,
          ConflictResolution.VECTOR_CLOCKS,
          "",
          3,
          null);

  public VariableOptions {
    Objects.requireNonNull(consistency, "consistency");
    Objects.requireNonNull(sync, "sync");
    Objects.requireNonNull(conflict, "conflict");
    if (conflict != ConflictResolution.MERGE_FUNCTION) {
      merge = "";
    } else if (merge == null || merge.isEmpty()) {
      merge = MapByKey.NAME;
    }
  }

  public VariableOptions withConsistency(Consistency consistency) {
    return new VariableOptions(consistency, sync, conflict, merge, replicationFactor, value);
  }

  public VariableOptions withSync(SyncStrategy sync) {
    return new VariableOptions(consistency, sync, conflict, merge, replicationFactor, value);
  }

  public VariableOptions withConflict(ConflictResolution conflict) {
    return new VariableOptions(consistency, sync, conflict, merge, replicationFactor, value);
  }

  /** What is concurrent is merged by the function of that name. */
  public VariableOptions withMerge(String merge) {
    return new VariableOptions(
        consistency, sync, ConflictResolution.MERGE_FUNCTION, merge, replicationFactor, value);
  }

  /** Kept by so many nodes; 0 for all. */
  public VariableOptions withReplicationFactor(int replicationFactor) {
    return new VariableOptions(consistency, sync, conflict, merge, replicationFactor, value);
  }

  /** The first value. */
  public VariableOptions withValue(Object value) {
    return new VariableOptions(consistency, sync, conflict, merge, replicationFactor, value);
  }

  /** The keys are the components' names. */
  JsonObject toJson() {
    return Values.put(new JsonObject(), "value", value)
        .put("consistency", consistency.word())
        .put("sync", sync.word())
        .put("conflict", conflict.word())
        .put("merge", merge)
        .put("replicationFactor", replicationFactor);
  }

  /**
   * What differs from {@link #DEFAULT} alone, for the log: what a missing key means there can never
   * be changed.
   */
  JsonObject toBriefJson() {
    JsonObject all = toJson();
    JsonObject usual = DEFAULT.toJson();
    all.getMap()
        .entrySet()
        .removeIf(each -> Objects.equals(each.getValue(), usual.getValue(each.getKey())));
    return all;
  }

  /** The inverse of both; what is missing is as in {@link #DEFAULT}. */
  static VariableOptions fromJson(JsonObject json) {
    return new VariableOptions(
        Consistency.of(json.getString("consistency", DEFAULT.consistency.word())),
        SyncStrategy.of(json.getString("sync", DEFAULT.sync.word())),
        ConflictResolution.of(json.getString("conflict", DEFAULT.conflict.word())),
        json.getString("merge", DEFAULT.merge).intern(),
        json.getInteger("replicationFactor", DEFAULT.replicationFactor),
        Values.take(json, "value"));
  }
}
