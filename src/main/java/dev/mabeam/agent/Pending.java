package dev.mabeam.agent;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;

/** A message from this node that somebody waits for the end of. */
final class Pending {
  /** It is not to be sent again. */
  static final long NEVER = Long.MAX_VALUE;
  /** For how long it is taken for certain that a client outside does not send it again. */
  private static final Duration FIRST = Duration.ofSeconds(1);

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
  /** What was known here when the first copy that may have been taken went. */
  private long knew = Stamp.UNKNOWN;
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

  /**
   * What makes each copy of it known as one, for a copy that is about to go.
   *
   * @param knows the epoch of the agent that it goes to, as this node knows now
   */
  synchronized Stamp stamp(long nowNanos, long knows, Known known) {
    if (!mayBeTaken()) {
      knew = isFirst(nowNanos) ? knows : knewBefore(known);
    }
    if (ticket == null) {
      return given.older((nowNanos - bornNanos) / 1_000_000).knowing(knew);
    }
    if (!mayBeTaken()) {
      return ticket.stamp(0, knew);
    }
    long firstNanos = attempts == 0 ? bornNanos : sentNanos;
    return ticket.stamp(Math.max(1, (nowNanos - firstNanos) / 1_000_000), knew);
  }

  /**
   * Whether no copy of it went anywhere before, as far as is known here. Who sends a message of a
   * session again does so by another node perhaps; not before this one had some time for it.
   */
  boolean isFirst(long nowNanos) {
    boolean only = !mayBeTaken();
    return ticket != null
        ? only
        : only && given.ageMillis() == 0 && nowNanos - bornNanos <= FIRST.toNanos();
  }

  private long knewBefore(Known known) {
    return given.ageMillis() == Stamp.UNKNOWN
        ? Stamp.UNKNOWN
        : known.at(bornNanos - given.ageMillis() * 1_000_000);
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

  /** Whether its first copy went before that epoch was known here. */
  synchronized boolean isOlderThan(long epoch) {
    return knew != Stamp.UNKNOWN && knew < epoch;
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
