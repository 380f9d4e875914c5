package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SecurityPolicyHandler;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import java.util.Locale;

/**
 * The first to see a request: puts the security headers on its answer, lets {@link Access} decide
 * about its caller before a byte of the body is read, and has every change audited.
 */
final class Guard implements SecurityPolicyHandler {
  private static final String ROLE = "mabeam.role";
  private static final String TARGET = "mabeam.target";
  private static final String CONTENT_SECURITY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
          + "form-action 'self'; frame-ancestors 'none'";

  private final Access access;
  private final AuditTrail audit;
  private final OpenAPIContract contract;

  Guard(Access access, AuditTrail audit, OpenAPIContract contract) {
    this.access = access;
    this.audit = audit;
    this.contract = contract;
  }

  /** The role of the caller, once it was admitted. */
  static Role role(RoutingContext context) {
    Role role = context.get(ROLE);
    return role == null ? Role.VIEWER : role;
  }

  /** Says what a change is about, for the audit. */
  static void target(RoutingContext context, String target) {
    context.put(TARGET, target);
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    secure(context.response());
    if (!Access.isRead(request.method())) {
      audited(context);
    }
    Role role =
        access.admit(
            request.headers().getAll(HttpHeaders.HOST),
            request.getHeader(HttpHeaders.ORIGIN),
            request.getHeader(HttpHeaders.AUTHORIZATION));
    context.put(ROLE, role);
    access.permit(role, request.method());
    requireType(request);
    context.next();
  }

  private static void secure(HttpServerResponse response) {
    response
        .putHeader("Content-Security-Policy", CONTENT_SECURITY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("X-Frame-Options", "DENY")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Cross-Origin-Resource-Policy", "same-origin")
        .putHeader("Cross-Origin-Opener-Policy", "same-origin");
  }

  /** Forms and files would make the body reader parse them; nothing here takes any. */
  private void requireType(HttpServerRequest request) {
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (type == null || isOf(type, "application/json")) {
      return;
    }
    boolean bytes = takesBytes(contract.findOperation(request.path(), request.method()));
    if (!bytes || !isOf(type, AgentOperations.BYTES)) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a body has to be application/json" + (bytes ? " or " + AgentOperations.BYTES : ""),
          "send it with 'Content-Type: application/json'");
    }
  }

  private static boolean isOf(String header, String type) {
    return header.toLowerCase(Locale.ROOT).startsWith(type);
  }

  private static boolean takesBytes(Operation operation) {
    return operation != null
        && operation.getRequestBody() != null
        && operation.getRequestBody().getContent().containsKey(AgentOperations.BYTES);
  }

  private void audited(RoutingContext context) {
    Operation operation =
        contract.findOperation(context.request().path(), context.request().method());
    if (operation == null) {
      return;
    }
    context.addEndHandler(
        sent -> {
          int status = context.response().getStatusCode();
          // A malformed request changed nothing and was nobody's attempt at what it may not do.
          if (status != 400 && status != 413) {
            String target = context.get(TARGET);
            audit.record(
                operation.getOperationId(), target == null ? "" : target, role(context), status);
          }
        });
  }
}
