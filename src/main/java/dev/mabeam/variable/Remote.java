package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.consistency.Reading;
import dev.mabeam.variable.consistency.Writing;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Supplier;

/**
 * How reads and writes are asked of another node. A failure stands <em>inside</em> the answer, so a
 * request that fails means that the node did not answer, also where the code is the same.
 */
final class Remote {
  private Remote() {}

  static JsonObject write(Writing writing) {
    Write write = writing.write();
    JsonObject json = new JsonObject();
    Values.put(json, "expected", writing.expected());
    Values.put(json, "value", write.value());
    return json
        .put("v", 1)
        .put("id", writing.id())
        .put("name", writing.name())
        .put("kind", Words.of(writing.kind()))
        .put("key", write.key())
        .put("epoch", write.epoch())
        .put("stamp", write.stamp().toJson())
        .put("acks", writing.options().acks())
        .put("consistency", word(writing.options().consistency()))
        .put("token", writing.options().token().encode())
        .put("fanout", writing.options().gossipFanout())
        .put("millis", writing.millis());
  }

  static Writing toWriting(JsonObject json) {
    return read(
        () -> {
          Write write =
              new Write(
                  Values.take(json, "value"),
                  json.getString("key"),
                  json.getLong("epoch", 0L),
                  HybridTime.fromJson(json.getJsonArray("stamp")),
                  "");
          WriteOptions options =
              new WriteOptions(
                  json.getString("acks", WriteOptions.ONE),
                  write.key(),
                  write.epoch(),
                  level(json.getString("consistency")),
                  SessionToken.parse(json.getString("token")),
                  json.getInteger("fanout", 0),
                  WriteOptions.DEFAULT_DEADLINE);
          return new Writing(
              json.getString("id"),
              json.getString("name"),
              Words.parse(
                  Writing.Kind.class,
                  "write",
                  json.getString("kind", Words.of(Writing.Kind.SET))),
              Values.take(json, "expected"),
              write,
              options,
              json.getLong("millis"));
        });
  }

  static JsonObject read(Reading reading) {
    ReadOptions options = reading.options();
    return new JsonObject()
        .put("v", 1)
        .put("name", reading.name())
        .put("consistency", word(options.consistency()))
        .put("token", options.token().encode())
        .put("stale", options.stale())
        .put("millis", reading.millis());
  }

  static Reading toReading(JsonObject json) {
    return read(
        () ->
            new Reading(
                json.getString("name"),
                new ReadOptions(
                    level(json.getString("consistency")),
                    SessionToken.parse(json.getString("token")),
                    json.getBoolean("stale", false),
                    ReadOptions.DEFAULT_DEADLINE),
                json.getLong("millis", Access.PATIENCE.toMillis())));
  }

  private static String word(Consistency level) {
    return level == null ? null : level.word();
  }

  private static Consistency level(String word) {
    return word == null ? null : Consistency.of(word);
  }

  static Future<JsonObject> wrap(Future<VariableValue> outcome) {
    return outcome
        .map(Remote::json)
        .otherwise(failure -> new JsonObject().put("error", MabeamException.of(failure).toJson()));
  }

  static Future<VariableValue> unwrap(JsonObject answer) {
    JsonObject error = answer.getJsonObject("error");
    return error != null
        ? Future.failedFuture(MabeamException.fromJson(error))
        : Future.succeededFuture(value(answer));
  }

  static JsonObject json(VariableValue value) {
    JsonArray siblings = new JsonArray();
    value.siblings().forEach(sibling -> siblings.add(Values.put(new JsonObject(), "value", sibling)));
    return Values.put(new JsonObject(), "value", value.value())
        .put("version", value.version())
        .put("beside", siblings)
        .put("node", value.node())
        .put("stale", value.stale())
        .put("token", value.token().encode())
        .put("deleted", value.deleted());
  }

  static VariableValue value(JsonObject json) {
    // Not toList(): a value may be null.
    List<Object> siblings = new ArrayList<>();
    for (Object each : json.getJsonArray("beside")) {
      siblings.add(Values.take((JsonObject) each, "value"));
    }
    return new VariableValue(
        Values.take(json, "value"),
        json.getJsonObject("version"),
        Collections.unmodifiableList(siblings),
        json.getString("node"),
        json.getBoolean("stale", false),
        SessionToken.parse(json.getString("token")),
        json.getBoolean("deleted", false));
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
