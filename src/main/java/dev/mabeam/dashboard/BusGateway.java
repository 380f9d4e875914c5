package dev.mabeam.dashboard;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.VertxBus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Lets callers of HTTP talk to users' consumers: any JSON value out, any JSON value back. */
final class BusGateway {
  static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  private final EventBus eventBus;

  BusGateway(EventBus eventBus) {
    this.eventBus = eventBus;
  }

  /** Publishes {@code body}; throws INVALID if the address is reserved. */
  void publish(String address, Object body) {
    eventBus.publish(Addresses.requireUser(address), sendable(body));
  }

  /** Asks one consumer; throws INVALID if the address is reserved. */
  Future<Object> request(String address, Object body, long timeoutMillis) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(timeoutMillis);
    return eventBus
        .request(Addresses.requireUser(address), sendable(body), options)
        .compose(
            reply -> answer(address, reply.body()),
            failure -> Future.failedFuture(VertxBus.failure(address, failure)));
  }

  /** The event bus has a codec for every JSON value but for numbers beyond 64 bits. */
  static Object sendable(Object body) {
    if (body == null || isJson(body)) {
      return body;
    }
    throw new MabeamException(
        ErrorCode.INVALID,
        "the number " + body + " does not fit into 64 bits",
        "send it as a string, or inside an object");
  }

  private static Future<Object> answer(String address, Object body) {
    return body == null || isJson(body)
        ? Future.succeededFuture(body)
        : Future.failedFuture(
            new MabeamException(
                ErrorCode.INTERNAL,
                "the consumer of '" + address + "' answered with a "
                    + body.getClass().getSimpleName() + ", which is not JSON",
                "answer with a JsonObject, JsonArray, String, number or Boolean"));
  }

  static boolean isJson(Object body) {
    return body instanceof JsonObject
        || body instanceof JsonArray
        || body instanceof String
        || body instanceof Boolean
        || body instanceof Integer
        || body instanceof Long
        || body instanceof Short
        || body instanceof Byte
        || body instanceof Float
        || body instanceof Double;
  }
}
