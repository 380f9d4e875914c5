package dev.mabeam.agent;

import dev.mabeam.consensus.Lease;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Sees to it that nothing is said on behalf of an agent while this node does not hold its lease.
 * What agents answer meanwhile is said when the lease is back, or never. Any thread.
 */
final class Leash {
  private final Lease lease;
  private final LongSupplier nanos;
  private final List<Runnable> held = new ArrayList<>();
  private boolean closed;

  Leash(Lease lease, LongSupplier nanos) {
    this.lease = lease;
    this.nanos = nanos;
  }

  boolean holds() {
    return lease.held();
  }

  /**
   * For how long after {@code arrivedNanos} the lease holds for certain: what has passed since, and
   * what is left now. Zero if it does not hold now.
   */
  long standsSince(long arrivedNanos) {
    long left = lease.left().toNanos();
    return left <= 0 ? 0 : Math.max(1, nanos.getAsLong() - arrivedNanos) + left;
  }

  /** Says it now, or when the lease is back. */
  void say(Runnable something) {
    if (!lease.held()) {
      synchronized (this) {
        if (!closed) {
          held.add(something);
        }
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
  }

  synchronized void close() {
    closed = true;
    held.clear();
  }
}
