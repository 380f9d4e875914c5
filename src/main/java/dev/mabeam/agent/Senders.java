package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one agent remembers of who sent to it, so that each message is handled once, in its sender's
 * order, however often it comes.
 *
 * <p><b>Senders.</b> A sender is whoever counts messages to this agent: a node, for what is sent
 * from it ({@code n:}, a new random name each time its agents' room opens); a durable agent, with
 * what it tells ({@code a:id@born}, which its recovery and its moves do not change); a client
 * outside that names a session ({@code s:}). Never just the name of a client: one that starts again
 * counts from 1 again, and its messages would be taken for old ones. A sender numbers its messages
 * to one agent from 1 without gaps, and gives every copy of a message the same number.
 *
 * <p><b>Position and floor.</b> The position of a sender says up to which number its messages are
 * done: handled, with the state and the answers that came of them, or given up. Its floor, which
 * every message brings along, says below which number it waits for nothing any more: it has the
 * answer, or has given the message up. From the floor to the position the answers are kept, for
 * copies of messages whose answer was lost. What comes next after the position is handled; what is
 * further on waits until those before it have come, or are below the floor.
 *
 * <p><b>Why nothing is handled twice.</b> Positions, answers and state are one checkpoint: either
 * all of them know of a message or none. A number that is not above the position is never handled.
 * Below the floor it was settled before that floor was said; in between its answer is kept. And a
 * sender that is not known, since nothing was heard of it for an hour, can have no message that was
 * handled: a message that was first sent more than half an hour ago is refused, so none comes whose
 * first copy is older than the memory of its sender. This assumes that no message is under way for
 * half an hour.
 *
 * <p><b>Who dies.</b> <em>The sender</em>: a node and its session are gone for good, and what is
 * remembered of them an hour later; a durable agent comes back with its numbers and what was not
 * acknowledged, which is sent again; it is forgotten only when nothing of it is open. <em>The
 * agent</em>: it comes back with its last checkpoint. What it did since then was told to nobody and
 * is done again when its senders send again, which they do since nobody answered; one whose floor
 * has passed what the checkpoint has not handled got its answer for a message that changed nothing,
 * and its next message takes the position along. <em>Both</em>: each with its own checkpoint; the
 * sender's floor may be lower than one that was said before, which is ignored.
 *
 * <p><b>Without a checkpoint.</b> An agent begins with an empty memory, at an epoch: when it is
 * deployed, when it has lost all that it kept, and a volatile one when it is recovered. What may have
 * been handled before is refused with SESSION_EXPIRED: all that was first sent when that epoch was
 * not known where it was sent from. Its age does not tell, since a copy may be under way, or wait,
 * for any time; {@link Stamp#knew} is the same in all of them. Who knew of an epoch sent after it was
 * decided, and before it is decided whoever had the agent has stopped, or has no lease any more. Of
 * a message that was sent once and is refused for that its node knows that nobody handled it, and
 * sends it as a new one. A move takes the memory along, and since when it is one.
 *
 * <p><b>Not guaranteed.</b> What a durable agent tells is handled again by a volatile one that has
 * lost its memory. To such a one a client may send what was handled before if it does not say how
 * old its message is, or says that it is new when that waited outside of the cluster, or sends it
 * by two nodes within a second. A
 * question that an agent asks while it handles a message may be asked again, as another message,
 * when the agent is recovered and handles that message again; what it tells goes by its {@link
 * Outbox} and is not told twice. A client without a session sends each of its messages as a new
 * one. A client that does not say how old its message is, and sends its first one again after its
 * session was forgotten, is taken for a new one. And what an agent does outside is not undone when
 * it is recovered: it carries a key for the other system.
 *
 * <p>In memory an agent that nobody has sent to has none of this. On the agent's context; moments
 * are milliseconds of the node's monotonic clock.
 */
final class Senders {
  static final Duration EXPIRY = Duration.ofHours(1);
  /** A message that was first sent longer ago is not taken. */
  static final Duration OLDEST = EXPIRY.dividedBy(2);

  private static final byte VERSION = 1;
  private static final int FEW = 8;
  private static final long BEFORE_EVERYTHING = Long.MIN_VALUE;

  /**
   * How much is remembered of all senders together; and of one, how far beyond its floor.
   *
   * @param waiting messages that wait for one before them
   * @param bytes of answers
   */
  record Limits(int senders, int waiting, int beyondFloor, int bytes) {
    static final Limits DEFAULT = new Limits(10_000, 1_000, 4_096, 8 << 20);
  }

  private final String agent;
  private final Limits limits;
  /** What was first sent before this moment may have been handled by who is forgotten. */
  private final long since;
  /** The same as an epoch, for messages that tell of what was known when they were sent. */
  private final long sinceEpoch;
  private final List<Sender> few = new ArrayList<>(1);
  /** All of them, once there are more than a few. */
  private Map<String, Sender> many;
  /** Senders that may have a message that waits no more; null if none has. */
  private ArrayDeque<Sender> ready;
  private int waiting;
  private int bytes;
  private boolean begun;

  private Senders(String agent, Limits limits, long since, long sinceEpoch) {
    this.agent = agent;
    this.limits = limits;
    this.since = since;
    this.sinceEpoch = sinceEpoch;
  }

  /**
   * Of an agent that begins at that moment, without a memory.
   *
   * @param sinceEpoch nobody has handled what was first sent where this was known
   */
  static Senders fresh(String agent, long nowMillis, long sinceEpoch) {
    return fresh(agent, nowMillis, sinceEpoch, Limits.DEFAULT);
  }

  static Senders fresh(String agent, long nowMillis, long sinceEpoch, Limits limits) {
    return new Senders(agent, limits, nowMillis, sinceEpoch);
  }

  /** What is to be done with a message; those that are to wait, or run already, are kept here. */
  Verdict arrive(Delivery message, long nowMillis) {
    Stamp stamp = message.stamp();
    Sender sender = get(stamp.sender());
    if (sender == null) {
      if (mayBeForgotten(stamp, nowMillis)) {
        return Verdict.EXPIRED;
      }
      if (all().size() >= limits.senders()) {
        expire(nowMillis);
        if (all().size() >= limits.senders()) {
          return Verdict.OVERLOADED;
        }
      }
      sender = add(new Sender(stamp.sender(), stamp.floor()));
      begun |= stamp.ageMillis() == Stamp.UNKNOWN;
    }
    sender.heardMillis = nowMillis;
    raise(sender, stamp.floor());
    return verdict(sender, stamp, message, nowMillis);
  }

  /** Whether an unknown sender may have been known, and this message handled. */
  private boolean mayBeForgotten(Stamp stamp, long nowMillis) {
    if (Stamp.isAgent(stamp.sender())) {
      return false;
    }
    return stamp.ageMillis() == Stamp.UNKNOWN
        ? stamp.floor() > 1
        : isOld(stamp) || isFromBefore(stamp, nowMillis);
  }

  /** Whether another activation, of which nothing is remembered, may have handled it. */
  private boolean isFromBefore(Stamp stamp, long nowMillis) {
    if (Stamp.isAgent(stamp.sender())) {
      return false;
    }
    return stamp.knew() == Stamp.UNKNOWN
        ? stamp.ageMillis() > 0 && nowMillis - stamp.ageMillis() < since
        : stamp.knew() < sinceEpoch;
  }

  private static boolean isOld(Stamp stamp) {
    return stamp.ageMillis() > OLDEST.toMillis() && !Stamp.isAgent(stamp.sender());
  }

  private Verdict verdict(Sender sender, Stamp stamp, Delivery message, long nowMillis) {
    long number = stamp.sequence();
    if (number == sender.running) {
      sender.alongWith(message);
      return Verdict.DUPLICATE_RUNNING;
    }
    if (number <= sender.position) {
      return done(sender, stamp);
    }
    List<Delivery> copies = sender.copiesOf(number);
    boolean lost = number < sender.floor || isOld(stamp) || isFromBefore(stamp, nowMillis);
    if (copies == null && lost) {
      return Verdict.EXPIRED;
    }
    if (copies == null
        && (number - sender.floor >= limits.beyondFloor() || bytes >= limits.bytes())) {
      return Verdict.OVERLOADED;
    }
    if (copies == null && sender.isNext(number)) {
      sender.run(number);
      return Verdict.RUN;
    }
    if (waiting >= limits.waiting()) {
      giveUpLate(nowMillis);
      if (waiting >= limits.waiting()) {
        return Verdict.OVERLOADED;
      }
    }
    sender.wait(number, message);
    waiting++;
    mayBeReady(sender);
    return Verdict.WAIT;
  }

  private static Verdict done(Sender sender, Stamp stamp) {
    if (stamp.sequence() >= sender.floor) {
      KeptAnswer kept = sender.answer(stamp.sequence());
      return kept == null ? Verdict.EXPIRED : Verdict.answered(kept);
    }
    // An agent that comes back may have said a higher floor before than it remembers.
    return Stamp.isAgent(sender.id) ? Verdict.answered(KeptAnswer.NONE) : Verdict.EXPIRED;
  }

  /**
   * The agent is done with a message that was to {@link Verdict#RUN run}, or that {@link #runnable}
   * gave: its position, its answer and what it did to the state belong into one checkpoint.
   *
   * @return copies of it that came meanwhile, and get the same answer
   */
  List<Delivery> applied(Stamp stamp, KeptAnswer answer) {
    Sender sender = get(stamp.sender());
    if (sender == null || sender.running != stamp.sequence()) {
      throw new IllegalStateException(stamp + " does not run in agent '" + agent + "'");
    }
    bytes += sender.done(answer);
    mayBeReady(sender);
    return sender.takeCopies();
  }

  /** The next message that is to run since it waits for nothing any more; null if there is none. */
  Delivery runnable() {
    while (ready != null) {
      Sender sender = ready.poll();
      if (ready.isEmpty()) {
        ready = null;
      }
      if (sender.hasReady()) {
        int before = sender.waiting();
        Delivery message = sender.runFirst();
        waiting -= before - sender.waiting();
        return message;
      }
    }
    return null;
  }

  /** A sender has no use any more for the answers below that number. Then {@link #runnable}. */
  void settled(String id, long floor, long nowMillis) {
    Sender sender = get(id);
    if (sender != null) {
      sender.heardMillis = nowMillis;
      raise(sender, floor);
    }
  }

  private void raise(Sender sender, long floor) {
    bytes -= sender.raise(floor);
    mayBeReady(sender);
  }

  private void mayBeReady(Sender sender) {
    if (sender.hasReady()) {
      if (ready == null) {
        ready = new ArrayDeque<>(2);
      }
      ready.add(sender);
    }
  }

  /** Forgets who was silent for too long, and who waits in vain. */
  void expire(long nowMillis) {
    giveUpLate(nowMillis);
    for (Sender sender : List.copyOf(all())) {
      long silent = nowMillis - sender.heardMillis;
      if (silent >= EXPIRY.toMillis() && sender.mayBeForgotten()) {
        few.remove(sender);
        if (many != null) {
          many.remove(sender.id);
        }
        giveUp(sender.takeWaiting(), expired(sender.id));
        bytes -= sender.bytes();
      } else if (silent >= OLDEST.toMillis() && !Stamp.isAgent(sender.id)) {
        bytes -= sender.dropAnswers();
      }
    }
  }

  private void giveUpLate(long nowMillis) {
    if (waiting > 0) {
      long nowNanos = nowMillis * 1_000_000;
      for (Sender sender : all()) {
        giveUp(sender.takeLate(nowNanos), AgentErrors.late(agent));
      }
    }
  }

  private void giveUp(List<Delivery> messages, MabeamException why) {
    waiting -= messages.size();
    messages.forEach(message -> message.fail(why));
  }

  private MabeamException expired(String sender) {
    return AgentErrors.sessionExpired(agent, sender);
  }

  /** The messages that wait for others, which are the caller's from now on: each sender's in order. */
  List<Delivery> takeWaiting() {
    List<Delivery> taken = new ArrayList<>(waiting);
    all().forEach(sender -> taken.addAll(sender.takeWaiting()));
    waiting = 0;
    ready = null;
    return taken;
  }

  int waiting() {
    return waiting;
  }

  int size() {
    return all().size();
  }

  /**
   * Whether a checkpoint is due even if no message changes the state: a sender is new whose later
   * messages would be refused if this were lost.
   */
  boolean isToBeKept() {
    return begun;
  }

  private Collection<Sender> all() {
    return many == null ? few : many.values();
  }

  private Sender get(String id) {
    if (many != null) {
      return many.get(id);
    }
    for (int i = 0; i < few.size(); i++) {
      if (few.get(i).id.equals(id)) {
        return few.get(i);
      }
    }
    return null;
  }

  private Sender add(Sender sender) {
    if (many == null && few.size() == FEW) {
      many = new LinkedHashMap<>();
      few.forEach(each -> many.put(each.id, each));
      few.clear();
    }
    if (many == null) {
      few.add(sender);
    } else {
      many.put(sender.id, sender);
    }
    return sender;
  }

  /**
   * Appends what a checkpoint has of it: a version, how many senders, and of each its length and
   * what {@link Sender#encode} says. Not while a message runs.
   */
  void encode(Buffer to, long nowMillis) {
    begun = false;
    Collection<Sender> all = all();
    to.appendByte(VERSION).appendInt(all.size());
    for (Sender sender : all) {
      int start = to.length();
      to.appendInt(0);
      sender.encode(to, nowMillis);
      to.setInt(start, to.length() - start - 4);
    }
  }

  /** Appends the epoch since which this remembers everything; behind {@link #encode}. */
  void encodeSince(Buffer to) {
    to.appendLong(sinceEpoch);
  }

  /** Empty for empty bytes: nobody had sent. INVALID if this version cannot read it. */
  static Senders decode(String agent, Buffer from, long nowMillis) {
    return decode(agent, from, nowMillis, Limits.DEFAULT);
  }

  static Senders decode(String agent, Buffer from, long nowMillis, Limits limits) {
    if (from.length() == 0) {
      return new Senders(agent, limits, BEFORE_EVERYTHING, 0);
    }
    try {
      if (from.getByte(0) != VERSION) {
        throw unreadable(agent, "version " + from.getByte(0));
      }
      int count = from.getInt(1);
      int at = 5;
      for (int i = 0; i < count; i++) {
        at += 4 + requireWhole(agent, from, at, i);
      }
      long sinceEpoch = at + 8 <= from.length() ? from.getLong(at) : 0;
      Senders senders = new Senders(agent, limits, BEFORE_EVERYTHING, sinceEpoch);
      at = 5;
      for (int i = 0; i < count; i++) {
        int end = at + 4 + from.getInt(at);
        Sender sender = senders.add(Sender.decode(from, at + 4, end, nowMillis));
        senders.bytes += sender.bytes();
        at = end;
      }
      return senders;
    } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
      throw unreadable(agent, malformed.getMessage());
    }
  }

  private static int requireWhole(String agent, Buffer from, int at, int which) {
    int length = from.getInt(at);
    if (length < 0 || length > from.length() - at - 4) {
      throw unreadable(agent, "sender " + which + " is cut off");
    }
    return length;
  }

  private static MabeamException unreadable(String agent, String why) {
    return new MabeamException(
        ErrorCode.INVALID,
        "what agent '" + agent + "' remembers of its senders cannot be read: " + why,
        "it may have been written by a newer version");
  }
}
