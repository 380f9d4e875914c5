package dev.mabeam.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FloodTest {
  private static final Duration ROUND = Duration.ofMillis(200);

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void shouldKeepSoManyUnderWayAndNoMore() throws Exception {
    AtomicInteger underWay = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    Measured measured =
        await(
            Flood.run(
                context,
                () -> {
                  most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                  return vertx
                      .timer(1, TimeUnit.MILLISECONDS)
                      .onSuccess(
                          none -> {
                            underWay.decrementAndGet();
                            ended.incrementAndGet();
                          });
                },
                8,
                ROUND));
    assertEquals(8, most.get());
    assertEquals(0, underWay.get());
    assertEquals(0, measured.failed());
    assertTrue(measured.p50Micros() >= 900, measured.toString());
    assertTrue(measured.p99Micros() >= measured.p50Micros(), measured.toString());
    double counted = measured.perSecond() * ROUND.toMillis() / 1000;
    assertTrue(counted <= ended.get() && counted >= ended.get() - 8, counted + " of " + ended);
  }

  @Test
  void shouldCountFailuresApartAndGoOn() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Measured measured =
        await(
            Flood.run(
                context,
                () ->
                    calls.incrementAndGet() % 2 == 0
                        ? Future.failedFuture("refused")
                        : Future.succeededFuture(),
                3,
                ROUND));
    assertTrue(measured.failed() > 0, measured.toString());
    assertTrue(measured.failure().contains("refused"), measured.failure());
    long succeeded = Math.round(measured.perSecond() * ROUND.toMillis() / 1000);
    long all = succeeded + measured.failed();
    assertTrue(all <= calls.get() && all >= calls.get() - 3, all + " of " + calls);
  }

  @Test
  void shouldEndWithTheLastOneUnderWayAndNotCountItIfItCameTooLate() throws Exception {
    Queue<Promise<Void>> open = new ConcurrentLinkedQueue<>();
    Promise<Void> bothStarted = Promise.promise();
    Future<Measured> running =
        Flood.run(
            context,
            () -> {
              Promise<Void> promise = Promise.promise();
              open.add(promise);
              if (open.size() == 2) {
                bothStarted.complete();
              }
              return promise.future();
            },
            2,
            Duration.ofMillis(1));
    await(bothStarted.future());
    await(vertx.timer(20, TimeUnit.MILLISECONDS)); // the round is over
    assertEquals(2, open.size());
    open.remove().complete();
    await(vertx.timer(1, TimeUnit.MILLISECONDS));
    assertTrue(!running.isComplete());
    open.remove().complete();
    Measured measured = await(running);
    assertEquals(0, measured.perSecond());
  }

  @Test
  void shouldMeasureASocket() throws Exception {
    try (SocketEcho echo = new SocketEcho()) {
      for (boolean batched : new boolean[] {false, true}) {
        for (int outstanding : new int[] {1, 64}) {
          Measured measured = SocketFlood.run(
                  echo.port(), outstanding, 100, batched, ROUND.multipliedBy(2));
          assertTrue(measured.perSecond() > 0, measured.toString());
          assertTrue(measured.p50Micros() > 0, measured.toString());
          assertTrue(
              measured.perSecond() * measured.p50Micros() / 1e6 < 2 * outstanding,
              "more under way than " + outstanding + ": " + measured);
        }
      }
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
