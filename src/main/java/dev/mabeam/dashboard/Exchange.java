package dev.mabeam.dashboard;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.validation.ValidatedRequest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** What operations read from a request that was validated, and how they answer it. */
final class Exchange {
  private Exchange() {}

  static ValidatedRequest validated(RoutingContext request) {
    return request.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST);
  }

  static JsonObject body(RoutingContext request) {
    return validated(request).getBody().getJsonObject();
  }

  /** A parameter of the path. */
  static String path(RoutingContext request, String name) {
    return validated(request).getPathParameters().get(name).getString();
  }

  static void answer(RoutingContext request, int status, Future<?> future) {
    here(request, future).onComplete(value -> answer(request, status, value), request::fail);
  }

  static void answer(RoutingContext request, int status, Object value) {
    answer(request, status, "application/json", Json.encodeToBuffer(value));
  }

  static void answer(RoutingContext request, int status, String type, Buffer body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, type)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(body);
  }

  /** Answers 201, and where what was made is found. */
  static void created(RoutingContext request, String directory, String id, JsonObject made) {
    String segment = URLEncoder.encode(id, StandardCharsets.UTF_8);
    request.response().putHeader(HttpHeaders.LOCATION, directory + "/" + segment);
    answer(request, 201, made);
  }

  /** Answers 204 once {@code future} has succeeded. */
  static void gone(RoutingContext request, Future<Void> future) {
    here(request, future)
        .onComplete(none -> request.response().setStatusCode(204).end(), request::fail);
  }

  /** The same future, completing on the request's own event loop. */
  static <T> Future<T> here(RoutingContext request, Future<T> future) {
    return Future.fromCompletionStage(
        future.toCompletionStage(), request.vertx().getOrCreateContext());
  }
}
