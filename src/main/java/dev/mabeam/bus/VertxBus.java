package dev.mabeam.bus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/** {@link Bus} on a Vert.x event bus. Handlers run on the context that registered them. */
public final class VertxBus implements Bus {
  private static final System.Logger LOG = System.getLogger(VertxBus.class.getName());

  private final EventBus eventBus;

  public VertxBus(EventBus eventBus) {
    this.eventBus = eventBus;
  }

  @Override
  public Future<JsonObject> request(String address, JsonObject body, Duration deadline) {
    DeliveryOptions options = new DeliveryOptions().setSendTimeout(Math.max(1, deadline.toMillis()));
    return eventBus
        .<JsonObject>request(address, body, options)
        .map(Message::body)
        .recover(failure -> Future.failedFuture(failure(address, failure)));
  }

  @Override
  public void publish(String address, JsonObject body) {
    eventBus.publish(address, body);
  }

  @Override
  public Future<Registration> serve(
      String address, Function<JsonObject, Future<JsonObject>> handler) {
    MessageConsumer<JsonObject> consumer = eventBus.consumer(address);
    consumer.handler(message -> answer(message, handler));
    return consumer.completion().map(done -> consumer::unregister);
  }

  @Override
  public Future<Registration> listen(String address, Consumer<JsonObject> handler) {
    MessageConsumer<JsonObject> consumer = eventBus.consumer(address);
    consumer.handler(
        message -> {
          try {
            handler.accept(message.body());
          } catch (RuntimeException failure) {
            LOG.log(System.Logger.Level.ERROR, "listener of " + address + " failed", failure);
          }
        });
    return consumer.completion().map(done -> consumer::unregister);
  }

  private static void answer(
      Message<JsonObject> message, Function<JsonObject, Future<JsonObject>> handler) {
    Future<JsonObject> answer;
    try {
      answer = handler.apply(message.body());
    } catch (RuntimeException failure) {
      answer = Future.failedFuture(failure);
    }
    answer.onComplete(
        message::reply,
        failure -> {
          MabeamException ours = MabeamException.of(failure);
          if (ours.code() == ErrorCode.INTERNAL) {
            LOG.log(System.Logger.Level.ERROR, "serving " + message.address() + " failed", failure);
          }
          message.fail(ours.code().status(), ours.toJson().encode());
        });
  }

  /** What a request to {@code address} that failed on the event bus means. */
  public static MabeamException failure(String address, Throwable failure) {
    if (!(failure instanceof ReplyException reply)) {
      return MabeamException.of(failure);
    }
    return switch (reply.failureType()) {
      case NO_HANDLERS ->
          new MabeamException(
              ErrorCode.NOT_FOUND,
              "nobody serves address '" + address + "'",
              "check the address, and that its verticle is deployed");
      case TIMEOUT ->
          new MabeamException(
              ErrorCode.TIMEOUT,
              "no answer from '" + address + "' within the deadline",
              "whether the request took effect is unknown");
      case RECIPIENT_FAILURE -> fromRecipient(reply);
      default -> MabeamException.of(failure);
    };
  }

  /** Our own servers fail with JSON; a user's consumer fails with whatever it likes. */
  private static MabeamException fromRecipient(ReplyException reply) {
    try {
      return MabeamException.fromJson(new JsonObject(reply.getMessage()));
    } catch (DecodeException | NullPointerException notOurs) {
      return new MabeamException(
          ErrorCode.INTERNAL,
          "the receiver failed with " + reply.failureCode() + ": " + reply.getMessage());
    }
  }
}
