package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;

/**
 * Calls an agent's {@link Reminders} when they are due: puts them into its mailbox. On the agent's
 * home.
 */
final class Alarm {
  private final String id;
  private final Reminders reminders;
  private final Scheduler scheduler;
  private final Home home;
  private final Mailbox mailbox;
  private Scheduler.Scheduled next = () -> {};
  private boolean ended;

  Alarm(String id, Reminders reminders, Scheduler scheduler, Home home, Mailbox mailbox) {
    this.id = id;
    this.reminders = reminders;
    this.scheduler = scheduler;
    this.home = home;
    this.mailbox = mailbox;
  }

  /** Replaces one of that name. */
  void set(String name, long dueMillis, Object body) {
    reminders.set(id, name, dueMillis, body);
    wind();
  }

  void forget(String name) {
    reminders.forget(name);
  }

  /** Calls what is due, and what will be. */
  void wind() {
    next.cancel();
    if (reminders.nextMillis() != Long.MAX_VALUE) {
      long in = Math.max(1, reminders.nextMillis() - scheduler.wallMillis());
      next = scheduler.after(Duration.ofMillis(in), () -> home.queue().add(this::ring));
    }
  }

  private void ring() {
    if (!ended) {
      reminders.due(scheduler.wallMillis()).forEach(mailbox::put);
      wind();
    }
  }

  /** Calls nothing more. */
  void end() {
    ended = true;
    next.cancel();
  }

  void encode(Buffer to) {
    if (!reminders.isEmpty()) {
      reminders.encode(to);
    }
  }
}
