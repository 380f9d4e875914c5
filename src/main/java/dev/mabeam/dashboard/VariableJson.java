package dev.mabeam.dashboard;

import dev.mabeam.variable.ConflictResolution;
import dev.mabeam.variable.Consistency;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableOptions;
import dev.mabeam.variable.VariableValue;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Variables as the contract writes them; what it reads here was validated against that before. */
final class VariableJson {
  private VariableJson() {}

  /** {@code VariableSpec}, but for the name. */
  static VariableOptions options(JsonObject json) {
    VariableOptions usual = VariableOptions.DEFAULT;
    // Whoever names a merge function means to merge.
    ConflictResolution conflict =
        json.containsKey("merge") ? ConflictResolution.MERGE_FUNCTION : usual.conflict();
    return new VariableOptions(
        Consistency.of(json.getString("consistency", usual.consistency().word())),
        SyncStrategy.of(json.getString("sync", usual.sync().word())),
        ConflictResolution.of(json.getString("conflict", conflict.word())),
        json.getString("merge", usual.merge()),
        json.getInteger("replicationFactor", usual.replicationFactor()),
        json.getValue("value"));
  }

  /** {@code Variable}. */
  static JsonObject definition(VariableInfo variable) {
    VariableOptions options = variable.options();
    return new JsonObject()
        .put("name", variable.name())
        .put("replicationFactor", options.replicationFactor())
        .put("consistency", options.consistency().word())
        .put("sync", options.sync().word())
        .put("conflict", options.conflict().word())
        .put("merge", options.merge())
        .put("master", variable.master())
        .put("epoch", variable.epoch())
        .put("replicas", new JsonArray(variable.replicas()));
  }

  /** {@code VariableValue}. */
  static JsonObject value(String name, VariableValue value) {
    return new JsonObject()
        .put("name", name)
        .put("value", value.value())
        .put("version", value.version())
        .put("siblings", new JsonArray(value.siblings()))
        .put("node", value.node())
        .put("stale", value.stale());
  }
}
