package dev.mabeam.dashboard;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import io.vertx.json.schema.OutputUnit;
import io.vertx.openapi.validation.SchemaValidationException;
import io.vertx.openapi.validation.ValidatorException;
import java.time.Duration;
import java.util.Comparator;

/**
 * Makes every failure an answer: {@code {"error":{"code","message","hint"}}}. What nobody foresaw
 * is logged with its trace, and the caller learns only that it happened.
 */
final class Failures {
  /** How long a client that was refused may go on sending before it is cut off. */
  private static final Duration LINGER = Duration.ofSeconds(10);

  private static final String CONTRACT = "see /api/v1/openapi.json for what is expected";
  private static final System.Logger LOG = System.getLogger(Failures.class.getName());

  private final Vertx vertx;

  Failures(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Answers a request that failed, with {@code status} where the router knows no more. */
  void handle(RoutingContext context, int status) {
    MabeamException failure = describe(context, status);
    if (context.response().headWritten()) {
      context.request().connection().close();
      return;
    }
    send(context.request(), failure);
  }

  /** Answers a request that is not even HTTP. */
  void refuseInvalid(HttpServerRequest request) {
    send(request, new MabeamException(ErrorCode.INVALID, "this is no valid HTTP request"));
  }

  private void send(HttpServerRequest request, MabeamException failure) {
    HttpServerResponse response = request.response();
    response
        .setStatusCode(failure.code().status())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (isSending(request)) {
      letFinish(request, response);
    }
    response.end(new JsonObject().put("error", failure.toJson()).toBuffer());
  }

  private static boolean isSending(HttpServerRequest request) {
    boolean hasBody =
        request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
            || request.headers().contains(HttpHeaders.CONTENT_LENGTH);
    return hasBody && !request.isEnded();
  }

  /**
   * The client is still sending what nobody will read. To close at once would take the answer away
   * from it (a reset overtakes it), so the rest is thrown away for a while.
   */
  private void letFinish(HttpServerRequest request, HttpServerResponse response) {
    response.putHeader(HttpHeaders.CONNECTION, "close");
    long cut = vertx.setTimer(LINGER.toMillis(), timer -> request.connection().close());
    request.handler(thrownAway -> {});
    request.endHandler(
        end -> {
          vertx.cancelTimer(cut);
          request.connection().close();
        });
    request.exceptionHandler(gone -> vertx.cancelTimer(cut));
    request.resume();
  }

  private static MabeamException describe(RoutingContext context, int status) {
    Throwable failure = context.failure();
    if (failure instanceof MabeamException ours) {
      return ours;
    }
    ValidatorException invalid = validation(failure);
    if (invalid != null) {
      return new MabeamException(ErrorCode.INVALID, reason(invalid), CONTRACT);
    }
    return switch (status) {
      case 400, 414, 415, 417 ->
          new MabeamException(ErrorCode.INVALID, "the request is malformed", CONTRACT);
      case 404 ->
          new MabeamException(
              ErrorCode.NOT_FOUND, "there is nothing at " + context.request().path(), CONTRACT);
      case 413 ->
          new MabeamException(
              ErrorCode.TOO_LARGE, "the body is larger than " + Routes.BODY_LIMIT + " bytes");
      default -> unforeseen(context, failure);
    };
  }

  /**
   * The validator says that a field whose value is wrong is one too many; what is of use is the
   * innermost rule that is broken.
   */
  private static String reason(ValidatorException invalid) {
    if (!(invalid instanceof SchemaValidationException schema)
        || schema.getOutputUnit() == null
        || schema.getOutputUnit().getErrors() == null) {
      return invalid.getMessage();
    }
    return schema.getOutputUnit().getErrors().stream()
        .filter(error -> error.getKeywordLocation() != null && error.getError() != null)
        .filter(error -> !field(error).isEmpty())
        .max(
            Comparator.comparing((OutputUnit error) -> !isOneTooMany(error))
                .thenComparingInt(error -> error.getKeywordLocation().length()))
        .map(
            error ->
                isOneTooMany(error)
                    ? "there is no field '" + field(error) + "'"
                    : "'" + field(error) + "': " + inWords(error.getError()))
        .orElse(invalid.getMessage());
  }

  private static boolean isOneTooMany(OutputUnit error) {
    return error.getKeywordLocation().endsWith("/additionalProperties");
  }

  private static String field(OutputUnit error) {
    String at = error.getInstanceLocation();
    return at == null ? "" : at.replaceFirst("^#?/?", "").replace('/', '.');
  }

  private static String inWords(String error) {
    return error.equals("String does not match pattern")
        ? "there is a character in it that may not be; letters, digits and ._- may"
        : error;
  }

  private static ValidatorException validation(Throwable failure) {
    if (failure instanceof ValidatorException validator) {
      return validator;
    }
    boolean wraps =
        failure instanceof HttpException && failure.getCause() instanceof ValidatorException;
    return wraps ? (ValidatorException) failure.getCause() : null;
  }

  private static MabeamException unforeseen(RoutingContext context, Throwable failure) {
    LOG.log(
        System.Logger.Level.ERROR,
        context.request().method() + " " + context.request().path() + " failed",
        failure);
    return new MabeamException(
        ErrorCode.INTERNAL, "the node failed to answer", "the node's log says why");
  }
}
