package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Future;
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
}
