package dev.mabeam.agent;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

/** A message from this node that somebody waits for the end of. */
final class Pending {
  /** It is not to be sent again. */
  static final long NEVER = Long.MAX_VALUE;

  final long number;
  final String agent;
  final boolean asked;
  final long bornNanos;
  final long deadlineNanos;
  /** Its number, if this node gave it one. */
  final Numbering.Ticket ticket;
  /** Else what its sender says. */
  private final Stamp given;
  /** What it says, as {@link Body#write} takes it; null while it is on no other node. */
  volatile Object encoded;
  /** How many copies of it went to other nodes; none if all of them were certainly not taken. */
  volatile int attempts;
  private int refusedCopies;
  /** How many copies of it this node's own activation has, or had and did not refuse. */
  private int copiesHere;
  /** The last of these, until it is refused or answered; null if there is none. */
  volatile Here here;
  /** When the first of these went, by this node's clock; what a lease is measured against. */
  volatile long sentNanos;
  /** When it is to be sent again, if nothing was heard of it by then. */
  volatile long againNanos = NEVER;
  /** Where it went last; null while it is on no other node. */
  volatile String node;
  /** An answer that came too late to be sure that its owner still was the owner. */
  volatile Answer doubtful;
  /** When that owner was asked whether it still is. */
  volatile long confirmNanos;
  /** Why it was not taken, when last it was not. */
  volatile Throwable refusal;
  /** Its agent had it. */
  volatile boolean handled;
  /** Who sent it knows that it is in the mailbox, and waits no more. */
  volatile boolean told;

  private final Context context = Vertx.currentContext();
  private final Promise<Object> promise = Promise.promise();

  /** A copy that an activation on this node has. */
  interface Here {
    /** Of that activation; 0 while none has it. */
    long epoch();

    /** What it says, as {@link Body#write} takes it; not to be asked of a volatile agent's. */
    Object encoded();

    /** Whether its agent remembers what it has handled, so that another copy does no harm. */
    boolean isKept();
  }

  /**
   * How it ended.
   *
   * @param failure null for an answer
   */
  record Answer(Object value, Throwable failure, long epoch) {}

  Pending(
      long number,
      String agent,
      boolean asked,
      long nowNanos,
      long deadlineNanos,
      Numbering.Ticket ticket,
      Stamp given) {
    this.number = number;
    this.agent = agent;
    this.asked = asked;
    this.bornNanos = nowNanos;
    this.deadlineNanos = deadlineNanos;
    this.ticket = ticket;
    this.given = given;
  }

  /** What makes each copy of it known as one. */
  Stamp stamp(long nowNanos) {
    if (ticket == null) {
      return given.older((nowNanos - bornNanos) / 1_000_000);
    }
    if (!mayBeTaken()) {
      return ticket.stamp(0);
    }
    long firstNanos = attempts == 0 ? bornNanos : sentNanos;
    return ticket.stamp(Math.max(1, (nowNanos - firstNanos) / 1_000_000));
  }

  /** A copy goes to that node. */
  synchronized void sent(String to, long nowNanos) {
    if (attempts == 0) {
      sentNanos = nowNanos;
    }
    attempts++;
    node = to;
  }

  /** One of its copies certainly was not taken. */
  synchronized void copyRefused() {
    refusedCopies++;
    if (refusedCopies >= attempts) {
      attempts = 0;
      refusedCopies = 0;
      node = null;
    }
  }

  /** A copy goes to the activation on this node. */
  synchronized void offered(Here copy) {
    copiesHere++;
    here = copy;
  }

  /** That one certainly was not taken. */
  synchronized void refusedHere(Here copy) {
    copiesHere--;
    if (here == copy) {
      here = null;
    }
  }

  /** Whether there is a copy of it of which it is not certain that it was not taken. */
  synchronized boolean mayBeTaken() {
    return attempts > 0 || copiesHere > 0;
  }

  /** On whose context it was sent, and where it ends; null for none. */
  Context context() {
    return context;
  }

  Future<Object> future() {
    return promise.future();
  }

  /** On its context; only the first time counts. */
  void complete(Object value, Throwable failure) {
    if (failure == null) {
      promise.tryComplete(value);
    } else {
      promise.tryFail(failure);
    }
  }
}
