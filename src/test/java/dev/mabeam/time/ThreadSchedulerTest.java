package dev.mabeam.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ThreadSchedulerTest {
  private final ThreadScheduler scheduler = ThreadScheduler.start("test-scheduler");

  @AfterEach
  void close() {
    scheduler.close();
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  @Test
  void shouldRunTasksInOrderOnOneThread() throws Exception {
    List<Integer> ran = new ArrayList<>();
    CompletableFuture<Boolean> here = new CompletableFuture<>();
    IntStream.range(0, 10_000).forEach(i -> scheduler.execute(() -> ran.add(i)));
    scheduler.execute(() -> here.complete(scheduler.here()));
    assertTrue(await(here));
    assertFalse(scheduler.here());
    assertEquals(IntStream.range(0, 10_000).boxed().toList(), ran);
  }

  /** A thread that ended would leave a node that looks alive and does nothing. */
  @Test
  void shouldGoOnAfterTasksThatFailForLackOfMemory() throws Exception {
    Logger log = Logger.getLogger(ThreadScheduler.class.getName());
    Logger hopLog = Logger.getLogger(Hop.class.getName());
    log.setLevel(Level.OFF);
    hopLog.setLevel(Level.OFF);
    try {
      Hop hop = new Hop(scheduler::execute);
      CompletableFuture<Boolean> after = new CompletableFuture<>();
      scheduler.execute(ThreadSchedulerTest::noMemory);
      scheduler.after(Duration.ZERO, ThreadSchedulerTest::noMemory);
      hop.execute(ThreadSchedulerTest::noMemory);
      hop.execute(() -> after.complete(true));
      assertTrue(await(after));
    } finally {
      log.setLevel(null);
      hopLog.setLevel(null);
    }
  }

  private static void noMemory() {
    throw new OutOfMemoryError("played");
  }

  @Test
  void shouldLoseNoTaskHoweverManyThreadsGiveThem() throws Exception {
    int threads = 4;
    int each = 50_000;
    CountDownLatch ran = new CountDownLatch(threads * each);
    for (int t = 0; t < threads; t++) {
      new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  scheduler.execute(ran::countDown);
                }
              })
          .start();
    }
    assertTrue(ran.await(60, TimeUnit.SECONDS), () -> ran.getCount() + " are missing");
  }

  @Test
  void shouldRunTimersInTheOrderInWhichTheyAreDueAndNeverEarly() throws Exception {
    List<String> ran = new ArrayList<>();
    CompletableFuture<Long> last = new CompletableFuture<>();
    long from = scheduler.nanos();
    scheduler.after(
        Duration.ofMillis(600),
        () -> {
          ran.add("600");
          last.complete(scheduler.nanos());
        });
    scheduler.after(Duration.ofMillis(20), () -> ran.add("20"));
    scheduler.after(Duration.ZERO, () -> ran.add("0"));
    assertTrue(await(last) - from >= 600_000_000);
    assertEquals(List.of("0", "20", "600"), ran);
  }

  @Test
  void shouldNeverRunATimerInsideTheCallThatSetsIt() throws Exception {
    CompletableFuture<Boolean> early = new CompletableFuture<>();
    scheduler.execute(
        () -> {
          AtomicBoolean ran = new AtomicBoolean();
          scheduler.after(Duration.ZERO, () -> ran.set(true));
          early.complete(ran.get());
        });
    assertFalse(await(early));
  }

  @Test
  void shouldRepeatUntilCancelled() throws Exception {
    AtomicInteger turns = new AtomicInteger();
    CompletableFuture<Integer> atFive = new CompletableFuture<>();
    Scheduler.Scheduled[] timer = new Scheduler.Scheduled[1];
    scheduler.execute(
        () ->
            timer[0] =
                scheduler.every(
                    Duration.ofMillis(2),
                    () -> {
                      if (turns.incrementAndGet() == 5) {
                        timer[0].cancel();
                        scheduler.after(
                            Duration.ofMillis(50), () -> atFive.complete(turns.get()));
                      }
                    }));
    assertEquals(5, await(atFive));
  }

  @Test
  void shouldRunTimersBetweenTasksThatNeverEnd() throws Exception {
    CompletableFuture<Void> timer = new CompletableFuture<>();
    scheduler.execute(
        new Runnable() {
          @Override
          public void run() {
            if (!timer.isDone()) {
              scheduler.execute(this);
            }
          }
        });
    scheduler.after(Duration.ofMillis(5), () -> timer.complete(null));
    await(timer);
  }

  @Test
  void shouldGoOnAfterATaskThatFailed() throws Exception {
    Logger logger = Logger.getLogger(ThreadScheduler.class.getName());
    Level before = logger.getLevel();
    logger.setLevel(Level.OFF);
    try {
      CompletableFuture<Void> next = new CompletableFuture<>();
      scheduler.execute(
          () -> {
            throw new IllegalStateException("on purpose");
          });
      scheduler.execute(() -> next.complete(null));
      await(next);
    } finally {
      logger.setLevel(before);
    }
  }

  @Test
  void shouldRunNothingOnceItIsClosed() throws Exception {
    AtomicBoolean ran = new AtomicBoolean();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    scheduler.execute(
        () -> {
          scheduler.after(Duration.ZERO, () -> ran.set(true));
          scheduler.execute(() -> ran.set(true));
          scheduler.close();
          closed.complete(null);
        });
    await(closed);
    scheduler.execute(() -> ran.set(true));
    scheduler.close();
    assertFalse(ran.get());
  }
}
