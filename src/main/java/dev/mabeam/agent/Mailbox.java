package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BooleanSupplier;
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

  /** What handles the messages; on the agent's home. */
  interface Inside {
    /** A message that was offered before and is to be handled now; null if there is none. */
    Delivery ready();

    /**
     * Handles a message, or sees that it is not to be: then null, and it is done with.
     *
     * @param again whether {@link #ready} gave it
     */
    Future<?> handle(Delivery message, boolean again);

    /** What {@link #handle} returned has ended. */
    void settle(Delivery message, Future<?> ended);

    /** No message is being handled, and none will be before this returns. */
    void between();
  }

  private static final int BURST = 16;

  private final String id;
  private final Rules rules;
  /** Whether who tells hears of it only when what came of it is kept. */
  private final boolean kept;
  private RunQueue queue;
  private Inside inside;
  /** Null while nothing waits. */
  private ArrayDeque<Delivery> waiting;
  /** Completes when nothing is handled; null if nobody waits for that. */
  private Promise<Void> idle;
  private MabeamException why;
  private boolean open;
  private boolean closed;
  /** Whether it is in the run queue, or the agent has a message. */
  private boolean running;
  private boolean busy;
  private boolean paused;
  /** How many were handled, and are not answered yet. */
  private int held;

  Mailbox(String id, Rules rules, boolean kept) {
    this.id = id;
    this.rules = rules;
    this.kept = kept;
  }

  /** Lets the agent have its messages, on that queue's context. */
  void open(Inside inside, RunQueue queue) {
    synchronized (this) {
      this.inside = inside;
      this.queue = queue;
      open = !closed;
    }
    resume();
  }

  /**
   * Takes a message, or refuses it with OVERLOADED, or, once this is closed, with what it was
   * closed for.
   */
  void offer(Delivery message) {
    MabeamException refused = null;
    synchronized (this) {
      if (closed) {
        refused = why;
      } else if (waitsAlready(message)) {
        return;
      } else if (depth() >= rules.limit()) {
        refused = AgentErrors.overloaded(id, rules.limit());
      } else {
        add(message);
      }
    }
    if (refused != null) {
      message.fail(refused);
    } else {
      message.taken(!kept);
      resume();
    }
  }

  /** Another copy of a message is answered along with the first, and takes up no place. */
  private boolean waitsAlready(Delivery message) {
    Stamp stamp = message.stamp();
    return stamp != null
        && stamp.ageMillis() > 0
        && waiting != null
        && waiting.stream().anyMatch(message::isCopyOf);
  }

  /** Takes something of the agent's own, however many wait; once this is closed, it is dropped. */
  void put(Delivery own) {
    synchronized (this) {
      if (closed) {
        return;
      }
      add(own);
    }
    resume();
  }

  private void add(Delivery message) {
    if (waiting == null) {
      waiting = new ArrayDeque<>(4);
    }
    waiting.add(message);
    rules.counts().waiting(1);
  }

  /** How many messages wait, are handled, or were and are not answered. */
  synchronized int depth() {
    return (waiting == null ? 0 : waiting.size()) + (busy ? 1 : 0) + held;
  }

  /** So many more, or fewer, are handled and not answered. */
  synchronized void hold(int more) {
    held += more;
  }

  /** Goes on if there is anything to do and it may. */
  void resume() {
    resume(false);
  }

  /** The same if something may be ready inside. */
  void wake() {
    resume(true);
  }

  private void resume(boolean anyway) {
    synchronized (this) {
      if (running || waiting == null && !anyway || !mayGoOn()) {
        return;
      }
      running = true;
    }
    queue.add(this);
  }

  /** Hands out nothing more; completes when the agent is done with the message that it has. */
  Future<Void> pause() {
    synchronized (this) {
      paused = true;
      return whenIdle();
    }
  }

  private Future<Void> whenIdle() {
    if (!busy) {
      return Future.succeededFuture();
    }
    if (idle == null) {
      idle = Promise.promise();
    }
    return idle.future();
  }

  /** Hands out again what has come since {@link #pause}. */
  void unpause() {
    synchronized (this) {
      paused = false;
    }
    wake();
  }

  synchronized boolean isBusy() {
    return busy;
  }

  /** Hands out messages until one takes its time, or others should have a turn. */
  @Override
  public void run() {
    for (int i = 0; i < BURST; i++) {
      Delivery ready = takesMessages() ? inside.ready() : null;
      Delivery message = ready == null ? next() : again(ready);
      if (message == null) {
        inside.between();
        return;
      }
      Future<?> answer = inside.handle(message, ready != null);
      if (answer == null) {
        done();
      } else if (answer.isComplete()) {
        settle(message, answer);
      } else {
        answer.onComplete(
            ended -> {
              settle(message, answer);
              queue.add(this);
            });
        return;
      }
    }
    inside.between();
    queue.add(this);
  }

  private synchronized boolean takesMessages() {
    return mayGoOn();
  }

  private synchronized Delivery again(Delivery message) {
    busy = true;
    rules.counts().waiting(1);
    return message;
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
    return open && !paused && rules.mayServe().getAsBoolean();
  }

  private void settle(Delivery message, Future<?> ended) {
    inside.settle(message, ended);
    done();
  }

  private void done() {
    Promise<Void> last;
    synchronized (this) {
      busy = false;
      last = idle;
      idle = null;
    }
    rules.counts().waiting(-1);
    if (last != null) {
      last.complete();
    }
  }

  /**
   * Takes no more, and refuses what waits with {@code why}; completes when the agent is done with
   * the message that it has.
   */
  Future<Void> close(MabeamException why) {
    List<Delivery> refused = shut(why);
    refused.forEach(message -> message.fail(why));
    synchronized (this) {
      return whenIdle();
    }
  }

  /** Takes no more; what waits is the caller's. */
  List<Delivery> shut(MabeamException why) {
    List<Delivery> left;
    synchronized (this) {
      if (!closed) {
        this.why = why;
      }
      closed = true;
      open = false;
      left = waiting == null ? List.of() : List.copyOf(waiting);
      waiting = null;
    }
    rules.counts().waiting(-left.size());
    return left;
  }
}
