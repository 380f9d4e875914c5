package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a durable agent tells others: each message is put in here while the agent handles one of its
 * own, is part of the same checkpoint, leaves when that is written, and stays until its receiver
 * has acknowledged that it was handled.
 *
 * <p>Numbers are part of the checkpoint too. So when the agent is recovered, or moves, what was not
 * acknowledged is sent again under the number that it had, which its receiver knows if it was
 * handled; and what was not written was never sent, so that its numbers are free.
 *
 * <p>Not if its last checkpoint was lost, and that was accepted: then numbers above those in the
 * checkpoint that is left may be known to receivers. So what it tells from then on it tells as
 * another sender, numbered anew; what is left of before goes on under the name and the numbers that
 * it had, in no order with the other.
 *
 * <p>A message that is not acknowledged is sent again with growing pauses, for ever: until it is
 * {@link #acknowledged}, as it also is when there is no such agent. On the agent's context;
 * moments are milliseconds of the node's monotonic clock.
 */
final class Outbox {
  /** How many messages, and bytes of them, an agent may have unacknowledged. */
  record Limits(int messages, int bytes) {
    static final Limits DEFAULT = new Limits(10_000, 8 << 20);
  }

  static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final byte VERSION = 1;
  /** With messages of senders that have lost some. */
  private static final byte VERSION_LOST = 2;
  /** When a message that was not sent yet is due; and one that is under way. */
  private static final long NOT_SENT = Long.MIN_VALUE;
  private static final long UNDER_WAY = Long.MAX_VALUE;

  /** One message; what it says does not change. */
  static final class Letter {
    private final Line line;
    private final long number;
    private final Object encoded;
    private long dueMillis = NOT_SENT;
    private int attempts;

    private Letter(Line line, long number, Object encoded) {
      this.line = line;
      this.number = number;
      this.encoded = encoded;
    }

    String target() {
      return line.to.target();
    }

    long number() {
      return number;
    }

    /** As {@link Body#write} takes it. */
    Object encoded() {
      return encoded;
    }
  }

  private final String id;
  private final long born;
  private final long lostAt;
  private final Limits limits;
  /** By where to, then by number; one without letters is not kept. */
  private final Map<To, Line> lines = new LinkedHashMap<>();
  /** Above every number to a target that is not in {@link #lines}. */
  private long base;
  /** Not sent yet, since what they belong to is not written. */
  private final ArrayDeque<Letter> unsent = new ArrayDeque<>(2);
  private int messages;
  private int bytes;

  /** Who is told, and since which loss; 0 for none. */
  private record To(String target, long lostAt) {}

  /** The letters to one target. */
  private static final class Line {
    private final To to;
    private final String sender;
    private final Map<Long, Letter> letters = new LinkedHashMap<>(4);
    private long next;

    private Line(To to, String sender, long next) {
      this.to = to;
      this.sender = sender;
      this.next = next;
    }

    private long floor() {
      return letters.isEmpty() ? next : letters.keySet().iterator().next();
    }
  }

  private Outbox(String id, long born, long lostAt, Limits limits, long base) {
    this.id = id;
    this.born = born;
    this.lostAt = lostAt;
    this.limits = limits;
    this.base = base;
  }

  /** Of an agent that begins; {@code born} and {@code lostAt} are those of its {@link Entry}. */
  static Outbox fresh(String id, long born, long lostAt) {
    return fresh(id, born, lostAt, Limits.DEFAULT);
  }

  static Outbox fresh(String id, long born, long lostAt, Limits limits) {
    return new Outbox(id, born, lostAt, limits, 1);
  }

  private Line line(To to, long next) {
    return new Line(to, Stamp.ofAgent(id, born, to.lostAt()), next);
  }

  /** Puts a message in, for the next checkpoint. INVALID if it cannot travel; OVERLOADED. */
  Letter add(String target, Object body) {
    Body.require(target, body);
    Object encoded = Body.encoded(Body.copy(body));
    if (messages >= limits.messages() || bytes >= limits.bytes()) {
      throw new MabeamException(
          ErrorCode.OVERLOADED,
          "agent '" + id + "' has told " + messages + " messages that are not acknowledged yet",
          "send slower; this message was not taken");
    }
    Line line = lines.computeIfAbsent(new To(target, lostAt), to -> line(to, base));
    Letter letter = new Letter(line, line.next++, encoded);
    put(letter);
    unsent.add(letter);
    return letter;
  }

  private void put(Letter letter) {
    letter.line.letters.put(letter.number, letter);
    messages++;
    bytes += Body.size(letter.encoded);
  }

  /** How many of the last added have not left: a checkpoint that begins now covers them. */
  int unsent() {
    return unsent.size();
  }

  /** The first so many of those that have not left may leave: they are written. In order. */
  List<Letter> release(int count) {
    List<Letter> released = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Letter letter = unsent.poll();
      letter.dueMillis = UNDER_WAY;
      released.add(letter);
    }
    return released;
  }

  /** What goes on the wire with it now. */
  Stamp stamp(Letter letter) {
    Line line = letter.line;
    return new Stamp(line.sender, letter.number, line.floor(), Stamp.UNKNOWN);
  }

  /** It was handled, and that is written; or there is nobody to handle it. */
  void acknowledged(Letter letter) {
    Line line = letter.line;
    if (line.letters.remove(letter.number, letter)) {
      messages--;
      bytes -= Body.size(letter.encoded);
      if (line.letters.isEmpty()) {
        lines.remove(line.to);
        base = Math.max(base, line.next);
      }
    }
  }

  /** Nobody knows what became of it: it is sent again after a pause. */
  void unanswered(Letter letter, long nowMillis) {
    long pause = FIRST_PAUSE.toMillis() << Math.min(letter.attempts++, 10);
    letter.dueMillis = nowMillis + Math.min(pause, LONGEST_PAUSE.toMillis());
  }

  /** What is to be sent again now, in order of each target; it counts as under way then. */
  List<Letter> due(long nowMillis) {
    List<Letter> due = new ArrayList<>();
    for (Line line : lines.values()) {
      for (Letter letter : line.letters.values()) {
        if (letter.dueMillis != NOT_SENT && letter.dueMillis <= nowMillis) {
          letter.dueMillis = UNDER_WAY;
          due.add(letter);
        }
      }
    }
    return due;
  }

  /** Whether everything that left is acknowledged, and nothing waits to leave. */
  boolean isEmpty() {
    return messages == 0;
  }

  int size() {
    return messages;
  }

  /**
   * Appends what a checkpoint has of it: version, base, how many targets; of each its name, since
   * which loss if there was any, next number, how many letters; of each its number, length, and
   * body.
   */
  void encode(Buffer to) {
    boolean lossy = lines.keySet().stream().anyMatch(each -> each.lostAt() != 0);
    to.appendByte(lossy ? VERSION_LOST : VERSION).appendLong(base).appendInt(lines.size());
    lines.forEach(
        (target, line) -> {
          byte[] name = target.target().getBytes(StandardCharsets.UTF_8);
          to.appendUnsignedShort(name.length).appendBytes(name);
          if (lossy) {
            to.appendLong(target.lostAt());
          }
          to.appendLong(line.next).appendInt(line.letters.size());
          for (Letter letter : line.letters.values()) {
            to.appendLong(letter.number);
            int start = to.length();
            to.appendInt(0);
            Body.write(to, letter.encoded);
            to.setInt(start, to.length() - start - 4);
          }
        });
  }

  /** Everything in it is due at once. INVALID if this version cannot read it. */
  static Outbox decode(String id, long born, long lostAt, Buffer from) {
    return decode(id, born, lostAt, from, Limits.DEFAULT);
  }

  static Outbox decode(String id, long born, long lostAt, Buffer from, Limits limits) {
    try {
      if (from.getByte(0) != VERSION && from.getByte(0) != VERSION_LOST) {
        throw unreadable(id, "version " + from.getByte(0));
      }
      Outbox outbox = new Outbox(id, born, lostAt, limits, from.getLong(1));
      int at = 13;
      for (int count = from.getInt(9); count > 0; count--) {
        at = outbox.readLine(from, at);
      }
      return outbox;
    } catch (IndexOutOfBoundsException malformed) {
      throw unreadable(id, malformed.getMessage());
    }
  }

  private int readLine(Buffer from, int start) {
    int at = start + 2 + from.getUnsignedShort(start);
    String target = from.getString(start + 2, at);
    long since = 0;
    if (from.getByte(0) == VERSION_LOST) {
      since = from.getLong(at);
      at += 8;
    }
    Line line = line(new To(target, since), from.getLong(at));
    lines.put(line.to, line);
    int count = from.getInt(at + 8);
    at += 12;
    for (int i = 0; i < count; i++) {
      int end = at + 12 + from.getInt(at + 8);
      if (end < at + 12 || end > from.length()) {
        throw unreadable(id, "a message to '" + target + "' is cut off");
      }
      Letter letter =
          new Letter(line, from.getLong(at), Body.readEncoded(from, at + 12, end));
      letter.dueMillis = 0;
      put(letter);
      at = end;
    }
    return at;
  }

  private static MabeamException unreadable(String id, String why) {
    return new MabeamException(
        ErrorCode.INVALID,
        "what agent '" + id + "' has told cannot be read: " + why,
        "it may have been written by a newer version");
  }
}
