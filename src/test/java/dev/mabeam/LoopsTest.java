package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoopsTest {
  @Test
  void shouldFailWhatCannotEvenBeBegunOffTheLoop() {
    Future<Void> failed =
        Loops.offLoop(
            () -> {
              throw new IllegalStateException("no such class");
            });
    IllegalStateException why =
        assertThrows(IllegalStateException.class, () -> failed.await(30, TimeUnit.SECONDS));
    assertEquals("no such class", why.getMessage());
  }

  @Test
  void shouldHaveShortTimesOnNoEventLoopIfCheckpointsAreInMemory() throws Exception {
    assertFalse(areTimersOnAnEventLoop(new Loops("n1", true)));
  }

  @Test
  void shouldHaveShortTimesOnNoEventLoopIfCheckpointsAreInADirectory() throws Exception {
    assertFalse(areTimersOnAnEventLoop(new Loops("n1", false)));
  }

  private static boolean areTimersOnAnEventLoop(Loops loops) throws Exception {
    CompletableFuture<Boolean> ran = new CompletableFuture<>();
    loops
        .timers()
        .after(Duration.ofMillis(1), () -> ran.complete(Context.isOnEventLoopThread()));
    try {
      return ran.get(30, TimeUnit.SECONDS);
    } finally {
      ended(loops.closeLog());
      ended(loops.closeCheckpoints(() -> {}));
      ended(loops.closeLink());
    }
  }

  private static void ended(Future<Void> closed) throws Exception {
    closed.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
