package dev.mabeam.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PatientStartTest {
  private static final Duration SOON = Duration.ofMillis(30);
  private static final Duration NEVER = Duration.ofDays(1);

  private final AtomicInteger attempts = new AtomicInteger();

  /** What is started; knows whether it was closed. */
  private static final class Thing implements Closeable {
    final CompletableFuture<Void> closed = new CompletableFuture<>();

    @Override
    public void close() {
      closed.complete(null);
    }
  }

  @Test
  void shouldBeginAnewUntilAnAttemptComesToAnEnd() throws Exception {
    Thing thing = new Thing();
    PatientStart<Thing> start =
        start(
            NEVER,
            progress -> {
              progress.run();
              if (attempts.incrementAndGet() < 4) {
                untilInterrupted();
              }
              return thing;
            });
    assertSame(thing, start.start());
    assertEquals(4, attempts.get());
    assertFalse(thing.closed.isDone());
  }

  @Test
  void shouldWaitForThePlaceToJoinHoweverLongThatTakes() throws Exception {
    Thing thing = new Thing();
    PatientStart<Thing> start =
        start(
            Duration.ZERO,
            waits -> {
              attempts.incrementAndGet();
              waitFor(SOON.multipliedBy(10));
              return thing;
            });
    assertSame(thing, start.start());
    assertEquals(1, attempts.get());
  }

  @Test
  void shouldTakeAnAttemptThatEndsWellAlthoughItWasGivenUp() throws Exception {
    Thing thing = new Thing();
    PatientStart<Thing> start =
        start(
            NEVER,
            progress -> {
              progress.run();
              attempts.incrementAndGet();
              untilInterruptedOnly();
              return thing;
            });
    assertSame(thing, start.start());
    assertEquals(1, attempts.get());
    assertFalse(thing.closed.isDone());
  }

  @Test
  void shouldBeginAnewAfterAnAttemptFoundThatItWaitedInVain() throws Exception {
    Thing thing = new Thing();
    PatientStart<Thing> start =
        start(
            NEVER,
            progress -> {
              if (attempts.incrementAndGet() == 1) {
                throw new PatientStart.StalledException(new IllegalStateException("no state"));
              }
              return thing;
            });
    assertSame(thing, start.start());
    assertEquals(2, attempts.get());
  }

  @Test
  void shouldNotRepeatWhatFails() {
    IOException unreadable =
        assertThrows(
            IOException.class,
            start(
                    NEVER,
                    progress -> {
                      attempts.incrementAndGet();
                      throw new IOException("no such file");
                    })
                ::start);
    assertEquals("no such file", unreadable.getMessage());
    assertEquals(1, attempts.get());
  }

  @Test
  void shouldGiveUpAtTheLimit() {
    PatientStart<Thing> start =
        start(
            Duration.ZERO,
            progress -> {
              progress.run();
              attempts.incrementAndGet();
              untilInterrupted();
              return new Thing();
            });
    assertThrows(IllegalStateException.class, start::start);
    assertEquals(1, attempts.get());
  }

  @Test
  void shouldCloseWhatAnAbandonedAttemptMakesAfterAll() throws Exception {
    Thing thing = new Thing();
    CountDownLatch go = new CountDownLatch(1);
    PatientStart<Thing> start =
        start(
            Duration.ZERO,
            progress -> {
              progress.run();
              awaitUninterruptibly(go);
              return thing;
            });
    assertThrows(IllegalStateException.class, start::start);
    assertFalse(thing.closed.isDone());
    go.countDown();
    thing.closed.get(60, TimeUnit.SECONDS);
  }

  @Test
  void shouldCloseWhatIsMadeAfterItsCallerWasInterrupted() throws Exception {
    Thing thing = new Thing();
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch under = new CountDownLatch(1);
    PatientStart<Thing> start =
        new PatientStart<>(
            "n1",
            NEVER,
            NEVER,
            progress -> {
              under.countDown();
              awaitUninterruptibly(go);
              return thing;
            });
    CompletableFuture<Boolean> ended = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              try {
                start.start();
                ended.completeExceptionally(new AssertionError("started"));
              } catch (IOException | RuntimeException stopped) {
                ended.complete(Thread.currentThread().isInterrupted());
              }
            });
    caller.start();
    under.await();
    caller.interrupt();
    assertTrue(endOf(ended), "the caller is to know that it was interrupted");
    go.countDown();
    thing.closed.get(60, TimeUnit.SECONDS);
  }

  private static boolean endOf(CompletableFuture<Boolean> ended)
      throws InterruptedException, ExecutionException {
    return ended.get();
  }

  private static PatientStart<Thing> start(Duration limit, PatientStart.Attempt<Thing> attempt) {
    return new PatientStart<>("n1", SOON, limit, attempt);
  }

  /** As a start of caches does that waits for a state: it fails on an interrupt. */
  private static void untilInterrupted() {
    untilInterruptedOnly();
    throw new IllegalStateException("interrupted");
  }

  private static void untilInterruptedOnly() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException expected) {
      // That is what it waited for.
    }
  }

  private static void waitFor(Duration time) {
    try {
      new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException given) {
      throw new IllegalStateException("given up");
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException deaf) {
        // Like code that does not listen to interrupts.
      }
    }
  }
}
