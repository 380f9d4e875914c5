package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.conflict.Write;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.NoSuchElementException;
import java.util.function.Supplier;

/**
 * How reads and writes are asked of another node. A failure stands <em>inside</em> the answer, so a
 * request that fails means that the node did not answer, also where the code is the same.
 */
final class Remote {
  private Remote() {}

  /**
   * A write as it is asked of a replica.
   *
   * @param id of the request: sent twice, it is done once
   * @param write without a store; that is the replica's
   * @param millis how long a majority may be waited for
   */
  record Asked(String id, String name, Write write, String acks, long millis) {
    JsonObject toJson() {
      return new JsonObject()
          .put("v", 1)
          .put("id", id)
          .put("name", name)
          .put("value", write.value())
          .put("key", write.key())
          .put("epoch", write.epoch())
          .put("stamp", write.stamp().toJson())
          .put("acks", acks)
          .put("millis", millis);
    }

    static Asked fromJson(JsonObject json) {
      return read(
          () ->
              new Asked(
                  json.getString("id"),
                  json.getString("name"),
                  new Write(
                      json.getValue("value"),
                      json.getString("key"),
                      json.getLong("epoch", 0L),
                      HybridTime.fromJson(json.getJsonArray("stamp")),
                      ""),
                  json.getString("acks", WriteOptions.ONE),
                  json.getLong("millis")));
    }
  }

  static JsonObject get(String name) {
    return new JsonObject().put("v", 1).put("name", name);
  }

  static Future<JsonObject> wrap(Future<VariableValue> outcome) {
    return outcome
        .map(
            value ->
                new JsonObject()
                    .put("value", value.value())
                    .put("version", value.version())
                    .put("siblings", new JsonArray(value.siblings()))
                    .put("node", value.node())
                    .put("stale", value.stale()))
        .otherwise(failure -> new JsonObject().put("error", MabeamException.of(failure).toJson()));
  }

  static Future<VariableValue> unwrap(JsonObject answer) {
    JsonObject error = answer.getJsonObject("error");
    return error != null
        ? Future.failedFuture(MabeamException.fromJson(error))
        : Future.succeededFuture(
            new VariableValue(
                answer.getValue("value"),
                answer.getJsonObject("version"),
                answer.getJsonArray("siblings").stream().toList(),
                answer.getString("node"),
                answer.getBoolean("stale", false)));
  }

  /** INVALID if a message has another form than {@code reader} expects. */
  static <T> T read(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | NoSuchElementException malformed) {
      throw new MabeamException(
          ErrorCode.INVALID, "a request about a variable cannot be read: " + malformed);
    }
  }
}
