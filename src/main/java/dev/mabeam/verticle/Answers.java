package dev.mabeam.verticle;

import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * How a node answers a request about its verticles: with the verticle, or with its error
 * <em>inside</em> an answer. So a failed request always means that the node did not answer, also
 * when the code is the same: NOT_FOUND of a class is not NOT_FOUND of a node.
 */
final class Answers {
  private Answers() {}

  static Future<JsonObject> wrap(Future<VerticleInfo> outcome) {
    return outcome
        .map(info -> new JsonObject().put("verticle", info.toJson()))
        .otherwise(
            failure -> new JsonObject().put("error", MabeamException.of(failure).toJson()));
  }

  static Future<VerticleInfo> unwrap(JsonObject answer) {
    JsonObject error = answer.getJsonObject("error");
    return error != null
        ? Future.failedFuture(MabeamException.fromJson(error))
        : Future.succeededFuture(VerticleInfo.fromJson(answer.getJsonObject("verticle")));
  }
}
