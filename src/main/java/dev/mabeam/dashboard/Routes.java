package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The order in which a request is looked at: guard, body, contract, operation; then the dashboard's
 * files; then nothing is there. The routes are those of the contract and no others.
 */
final class Routes {
  /** The largest body that is read, in bytes. */
  static final long BODY_LIMIT = 1 << 20;

  private static final int[] FAILURES = {400, 404, 405, 413, 414, 415, 417, 500};

  private Routes() {}

  /** Throws if the operations of the contract and {@code handlers} are not the same. */
  static Router create(
      Vertx vertx,
      OpenAPIContract contract,
      Guard guard,
      Failures failures,
      Map<String, Handler<RoutingContext>> handlers) {
    requireSame(contract, handlers.keySet());
    RouterBuilder builder =
        RouterBuilder.create(vertx, contract, RequestExtractor.withBodyHandler())
            .rootHandler(guard)
            .rootHandler(BodyHandler.create(false).setBodyLimit(BODY_LIMIT));
    for (OpenAPIRoute route : builder.getRoutes()) {
      String id = route.getOperation().getOperationId();
      route.addHandler(handlers.get(id));
      // The guard has decided already, before the body was read.
      route.setDoSecurity(false);
      // Validation waits for a worker thread, and a handshake must not wait.
      route.setDoValidation(needsValidation(route.getOperation()));
    }
    Router router = builder.createRouter();
    router.route().handler(new WebRoot(vertx));
    router.route().handler(context -> refuse(contract, context));
    router.route().failureHandler(context -> failures.handle(context, context.statusCode()));
    for (int status : FAILURES) {
      router.errorHandler(status, context -> failures.handle(context, status));
    }
    return router;
  }

  private static boolean needsValidation(Operation operation) {
    return operation.getRequestBody() != null || !operation.getParameters().isEmpty();
  }

  private static void requireSame(OpenAPIContract contract, Set<String> handled) {
    Set<String> described =
        contract.operations().stream().map(Operation::getOperationId).collect(Collectors.toSet());
    if (!described.equals(handled)) {
      throw new IllegalStateException(
          "openapi.json describes " + new TreeSet<>(described)
              + ", and there are handlers for " + new TreeSet<>(handled));
    }
  }

  private static void refuse(OpenAPIContract contract, RoutingContext context) {
    Path path = contract.findPath(context.normalizedPath());
    if (path == null) {
      context.fail(404);
      return;
    }
    String allowed =
        path.getOperations().stream()
            .map(operation -> operation.getHttpMethod().name())
            .sorted()
            .collect(Collectors.joining(", "));
    context.response().putHeader(HttpHeaders.ALLOW, allowed);
    context.fail(
        new MabeamException(
            ErrorCode.METHOD_NOT_ALLOWED,
            context.request().method() + " is not for " + path.getName(),
            "use " + allowed));
  }
}
