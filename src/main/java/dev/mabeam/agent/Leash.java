package dev.mabeam.agent;

import dev.mabeam.consensus.Lease;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Sees to it that nothing is said on behalf of an agent, and that no message is taken for one, while
 * this node does not hold its lease. What agents answer meanwhile is said when the lease is back, or
 * never. What is sent to them meanwhile waits outside: {@link #await}. Any thread.
 */
final class Leash {
  private static final System.Logger LOG = System.getLogger(Leash.class.getName());

  /**
   * For how long a message waits at most. A lease that is only late is back by then; a node that is
   * silent for longer is about to be expelled.
   */
  static final Duration PATIENCE = Duration.ofSeconds(4);

  /** What may wait, so that a node that is cut off does not fill up. */
  private static final int MOST_WAITING = 10_000;

  /** A message that has not been taken. */
  private static final class Outside {
    final Runnable enter;
    final Runnable refuse;
    volatile Scheduler.Scheduled expiry = () -> {};

    Outside(Runnable enter, Runnable refuse) {
      this.enter = enter;
      this.refuse = refuse;
    }
  }

  private final Lease lease;
  private final Scheduler scheduler;
  private final IntConsumer unsaid;
  private final List<Runnable> held = new ArrayList<>();
  private final Set<Outside> outside = new LinkedHashSet<>();
  /** Whether somebody is outside, or on the way in: who comes now goes behind them. */
  private volatile boolean queue;
  private boolean entering;
  private boolean closed;

  /**
   * @param unsaid hears how many things were held back and will never be said
   */
  Leash(Lease lease, Scheduler scheduler, IntConsumer unsaid) {
    this.lease = lease;
    this.scheduler = scheduler;
    this.unsaid = unsaid;
  }

  boolean holds() {
    return lease.held();
  }

  /** Whether a message may be taken right now: the lease is there, and nobody waits for it. */
  boolean open() {
    return !queue && lease.held();
  }

  /**
   * Lets a message in once the lease is there, behind those that came before it; or refuses it, if
   * that takes longer than {@link #PATIENCE} or three quarters of what is left until its deadline:
   * the rest is for saying so, while it is certain that it was not taken.
   */
  void await(long deadlineNanos, Runnable enter, Runnable refuse) {
    Outside message = new Outside(enter, refuse);
    boolean full;
    synchronized (this) {
      full = closed || outside.size() >= MOST_WAITING;
      if (!full) {
        queue = true;
        outside.add(message);
      }
    }
    if (full) {
      refuse.run();
      return;
    }
    long left = deadlineNanos - scheduler.nanos();
    Duration wait = Duration.ofNanos(Math.min(PATIENCE.toNanos(), left - left / 4));
    scheduler.execute(() -> expireIn(wait, message));
    letIn();
  }

  /** On the scheduler's thread. */
  private void expireIn(Duration wait, Outside message) {
    synchronized (this) {
      if (!outside.contains(message)) {
        return;
      }
    }
    message.expiry = scheduler.after(wait, () -> expired(message));
  }

  private void expired(Outside message) {
    boolean first;
    synchronized (this) {
      first = outside.remove(message);
    }
    if (first) {
      message.refuse.run();
      letIn();
    }
  }

  /** One after the other, as long as the lease is there. */
  private void letIn() {
    Outside next = next(false);
    while (next != null) {
      next.expiry.cancel();
      try {
        next.enter.run();
      } catch (RuntimeException defect) {
        LOG.log(System.Logger.Level.ERROR, "a message that had waited was lost", defect);
      }
      next = next(true);
    }
  }

  /** Null if somebody else lets them in, nobody is left, or the lease is not there. */
  private synchronized Outside next(boolean mine) {
    if (entering && !mine) {
      return null;
    }
    Iterator<Outside> first = outside.iterator();
    entering = first.hasNext() && lease.held();
    if (!entering) {
      queue = !outside.isEmpty();
      return null;
    }
    Outside next = first.next();
    first.remove();
    return next;
  }

  /**
   * For how long after {@code arrivedNanos} the lease holds for certain: what has passed since, and
   * what is left now. Zero if it does not hold now.
   */
  long standsSince(long arrivedNanos) {
    long left = lease.left().toNanos();
    return left <= 0 ? 0 : Math.max(1, scheduler.nanos() - arrivedNanos) + left;
  }

  /** Says it now, or when the lease is back. */
  void say(Runnable something) {
    if (!lease.held()) {
      boolean never;
      synchronized (this) {
        never = closed;
        if (!never) {
          held.add(something);
        }
      }
      if (never) {
        unsaid.accept(1);
        return;
      }
      if (!lease.held()) {
        return;
      }
      release();
      return;
    }
    something.run();
  }

  /** The lease is back. */
  void release() {
    List<Runnable> all;
    synchronized (this) {
      all = List.copyOf(held);
      held.clear();
    }
    all.forEach(Runnable::run);
    letIn();
  }

  void close() {
    List<Outside> all;
    int dropped;
    synchronized (this) {
      closed = true;
      dropped = held.size();
      held.clear();
      all = List.copyOf(outside);
      outside.clear();
    }
    unsaid.accept(dropped);
    all.forEach(
        message -> {
          message.expiry.cancel();
          message.refuse.run();
        });
  }
}
