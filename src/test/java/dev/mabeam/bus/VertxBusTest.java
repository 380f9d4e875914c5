package dev.mabeam.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VertxBusTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final Vertx vertx = Vertx.vertx();
  private final Bus bus = new VertxBus(vertx.eventBus());

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void shouldAnswerARequest() throws Exception {
    await(bus.serve("twice", body -> Future.succeededFuture(twice(body))));
    JsonObject answer = await(bus.request("twice", new JsonObject().put("n", 21), DEADLINE));
    assertEquals(42, answer.getInteger("n"));
  }

  @ParameterizedTest
  @EnumSource(ErrorCode.class)
  void shouldCarryEveryErrorToTheCaller(ErrorCode code) throws Exception {
    MabeamException sent = new MabeamException(code, "what failed", "what to do");
    await(bus.serve("failing", body -> Future.failedFuture(sent)));
    MabeamException received = failure(bus.request("failing", new JsonObject(), DEADLINE));
    assertEquals(sent.toJson(), received.toJson());
  }

  @Test
  void shouldTurnWhatAServerThrowsIntoAnInternalError() throws Exception {
    await(
        bus.serve(
            "throwing",
            body -> {
              throw new IllegalStateException("broken");
            }));
    MabeamException received = failure(bus.request("throwing", new JsonObject(), DEADLINE));
    assertEquals(ErrorCode.INTERNAL, received.code());
    assertEquals("broken", received.getMessage());
  }

  @Test
  void shouldSayThatNobodyServes() throws Exception {
    assertEquals(
        ErrorCode.NOT_FOUND, failure(bus.request("nobody", new JsonObject(), DEADLINE)).code());
  }

  @Test
  void shouldSayThatTheDeadlinePassed() throws Exception {
    await(bus.serve("silent", body -> Promise.<JsonObject>promise().future()));
    MabeamException received =
        failure(bus.request("silent", new JsonObject(), Duration.ofMillis(50)));
    assertEquals(ErrorCode.TIMEOUT, received.code());
  }

  @Test
  void shouldPassOnThatAUsersConsumerFailedInItsOwnWords() throws Exception {
    await(
        vertx.eventBus().consumer("foreign", message -> message.fail(7, "no thanks")).completion());
    MabeamException received = failure(bus.request("foreign", new JsonObject(), DEADLINE));
    assertEquals(ErrorCode.INTERNAL, received.code());
    assertEquals("the receiver failed with 7: no thanks", received.getMessage());
  }

  @Test
  void shouldTellEveryListenerAlsoAfterOneThrew() throws Exception {
    CompletableFuture<JsonObject> heard = new CompletableFuture<>();
    await(
        bus.listen(
            "news",
            body -> {
              throw new IllegalStateException("a listener that this test makes fail");
            }));
    await(bus.listen("news", heard::complete));
    bus.publish("news", new JsonObject().put("n", 1));
    assertEquals(1, heard.get(20, TimeUnit.SECONDS).getInteger("n"));
  }

  @Test
  void shouldStopServingWhenTheRegistrationIsClosed() throws Exception {
    Bus.Registration registration =
        await(bus.serve("gone", body -> Future.succeededFuture(body)));
    await(registration.close());
    assertEquals(
        ErrorCode.NOT_FOUND, failure(bus.request("gone", new JsonObject(), DEADLINE)).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mabeam.x", "__vertx.subs", "", " "})
  void shouldRefuseReservedAddresses(String address) {
    MabeamException refused =
        assertThrows(MabeamException.class, () -> Addresses.requireUser(address));
    assertEquals(ErrorCode.INVALID, refused.code());
  }

  private static JsonObject twice(JsonObject body) {
    return new JsonObject().put("n", 2 * body.getInteger("n"));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static MabeamException failure(Future<?> future) throws Exception {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> await(future));
    return (MabeamException) failed.getCause();
  }
}
