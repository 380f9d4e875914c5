package dev.mabeam.migration;

import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;

/** An answer carries the receiver's objection inside, so that a failure is always the way's. */
final class Answers {
  private Answers() {}

  static Future<JsonObject> wrap(Supplier<Future<JsonObject>> outcome) {
    Future<JsonObject> result;
    try {
      result = outcome.get();
    } catch (RuntimeException objection) {
      result = Future.failedFuture(objection);
    }
    return result.otherwise(
        failure -> new JsonObject().put("error", MabeamException.of(failure).toJson()));
  }

  static Future<JsonObject> unwrap(JsonObject answer) {
    JsonObject error = answer.getJsonObject("error");
    return error == null
        ? Future.succeededFuture(answer)
        : Future.failedFuture(MabeamException.fromJson(error));
  }
}
