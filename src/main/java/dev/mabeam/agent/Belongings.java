package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What an agent takes along besides its state: what it remembers of senders, what it has told and
 * was not handled yet, and what it wants to be reminded of. It comes out of the last checkpoint of
 * the activation before, and goes into each of this one's, as an {@link Envelope}.
 *
 * <p>What the agent does before it is {@link #open} waits for that: what was restored comes first.
 * On the agent's home.
 */
final class Belongings {
  private final String id;
  private final long born;
  private final long lostAt;
  private final Stage stage;
  private final Mailbox mailbox;
  private Home home;
  private Handling handling;
  private Commits commits;
  /** Null as long as there is nothing in it; so are the next two. */
  private Letters letters;
  private Alarm alarm;
  /** What the agent has told, and wants to be reminded of, before it was opened. */
  private List<Runnable> early;
  private boolean opened;

  Belongings(Entry entry, Stage stage, Mailbox mailbox) {
    id = entry.id();
    born = entry.born();
    lostAt = entry.lostAt();
    this.stage = stage;
    this.mailbox = mailbox;
  }

  /** Where the agent is, what handles its messages and what writes; null if nothing does. */
  void settle(Home home, Handling handling, Commits commits) {
    this.home = home;
    this.handling = handling;
    this.commits = commits;
  }

  /** Takes over what a former activation has written. INVALID if this version cannot read it. */
  void restore(Buffer written) {
    Envelope envelope = Envelope.decode(written);
    handling.remember(envelope.senders());
    if (envelope.outbox().length() > 0) {
      letters = new Letters(id, Outbox.decode(id, born, lostAt, envelope.outbox()), stage, home);
    }
    if (envelope.reminders().length() > 0) {
      alarm = alarm(Reminders.decode(envelope.reminders()));
    }
  }

  private Alarm alarm(Reminders reminders) {
    return new Alarm(id, reminders, stage.scheduler(), home, mailbox);
  }

  /** From now on changes count; whether there were any before, which are to be written. */
  boolean open() {
    opened = true;
    List<Runnable> before = early;
    early = null;
    if (before != null) {
      before.forEach(Runnable::run);
    }
    if (alarm != null) {
      alarm.wind();
    }
    return before != null;
  }

  /** Tells, once that is written. */
  Future<Void> tell(String target, Object body) {
    try {
      if (!SpecRules.isId(target)) {
        throw AgentErrors.notFound(SpecRules.shortened(target));
      }
      Body.require(target, body);
      Object copy = Body.copy(body);
      change(
          () -> {
            if (letters == null) {
              letters = new Letters(id, Outbox.fresh(id, born, lostAt), stage, home);
            }
            letters.add(target, copy);
          });
    } catch (MabeamException refused) {
      return Future.failedFuture(refused);
    }
    return Future.succeededFuture();
  }

  void remind(String name, long dueMillis, Object body) {
    if (name == null) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "a reminder of agent '" + id + "' has no name",
          "name it: another one of that name takes its place");
    }
    Body.require(id, body);
    Object copy = Body.copy(body);
    change(
        () -> {
          if (alarm == null) {
            alarm = alarm(new Reminders());
          }
          alarm.set(name, dueMillis, copy);
        });
  }

  void forgetReminder(String name) {
    change(
        () -> {
          if (alarm != null) {
            alarm.forget(name);
          }
        });
  }

  /** Changes what goes into checkpoints. */
  private void change(Runnable change) {
    if (!opened) {
      if (early == null) {
        early = new ArrayList<>();
      }
      early.add(change);
      return;
    }
    change.run();
    if (mailbox.isBusy()) {
      commits.dirty();
    } else {
      commits.dirtySoon();
    }
  }

  /** As it is now. */
  Buffer envelope() {
    Buffer envelope = Envelope.begin();
    Envelope.part(envelope, () -> handling.encode(envelope));
    Envelope.part(
        envelope,
        () -> {
          if (letters != null) {
            letters.encode(envelope);
          }
        });
    Envelope.part(
        envelope,
        () -> {
          if (alarm != null) {
            alarm.encode(envelope);
          }
        });
    return envelope;
  }

  /** How many letters have not left. */
  int unsent() {
    return letters == null ? 0 : letters.unsent();
  }

  /** So many of them are written. */
  void release(int count) {
    if (letters != null) {
      letters.release(count);
    }
  }

  /** Nothing is sent again, or called, any more. */
  void end() {
    if (letters != null) {
      letters.end();
    }
    if (alarm != null) {
      alarm.end();
    }
  }
}
