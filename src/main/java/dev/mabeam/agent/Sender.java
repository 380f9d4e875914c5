package dev.mabeam.agent;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;

/**
 * What an agent remembers of one sender; {@link Senders} says what it means.
 *
 * <p>Kept are the answers from the floor up to the position, in a ring; none while the position is
 * below. It can be below the floor's predecessor only while messages below the floor wait, or run,
 * that have come before their sender gave them up: these are handled first.
 */
final class Sender {
  private static final int FEW = 16;
  private static final int NO_ANSWER = -1;
  private static final int DROPPED = -2;

  final String id;
  private final byte[] idBytes;
  /** All up to this number is done. */
  long position;
  long floor;
  long heardMillis;
  /** The number of the message that the agent has; 0 for none. */
  long running;
  /** Of number n at n modulo its length, a power of two; null where an answer was dropped. */
  private KeptAnswer[] answers;
  /** By number: what came before those before it, with later copies behind. Null if nothing waits. */
  private TreeMap<Long, List<Delivery>> waiting;
  /** Copies of the message that runs. */
  private List<Delivery> copies = List.of();

  Sender(String id, long floor) {
    this.id = id;
    this.floor = floor;
    idBytes = id.getBytes(StandardCharsets.UTF_8);
    position = floor - 1;
  }

  /** Returns how many bytes of answers that freed. */
  int raise(long newFloor) {
    int freed = 0;
    if (newFloor > floor) {
      long end = Math.min(newFloor, position + 1);
      for (long number = floor; number < end; number++) {
        freed += drop(number);
      }
      floor = newFloor;
      skipGivenUp();
      if (answers != null && answers.length > FEW && position < floor) {
        answers = null;
      }
    }
    return freed;
  }

  /** What is below the floor and has not come never will be handled. */
  private void skipGivenUp() {
    if (running == 0 && (waiting == null || waiting.firstKey() >= floor)) {
      position = Math.max(position, floor - 1);
    }
  }

  /** Whether everything before that number is done, or given up, and nothing runs. */
  boolean isNext(long number) {
    return running == 0
        && (waiting == null || number <= waiting.firstKey())
        && (number == position + 1 || number <= floor);
  }

  void run(long number) {
    running = number;
  }

  /** Returns how many bytes of answers that took. */
  int done(KeptAnswer answer) {
    long number = running;
    running = 0;
    position = Math.max(position, number);
    int size = 0;
    if (number >= floor) {
      keep(number, answer);
      size = answer.size();
    }
    skipGivenUp();
    return size;
  }

  private int drop(long number) {
    KeptAnswer answer = answer(number);
    if (answer == null) {
      return 0;
    }
    answers[(int) (number & answers.length - 1)] = null;
    return answer.size();
  }

  private void keep(long number, KeptAnswer answer) {
    if (answers == null) {
      answers = new KeptAnswer[1];
    }
    if (number - floor >= answers.length) {
      grow((int) (number - floor + 1));
    }
    answers[(int) (number & answers.length - 1)] = answer;
  }

  private void grow(int needed) {
    KeptAnswer[] larger = new KeptAnswer[Integer.highestOneBit(needed - 1) << 1];
    for (long number = floor; number < floor + answers.length; number++) {
      larger[(int) (number & larger.length - 1)] = answers[(int) (number & answers.length - 1)];
    }
    answers = larger;
  }

  /** Of a number from the floor to the position; null if it was dropped. */
  KeptAnswer answer(long number) {
    return answers == null || number - floor >= answers.length
        ? null
        : answers[(int) (number & answers.length - 1)];
  }

  /** Returns how many bytes that freed. */
  int dropAnswers() {
    int freed = bytes();
    answers = null;
    return freed;
  }

  int bytes() {
    int bytes = 0;
    for (long number = floor; number <= position; number++) {
      KeptAnswer answer = answer(number);
      bytes += answer == null ? 0 : answer.size();
    }
    return bytes;
  }

  void wait(long number, Delivery message) {
    if (waiting == null) {
      waiting = new TreeMap<>();
    }
    waiting.computeIfAbsent(number, none -> new ArrayList<>(1)).add(message);
  }

  /** The copies of that message that wait; null if there are none. */
  List<Delivery> copiesOf(long number) {
    return waiting == null ? null : waiting.get(number);
  }

  boolean hasReady() {
    return waiting != null && isNext(waiting.firstKey());
  }

  /** Has the first that waits run. */
  Delivery runFirst() {
    long number = waiting.firstKey();
    List<Delivery> all = waiting.remove(number);
    if (waiting.isEmpty()) {
      waiting = null;
    }
    running = number;
    copies = all.size() == 1 ? List.of() : new ArrayList<>(all.subList(1, all.size()));
    return all.get(0);
  }

  void alongWith(Delivery copy) {
    if (copies.isEmpty()) {
      copies = new ArrayList<>(1);
    }
    copies.add(copy);
  }

  List<Delivery> takeCopies() {
    List<Delivery> taken = copies;
    copies = List.of();
    return taken;
  }

  int waiting() {
    return waiting == null ? 0 : waiting.values().stream().mapToInt(List::size).sum();
  }

  List<Delivery> takeWaiting() {
    if (waiting == null) {
      return List.of();
    }
    List<Delivery> taken = waiting.values().stream().flatMap(List::stream).toList();
    waiting = null;
    skipGivenUp();
    return taken;
  }

  /** Those whose deadline has passed while they waited. */
  List<Delivery> takeLate(long nowNanos) {
    List<Delivery> late = new ArrayList<>();
    if (waiting != null) {
      for (Iterator<List<Delivery>> all = waiting.values().iterator(); all.hasNext(); ) {
        List<Delivery> each = all.next();
        for (Delivery message : List.copyOf(each)) {
          if (message.deadlineNanos() - nowNanos <= 0) {
            each.remove(message);
            late.add(message);
          }
        }
        if (each.isEmpty()) {
          all.remove();
        }
      }
      if (waiting.isEmpty()) {
        waiting = null;
      }
      skipGivenUp();
    }
    return late;
  }

  /** A session, or an agent to which everything is acknowledged; and nothing of it runs. */
  boolean mayBeForgotten() {
    return running == 0 && (!Stamp.isAgent(id) || floor == position + 1 && waiting == null);
  }

  /** Id, position, floor, milliseconds of silence, and each answer from floor to position. */
  void encode(Buffer to, long nowMillis) {
    to.appendUnsignedShort(idBytes.length).appendBytes(idBytes);
    to.appendLong(position).appendLong(floor);
    to.appendInt((int) Math.max(0, Math.min(Integer.MAX_VALUE, nowMillis - heardMillis)));
    for (long number = floor; number <= position; number++) {
      KeptAnswer answer = answer(number);
      if (answer == null || answer == KeptAnswer.NONE) {
        to.appendInt(answer == null ? DROPPED : NO_ANSWER);
      } else {
        int start = to.length();
        to.appendInt(0);
        answer.write(to);
        to.setInt(start, to.length() - start - 4);
      }
    }
  }

  static Sender decode(Buffer from, int start, int end, long nowMillis) {
    int at = start + 2 + from.getUnsignedShort(start);
    Sender sender = new Sender(from.getString(start + 2, at), from.getLong(at + 8));
    long position = from.getLong(at);
    sender.heardMillis = nowMillis - from.getInt(at + 16);
    at += 20;
    for (long number = sender.floor; number <= position; number++) {
      int length = from.getInt(at);
      at += 4;
      if (at + Math.max(0, length) > end) {
        throw new IllegalArgumentException("an answer is cut off");
      }
      if (length != DROPPED) {
        sender.keep(
            number,
            length == NO_ANSWER ? KeptAnswer.NONE : KeptAnswer.read(from, at, at + length));
      }
      at += Math.max(0, length);
    }
    sender.position = Math.max(sender.position, position);
    return sender;
  }
}
