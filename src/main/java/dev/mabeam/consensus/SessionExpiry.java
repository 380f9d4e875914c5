package dev.mabeam.consensus;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The leader proposes to close the sessions in which nothing was applied for long. It counts from
 * when it saw the last command applied, so a new leader begins anew; that something was applied
 * meanwhile is looked at again where the expiry itself is applied.
 */
final class SessionExpiry {
  private record Seen(long ordinal, long nanos) {}

  private final Scheduler scheduler;
  private final Replica replica;
  private final Desk desk;
  private final BooleanSupplier leads;
  private final Duration idle;
  private final Map<Long, Seen> seen = new HashMap<>();
  private final Scheduler.Scheduled timer;

  SessionExpiry(
      Scheduler scheduler, Replica replica, Desk desk, BooleanSupplier leads, Duration idle) {
    this.scheduler = scheduler;
    this.replica = replica;
    this.desk = desk;
    this.leads = leads;
    this.idle = idle;
    this.timer = scheduler.every(idle.dividedBy(8), this::look);
  }

  void close() {
    timer.cancel();
  }

  private void look() {
    if (!leads.getAsBoolean()) {
      seen.clear();
      return;
    }
    long now = scheduler.nanos();
    seen.keySet().retainAll(replica.sessions().keySet());
    replica.sessions().forEach((number, session) -> look(number, session.lastOrdinal(), now));
  }

  private void look(long number, long ordinal, long now) {
    Seen before = seen.get(number);
    if (before == null || before.ordinal != ordinal) {
      seen.put(number, new Seen(ordinal, now));
    } else if (now - before.nanos >= idle.toNanos()) {
      desk.append(new Command.Expire(number, ordinal));
    }
  }
}
