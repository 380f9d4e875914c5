package dev.mabeam.bus;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Requests and announcements between nodes. Bodies are JSON objects, failures are
 * {@link dev.mabeam.error.MabeamException}s on both ends.
 *
 * <p>Guaranteed: a request ends, by an answer or by a failure, within its deadline. <em>Not</em>
 * guaranteed: that a message arrives, that it arrives in order with messages to other addresses,
 * or that a request which failed with TIMEOUT was not executed.
 */
public interface Bus {
  /** Asks one server of {@code address}; NOT_FOUND if nobody serves it, TIMEOUT at the deadline. */
  Future<JsonObject> request(String address, JsonObject body, Duration deadline);

  /** Tells every listener of {@code address}, this node's own included. */
  void publish(String address, JsonObject body);

  /**
   * Serves {@code address}. The handler's failed future, or what it throws, becomes the caller's
   * failure. The registration is complete, on every node, when the returned future is.
   */
  Future<Registration> serve(String address, Function<JsonObject, Future<JsonObject>> handler);

  /** Hears what is published on {@code address}; what the handler throws is logged. */
  Future<Registration> listen(String address, Consumer<JsonObject> handler);

  /** An address that is served or listened to. */
  @FunctionalInterface
  interface Registration {
    Future<Void> close();
  }
}
