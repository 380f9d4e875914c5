package dev.mabeam.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VertxHostTest {
  private static final String HERE = "dev.mabeam.verticle.VertxHostTest$";

  /** What these verticles do wrong is logged with its trace, which would hide a real failure's. */
  private static final Logger LOG = Logger.getLogger("dev.mabeam.verticle");

  static {
    LOG.setLevel(Level.OFF);
  }

  private final Vertx vertx = Vertx.vertx();
  private final UserCode code = UserCode.open(List.of(), List.of("dev.mabeam.verticle.*"));
  private final AtomicInteger ended = new AtomicInteger();

  @AfterAll
  static void logAgain() {
    LOG.setLevel(null);
  }

  @BeforeEach
  void forget() {
    Late.start = Promise.promise();
    Late.stopped = new CompletableFuture<>();
    Blocking.release = new CountDownLatch(1);
    Seen.loader = new CompletableFuture<>();
  }

  @AfterEach
  void close() throws Exception {
    Blocking.release.countDown();
    await(vertx.close());
    code.close();
  }

  private Future<VerticleHost.Running> start(String name, Duration limit) {
    VertxScheduler scheduler = new VertxScheduler(vertx, vertx.getOrCreateContext());
    return new VertxHost(vertx, code, scheduler, limit)
        .start(HERE + name, new JsonObject().put("a", 1), ended::incrementAndGet);
  }

  private MabeamException failure(String name, Duration limit) {
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> await(start(name, limit)));
    return (MabeamException) failure.getCause();
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static final Duration LONG = Duration.ofSeconds(15);
  private static final Duration SHORT = Duration.ofMillis(900);

  /** Consumes before its start fails, never ends, or ends late. */
  public abstract static class Consuming extends VerticleBase {
    void consume() {
      vertx.eventBus().consumer("left.behind", message -> message.reply("still here"));
    }
  }

  public static class Seen extends VerticleBase {
    static volatile CompletableFuture<ClassLoader> loader = new CompletableFuture<>();

    @Override
    public Future<?> start() {
      loader.complete(Thread.currentThread().getContextClassLoader());
      return vertx
          .eventBus()
          .consumer("seen", message -> message.reply(config()))
          .completion();
    }
  }

  public static class Failing extends Consuming {
    @Override
    public Future<?> start() {
      consume();
      return Future.failedFuture(new IllegalStateException("no database"));
    }
  }

  public static class Throwing extends VerticleBase {
    @Override
    public Future<?> start() {
      throw new StackOverflowError("deep");
    }
  }

  public static class BadConstructor extends VerticleBase {
    public BadConstructor() {
      throw new IllegalArgumentException("not today");
    }
  }

  public static class BadStatics extends VerticleBase {
    static final int BROKEN = Integer.parseInt("x");
  }

  public static class ReturnsNull extends VerticleBase {
    @Override
    public Future<?> start() {
      return null;
    }
  }

  public static class Late extends Consuming {
    static volatile Promise<Void> start = Promise.promise();
    static volatile CompletableFuture<Void> stopped = new CompletableFuture<>();

    @Override
    public Future<?> start() {
      consume();
      return start.future();
    }

    @Override
    public Future<?> stop() {
      stopped.complete(null);
      return Future.succeededFuture();
    }
  }

  public static class Blocking extends VerticleBase {
    static volatile CountDownLatch release = new CountDownLatch(1);

    @Override
    public Future<?> start() throws Exception {
      release.await();
      return Future.succeededFuture();
    }
  }

  public static class StopHangs extends Consuming {
    @Override
    public Future<?> start() {
      consume();
      return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
      return Promise.promise().future();
    }
  }

  public static class StopFails extends VerticleBase {
    @Override
    public Future<?> stop() {
      throw new IllegalStateException("cannot stop");
    }
  }

  public static class EndsItself extends VerticleBase {
    @Override
    public Future<?> start() {
      vertx.setTimer(50, timer -> vertx.undeploy(deploymentID()));
      return Future.succeededFuture();
    }
  }

  private void assertNothingIsLeftBehind() {
    ExecutionException gone =
        assertThrows(
            ExecutionException.class,
            () -> await(vertx.eventBus().request("left.behind", "?")));
    assertTrue(gone.getMessage().contains("No handlers"), gone.getMessage());
    assertEquals(0, vertx.deploymentIDs().size());
  }

  @Test
  void shouldStartWithTheConfigurationAndTheUsersClassLoader() throws Exception {
    VerticleHost.Running running = await(start("Seen", LONG));
    assertEquals(
        new JsonObject().put("a", 1), await(vertx.eventBus().request("seen", "?")).body());
    assertSame(code.loader(), Seen.loader.get(20, TimeUnit.SECONDS));
    await(running.stop());
    assertEquals(1, ended.get());
    assertEquals(0, vertx.deploymentIDs().size());
  }

  @Test
  void shouldTellTheCauseOfAStartThatFailsAndLeaveNothingBehind() {
    MabeamException failure = failure("Failing", LONG);
    assertEquals(ErrorCode.INTERNAL, failure.code());
    assertTrue(failure.getMessage().contains("no database"), failure.getMessage());
    assertNothingIsLeftBehind();
    assertEquals(0, ended.get());
  }

  @Test
  void shouldTellTheCauseWhateverPartOfAStartFails() {
    for (String[] expected :
        new String[][] {
          {"Throwing", "deep"},
          {"BadConstructor", "not today"},
          {"BadStatics", "ExceptionInInitializerError"},
          {"ReturnsNull", "returned null"},
        }) {
      MabeamException failure = failure(expected[0], LONG);
      assertEquals(ErrorCode.INTERNAL, failure.code());
      assertTrue(failure.getMessage().contains(expected[1]), failure.getMessage());
    }
    assertNothingIsLeftBehind();
  }

  @Test
  void shouldGiveUpAStartThatHangsAndCleanUpThen() {
    MabeamException failure = failure("Late", SHORT);
    assertEquals(ErrorCode.TIMEOUT, failure.code());
    assertTrue(failure.getMessage().contains("did not end within 900 ms"), failure.getMessage());
    assertNothingIsLeftBehind();
  }

  @Test
  void shouldStopAVerticleWhoseStartEndsAfterItWasGivenUp() throws Exception {
    failure("Late", SHORT);
    assertFalse(Late.stopped.isDone());
    Late.start.complete();
    Late.stopped.get(20, TimeUnit.SECONDS);
    assertEquals(0, ended.get());
  }

  @Test
  void shouldAnswerInTimeAlthoughAStartBlocksItsEventLoop() {
    MabeamException failure = failure("Blocking", SHORT);
    assertEquals(ErrorCode.TIMEOUT, failure.code());
    assertTrue(failure.getMessage().contains("blocks its event loop"), failure.getMessage());
  }

  @Test
  void shouldUndeployAlthoughTheStopHangsOrFails() throws Exception {
    await(await(start("StopHangs", SHORT)).stop());
    await(await(start("StopFails", LONG)).stop());
    assertEquals(2, ended.get());
    assertNothingIsLeftBehind();
  }

  @Test
  void shouldTellThatAVerticleEndedItself() throws Exception {
    CompletableFuture<Void> end = new CompletableFuture<>();
    VertxScheduler scheduler = new VertxScheduler(vertx, vertx.getOrCreateContext());
    VertxHost host = new VertxHost(vertx, code, scheduler, LONG);
    await(host.start(HERE + "EndsItself", new JsonObject(), () -> end.complete(null)));
    end.get(20, TimeUnit.SECONDS);
    assertFalse(end.isCompletedExceptionally());
  }
}
