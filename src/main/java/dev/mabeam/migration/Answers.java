package dev.mabeam.migration;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * How nodes ask each other about moves: {@code {"v":1,"do":verb,…}} to the one address {@code
 * mabeam.node.<id>.migration.serve}. One, since each that a node has costs it a replicated write
 * before it is up, and the others learn of them one by one: a node is to be there for a whole move
 * or not at all.
 *
 * <p>An answer carries the receiver's objection inside, so that a failure is always the way's.
 */
final class Answers {
  private Answers() {}

  static String address(String node) {
    return Addresses.node(node, "migration", "serve");
  }

  /** The answer as it comes; to be {@link #unwrap unwrapped}. */
  static Future<JsonObject> ask(
      Bus bus, String node, String verb, JsonObject body, Duration deadline) {
    return bus.request(address(node), body.put("v", 1).put("do", verb), deadline);
  }

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
