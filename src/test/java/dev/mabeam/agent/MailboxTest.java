package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** With a hand-turned context and a hand-turned clock. */
class MailboxTest {
  private static final int LIMIT = 3;

  private final Queue<Runnable> context = new ArrayDeque<>();
  private final AgentCounts counts = new AgentCounts();
  private final List<Object> handled = new ArrayList<>();
  private final Queue<Promise<Object>> answers = new ArrayDeque<>();
  private long nanos;
  private boolean mayServe = true;
  private final Mailbox mailbox =
      new Mailbox("a", new Mailbox.Rules(LIMIT, () -> mayServe, () -> nanos, counts), false);

  /** With the production rules about what is handled. */
  private void open(
      Mailbox opened, Function<AgentMessage, Future<?>> agent, RunQueue queue) {
    opened.open(new Handling("a", rules(), agent, null, 0), queue);
  }

  private Mailbox.Rules rules() {
    return new Mailbox.Rules(LIMIT, () -> mayServe, () -> nanos, counts);
  }

  /** What became of a message. */
  private static final class Sent implements Delivery {
    final Object body;
    final boolean asked;
    final long deadline;
    Stamp stamp;
    boolean taken;
    Object answer;
    MabeamException failure;

    Sent(Object body, boolean asked, long deadline) {
      this.body = body;
      this.asked = asked;
      this.deadline = deadline;
    }

    @Override
    public Object body() {
      return body;
    }

    @Override
    public boolean asked() {
      return asked;
    }

    @Override
    public long deadlineNanos() {
      return deadline;
    }

    @Override
    public Stamp stamp() {
      return stamp;
    }

    @Override
    public void taken(boolean told) {
      taken = true;
    }

    @Override
    public void answer(Object value) {
      answer = value;
    }

    @Override
    public void fail(MabeamException why) {
      failure = why;
    }
  }

  private Sent ask(Object body) {
    Sent sent = new Sent(body, true, nanos + 1_000);
    mailbox.offer(sent);
    return sent;
  }

  private void run() {
    for (Runnable task; (task = context.poll()) != null; ) {
      task.run();
    }
  }

  private RunQueue queue() {
    return new RunQueue(context::add);
  }

  /** An agent that answers when the test says. */
  private void openSlow() {
    open(mailbox, 
        message -> {
          handled.add(message.body());
          answers.add(Promise.promise());
          return ((ArrayDeque<Promise<Object>>) answers).getLast().future();
        },
        queue());
    run();
  }

  private void openEcho() {
    open(mailbox, 
        message -> {
          handled.add(message.body());
          return Future.succeededFuture(message.body());
        },
        queue());
    run();
  }

  @Test
  void shouldHandleOneMessageAtATimeInOrder() {
    openSlow();
    Sent first = ask(1);
    Sent second = ask(2);
    run();
    assertEquals(List.of(1), handled);
    answers.poll().complete("one");
    run();
    assertEquals("one", first.answer);
    assertEquals(List.of(1, 2), handled);
    answers.poll().complete("two");
    run();
    assertEquals("two", second.answer);
    assertEquals(0, mailbox.depth());
  }

  @Test
  void shouldNotCallTheAgentBeforeItsContextRuns() {
    openEcho();
    ask(1);
    assertEquals(List.of(), handled);
    run();
    assertEquals(List.of(1), handled);
  }

  @Test
  void shouldKeepMessagesUntilItIsOpened() {
    Sent early = ask(1);
    assertTrue(early.taken);
    run();
    assertEquals(List.of(), handled);
    openEcho();
    assertEquals(1, early.answer);
  }

  @Test
  void shouldRefuseWhatIsMoreThanItsLimitAndTakeAgainWhenThereIsRoom() {
    openSlow();
    ask(1);
    run();
    ask(2);
    ask(3);
    Sent fourth = ask(4);
    assertEquals(ErrorCode.OVERLOADED, fourth.failure.code());
    assertTrue(fourth.failure.getMessage().contains("'a'"));
    assertFalse(fourth.taken);
    answers.poll().complete(null);
    run();
    assertTrue(ask(5).taken);
    assertEquals(LIMIT, counts.waiting());
  }

  @Test
  void shouldGiveTheAskerWhatTheAgentFailedWithAndGoOn() {
    open(mailbox, 
        message -> {
          if (message.body().equals(1)) {
            throw new IllegalStateException("broken");
          }
          return message.body().equals(2)
              ? null
              : Future.failedFuture(new MabeamException(ErrorCode.CONFLICT, "no"));
        },
        queue());
    Sent thrown = ask(1);
    Sent nothing = ask(2);
    Sent failed = ask(3);
    run();
    assertEquals(ErrorCode.INTERNAL, thrown.failure.code());
    assertEquals("broken", thrown.failure.getMessage());
    assertEquals(ErrorCode.INTERNAL, nothing.failure.code());
    assertEquals(ErrorCode.CONFLICT, failed.failure.code());
    assertEquals(3, counts.failures());
    assertEquals(0, counts.waiting());
  }

  @Test
  void shouldRefuseToPassOnWhatCannotTravel() {
    open(mailbox, message -> Future.succeededFuture(new Object()), queue());
    Sent sent = ask(1);
    run();
    assertEquals(ErrorCode.INTERNAL, sent.failure.code());
    assertTrue(sent.failure.getMessage().contains("java.lang.Object"));
  }

  @Test
  void shouldNotHandleAnAskWhoseDeadlinePassedWhileItWaited() {
    openSlow();
    ask(1);
    Sent late = ask(2);
    Sent told = new Sent(3, false, nanos + 1_000);
    mailbox.offer(told);
    run();
    nanos += 1_000;
    answers.poll().complete(null);
    run();
    assertEquals(ErrorCode.TIMEOUT, late.failure.code());
    assertTrue(late.failure.hint().contains("not handled"));
    assertEquals(List.of(1, 3), handled, "nobody waits for what was told");
  }

  @Test
  void shouldHandleALateMessageOfASessionSinceItsAnswerIsAskedForAgain() {
    openSlow();
    ask(1);
    Sent late = new Sent(2, true, nanos + 1_000);
    late.stamp = new Stamp(Stamp.ofSession("s"), 1, 1, 0);
    mailbox.offer(late);
    run();
    nanos += 1_000;
    answers.poll().complete(null);
    run();
    assertEquals(List.of(1, 2), handled);
    answers.remove().complete("done");
    run();
    assertEquals("done", late.answer);
  }

  @Test
  void shouldPauseWithoutTheLeaseAndGoOnWithIt() {
    openEcho();
    mayServe = false;
    Sent sent = ask(1);
    run();
    assertTrue(sent.taken);
    assertEquals(List.of(), handled);
    mayServe = true;
    mailbox.resume();
    run();
    assertEquals(1, sent.answer);
  }

  @Test
  void shouldPauseBetweenTwoMessages() {
    openSlow();
    ask(1);
    ask(2);
    run();
    mayServe = false;
    answers.poll().complete(null);
    run();
    assertEquals(List.of(1), handled);
    mayServe = true;
    mailbox.resume();
    run();
    assertEquals(List.of(1, 2), handled);
  }

  @Test
  void shouldFinishTheMessageThatItHasAndRefuseTheRestWhenItCloses() {
    openSlow();
    Sent first = ask(1);
    run();
    Sent second = ask(2);
    Future<Void> closed = mailbox.close(AgentErrors.notFound("a"));
    assertFalse(closed.isComplete());
    assertEquals(ErrorCode.AGENT_NOT_FOUND, second.failure.code());
    assertEquals(ErrorCode.AGENT_NOT_FOUND, ask(3).failure.code());
    answers.poll().complete("one");
    run();
    assertEquals("one", first.answer);
    assertTrue(closed.succeeded());
    assertEquals(List.of(1), handled);
    assertEquals(0, counts.waiting());
  }

  @Test
  void shouldCloseAtOnceWhenNothingIsHandled() {
    openEcho();
    assertTrue(mailbox.close(AgentErrors.notFound("a")).succeeded());
  }

  @Test
  void shouldLetOthersHaveTheirTurnDuringABurst() {
    Mailbox large =
        new Mailbox("b", new Mailbox.Rules(10_000, () -> true, () -> nanos, counts), false);
    RunQueue shared = queue();
    List<String> order = new ArrayList<>();
    open(large, message -> done(order, "large"), shared);
    open(mailbox, message -> done(order, "small"), shared);
    for (int i = 0; i < 5_000; i++) {
      large.offer(new Sent(new JsonObject(), true, 1_000));
    }
    ask(1);
    run();
    assertEquals(5_001, order.size());
    assertTrue(order.indexOf("small") < 200, "after " + order.indexOf("small"));
  }

  private static Future<Object> done(List<String> order, String name) {
    order.add(name);
    return Future.succeededFuture();
  }

  @Test
  void shouldNeitherLoseNorDoubleNorOverlapWithManySenders() throws Exception {
    ExecutorService loop = Executors.newSingleThreadExecutor();
    ExecutorService senders = Executors.newFixedThreadPool(4);
    try {
      int each = 20_000;
      AtomicInteger inside = new AtomicInteger();
      AtomicInteger overlaps = new AtomicInteger();
      AtomicInteger count = new AtomicInteger();
      CountDownLatch all = new CountDownLatch(4 * each);
      Mailbox large =
          new Mailbox(
              "b",
              new Mailbox.Rules(1_000_000, () -> true, System::nanoTime, counts),
              false);
      open(
          large,
          message -> {
            overlaps.addAndGet(inside.getAndIncrement());
            count.incrementAndGet();
            Promise<Object> promise = Promise.promise();
            senders.execute(
                () -> {
                  inside.decrementAndGet();
                  promise.complete();
                  all.countDown();
                });
            return promise.future();
          },
          new RunQueue(loop));
      for (int sender = 0; sender < 3; sender++) {
        senders.execute(
            () -> {
              for (int i = 0; i < each; i++) {
                large.offer(new Sent(i, false, 0));
              }
            });
      }
      for (int i = 0; i < each; i++) {
        large.offer(new Sent(i, false, 0));
      }
      assertTrue(all.await(60, TimeUnit.SECONDS), all.getCount() + " are missing");
      assertEquals(4 * each, count.get());
      assertEquals(0, overlaps.get(), "two messages at the same time");
    } finally {
      senders.shutdownNow();
      loop.shutdownNow();
    }
  }
}
