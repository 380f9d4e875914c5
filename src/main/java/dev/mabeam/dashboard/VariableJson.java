package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.ConflictResolution;
import dev.mabeam.variable.Consistency;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.VariableChange;
import dev.mabeam.variable.VariableExplanation;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableOptions;
import dev.mabeam.variable.VariableValue;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.List;

/** Variables as the contract writes them; what it reads here was validated against that before. */
final class VariableJson {
  private static final String BYTES = "Bytes";

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
        take(json, "value"));
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
    return put(new JsonObject().put("name", name), "value", value.value())
        .put("version", value.version())
        .put("siblings", values(value.siblings()))
        .put("node", value.node())
        .put("stale", value.stale())
        .put("deleted", value.deleted())
        .put("token", value.token().encode());
  }

  /** {@code VariableChange}. */
  static JsonObject change(VariableChange change) {
    return value(change.name(), change.value()).put("skipped", change.skipped());
  }

  /** {@code VariableExplanation}. */
  static JsonObject explanation(VariableExplanation explained) {
    JsonArray standings = new JsonArray();
    for (VariableExplanation.Standing each : explained.replicas()) {
      standings.add(
          put(new JsonObject().put("node", each.node()), "value", each.value())
              .put("role", each.role())
              .put("version", each.version())
              .put("siblings", values(each.siblings()))
              .put("hidden", each.hidden())
              .put("behind", each.behind()));
    }
    return definition(explained.definition())
        .put("standings", standings)
        .put("behind", new JsonArray(explained.behind()));
  }

  /** What {@link #put} wrote; INVALID if there is both a value and bytes, or no base 64. */
  static Object take(JsonObject json, String field) {
    String text = json.getString(field + BYTES);
    if (text == null) {
      return json.getValue(field);
    }
    if (json.containsKey(field)) {
      throw new MabeamException(
          ErrorCode.INVALID, "it has both " + field + " and " + field + BYTES, "leave one out");
    }
    try {
      return Buffer.buffer(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException notBase64) {
      throw new MabeamException(
          ErrorCode.INVALID,
          field + BYTES + " is no base 64 of the kind that fits into a URL",
          "with - and _, without line breaks");
    }
  }

  /** Bytes are no JSON: they stand beside it, as text. */
  private static JsonObject put(JsonObject json, String field, Object value) {
    return value instanceof Buffer bytes
        ? json.putNull(field).put(field + BYTES, text(bytes))
        : json.put(field, value);
  }

  /** Bytes as {@code {"valueBytes":…}}. */
  private static JsonArray values(List<Object> values) {
    JsonArray array = new JsonArray();
    values.forEach(
        each ->
            array.add(
                each instanceof Buffer bytes
                    ? new JsonObject().put("value" + BYTES, text(bytes))
                    : each));
    return array;
  }

  private static String text(Buffer bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.getBytes());
  }
}
