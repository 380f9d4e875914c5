package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.EncodeException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The messages that wait for one agent, which gets one at a time, in the order in which they came.
 *
 * <p>It is closed at first: messages wait. {@link #open} lets them in, {@link #close} refuses those
 * that wait and those that come, and completes when the message that the agent has is done with.
 * While {@code mayServe} says no, they wait too, until {@link #resume}.
 *
 * <p>Guaranteed: never more than {@code limit} messages wait or are handled, however slow the
 * agent's context is; an ask whose deadline has passed while it waited is not handled. Any thread;
 * the agent is called on the context of the {@link RunQueue}.
 */
final class Mailbox implements Runnable {
  /** What every mailbox of a node has in common: so an idle one costs next to nothing. */
  record Rules(int limit, BooleanSupplier mayServe, LongSupplier nanos, AgentCounts counts) {}

  private static final int BURST = 16;

  private final String id;
  private final Rules rules;
  private RunQueue queue;
  private Function<AgentMessage, Future<?>> agent;
  /** Null while nothing waits. */
  private ArrayDeque<Delivery> waiting;
  private Promise<Void> ended;
  private boolean open;
  private boolean closed;
  /** Whether it is in the run queue, or the agent has a message. */
  private boolean running;
  private boolean busy;

  Mailbox(String id, Rules rules) {
    this.id = id;
    this.rules = rules;
  }

  /** Lets the agent have its messages, on that queue's context. */
  void open(Function<AgentMessage, Future<?>> agent, RunQueue queue) {
    synchronized (this) {
      this.agent = agent;
      this.queue = queue;
      open = true;
    }
    resume();
  }

  /** Takes a message, or refuses it with OVERLOADED, or AGENT_NOT_FOUND once it is closed. */
  void offer(Delivery message) {
    MabeamException refused = null;
    synchronized (this) {
      if (closed) {
        refused = AgentErrors.notFound(id);
      } else if (depth() >= rules.limit()) {
        refused = AgentErrors.overloaded(id, rules.limit());
      } else {
        if (waiting == null) {
          waiting = new ArrayDeque<>(4);
        }
        waiting.add(message);
        rules.counts().waiting(1);
      }
    }
    if (refused != null) {
      message.fail(refused);
    } else {
      message.taken();
      resume();
    }
  }

  /** How many messages wait or are handled. */
  synchronized int depth() {
    return (waiting == null ? 0 : waiting.size()) + (busy ? 1 : 0);
  }

  /** Goes on if there is anything to do and it may. */
  void resume() {
    synchronized (this) {
      if (running || !open || waiting == null || !rules.mayServe().getAsBoolean()) {
        return;
      }
      running = true;
    }
    queue.add(this);
  }

  /** Hands out messages until one takes its time, or others should have a turn. */
  @Override
  public void run() {
    for (int i = 0; i < BURST; i++) {
      Delivery message = next();
      if (message == null) {
        return;
      }
      if (message.asked() && message.deadlineNanos() - rules.nanos().getAsLong() <= 0) {
        done();
        message.fail(AgentErrors.lateInMailbox(id));
        continue;
      }
      Future<?> answer = handle(message);
      if (!answer.isComplete()) {
        answer.onComplete(
            ended -> {
              settle(message, answer);
              queue.add(this);
            });
        return;
      }
      settle(message, answer);
    }
    queue.add(this);
  }

  private synchronized Delivery next() {
    Delivery message = waiting == null || !mayGoOn() ? null : waiting.poll();
    if (message == null) {
      running = false;
      return null;
    }
    if (waiting.isEmpty()) {
      waiting = null;
    }
    busy = true;
    return message;
  }

  private boolean mayGoOn() {
    return open && rules.mayServe().getAsBoolean();
  }

  private Future<?> handle(Delivery message) {
    try {
      Future<?> answer = agent.apply(new AgentMessage(message.body(), message.asked()));
      return answer != null ? answer : Future.failedFuture(noFuture());
    } catch (Throwable failure) {
      return Future.failedFuture(failure);
    }
  }

  private MabeamException noFuture() {
    return new MabeamException(
        ErrorCode.INTERNAL,
        "receive() of agent '" + id + "' returned null",
        "return a future, such as Future.succeededFuture()");
  }

  private void settle(Delivery message, Future<?> answer) {
    done();
    if (answer.failed()) {
      message.fail(rules.counts().agentFailed(id, answer.cause()));
      return;
    }
    Object value = answer.result();
    try {
      if (Body.travels(value)) {
        message.answer(value);
        rules.counts().handled();
        return;
      }
    } catch (EncodeException | IllegalStateException odd) {
      // It has something in it that cannot travel.
    }
    message.fail(rules.counts().agentFailed(id, Body.cannotTravel(id, value)));
  }

  private void done() {
    Promise<Void> last;
    synchronized (this) {
      busy = false;
      last = ended;
    }
    rules.counts().waiting(-1);
    if (last != null) {
      last.tryComplete();
    }
  }

  /** Takes no more; completes when the agent is done with the message that it has. */
  Future<Void> close() {
    List<Delivery> refused;
    Promise<Void> last;
    synchronized (this) {
      closed = true;
      open = false;
      refused = waiting == null ? List.of() : List.copyOf(waiting);
      waiting = null;
      if (ended == null) {
        ended = Promise.promise();
      }
      last = ended;
      if (!busy) {
        last.tryComplete();
      }
    }
    rules.counts().waiting(-refused.size());
    refused.forEach(message -> message.fail(AgentErrors.notFound(id)));
    return last.future();
  }
}
