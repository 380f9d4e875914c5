package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an agent wants to be reminded of, by name: part of its checkpoints. Moments are by the wall
 * clock, which the next node has too. On the agent's home.
 */
final class Reminders {
  private static final byte VERSION = 1;
  private static final int MOST = 1_000;

  private record Reminder(long dueMillis, Object encoded) {}

  private final Map<String, Reminder> all = new LinkedHashMap<>();
  /** Those on their way through the mailbox. */
  private final Map<String, Reminder> called = new LinkedHashMap<>();

  /** INVALID if {@code body} cannot travel, OVERLOADED if there are too many. */
  void set(String agent, String name, long dueMillis, Object body) {
    Body.require(agent, body);
    if (all.size() >= MOST && !all.containsKey(name)) {
      throw new MabeamException(
          ErrorCode.OVERLOADED, "agent '" + agent + "' has " + MOST + " reminders already");
    }
    all.put(name, new Reminder(dueMillis, Body.encoded(Body.copy(body))));
  }

  void forget(String name) {
    all.remove(name);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** When the next one is due that was not called; Long.MAX_VALUE if there is none. */
  long nextMillis() {
    long next = Long.MAX_VALUE;
    for (Map.Entry<String, Reminder> each : all.entrySet()) {
      if (called.get(each.getKey()) != each.getValue()) {
        next = Math.min(next, each.getValue().dueMillis());
      }
    }
    return next;
  }

  /** Those that are due, each once. */
  List<Due> due(long nowMillis) {
    List<Due> due = new ArrayList<>();
    all.forEach(
        (name, reminder) -> {
          if (reminder.dueMillis() <= nowMillis && called.put(name, reminder) != reminder) {
            due.add(new Due(name, reminder));
          }
        });
    return due;
  }

  void encode(Buffer to) {
    to.appendByte(VERSION);
    all.forEach(
        (name, reminder) -> {
          byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
          to.appendInt(bytes.length).appendBytes(bytes).appendLong(reminder.dueMillis());
          int start = to.length();
          to.appendInt(0);
          Body.write(to, reminder.encoded());
          to.setInt(start, to.length() - start - 4);
        });
  }

  static Reminders decode(Buffer from) {
    if (from.getByte(0) != VERSION) {
      throw new MabeamException(
          ErrorCode.INVALID, "reminders of version " + from.getByte(0) + " cannot be read");
    }
    Reminders reminders = new Reminders();
    int at = 1;
    while (at < from.length()) {
      int body = at + 4 + from.getInt(at);
      int end = body + 12 + from.getInt(body + 8);
      reminders.all.put(
          from.getString(at + 4, body),
          new Reminder(from.getLong(body), Body.readEncoded(from, body + 12, end)));
      at = end;
    }
    return reminders;
  }

  /** A reminder on its way into the agent. */
  final class Due implements Delivery {
    private final String name;
    private final Reminder reminder;

    private Due(String name, Reminder reminder) {
      this.name = name;
      this.reminder = reminder;
    }

    /** Whether it is still wanted. */
    boolean isWanted() {
      return all.get(name) == reminder;
    }

    /** The agent has it: it is over, unless one of its name is set again. */
    void begun() {
      all.remove(name, reminder);
      called.remove(name, reminder);
    }

    @Override
    public Object body() {
      return Body.decoded(reminder.encoded());
    }

    @Override
    public boolean asked() {
      return false;
    }

    @Override
    public long deadlineNanos() {
      return Long.MAX_VALUE;
    }

    @Override
    public void taken(boolean told) {}

    @Override
    public void answer(Object value) {}

    @Override
    public void fail(MabeamException why) {}
  }
}
