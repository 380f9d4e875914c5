package dev.mabeam.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sending side of one sender: numbers what it sends to each agent, without gaps, and knows
 * below which number nothing is open. {@link Senders} is the other side. Any thread.
 *
 * <p>An agent to which nothing is open needs no memory: when there are many such, they are
 * forgotten, and what is sent to one of them later is numbered from the highest number that was
 * forgotten on. That is a number which that agent has not seen, and the floor comes along.
 */
final class Numbering {
  private static final int MOST_IDLE = 1_024;

  private final String sender;
  private final Map<String, Window> windows = new ConcurrentHashMap<>();
  /** How many of them have nothing open: they are forgotten when they are most of them. */
  private final AtomicInteger idle = new AtomicInteger();
  /** Above every number of what was forgotten. */
  private final AtomicLong base = new AtomicLong(1);
  /** Windows whose agent does not know yet that nothing is open. */
  private final Queue<Window> untold = new ConcurrentLinkedQueue<>();
  private final AtomicInteger untoldCount = new AtomicInteger();

  Numbering(String sender) {
    this.sender = sender;
  }

  /** The next number to that agent. */
  Ticket next(String target) {
    while (true) {
      Window window = windows.get(target);
      if (window == null) {
        forgetIdle();
        window = windows.computeIfAbsent(target, none -> new Window(target, base.get()));
      }
      Ticket ticket = window.next();
      if (ticket != null) {
        return ticket;
      }
    }
  }

  private void forgetIdle() {
    int nothingOpen = idle.get();
    if (nothingOpen >= MOST_IDLE && nothingOpen >= windows.size() / 2) {
      windows.values().removeIf(Window::forget);
    }
  }

  /** How many agents it has numbers for. */
  int size() {
    return windows.size();
  }

  /**
   * For each agent to which nothing is open since {@code sinceMillis}, and which does not know, a
   * ticket whose stamp tells it.
   */
  List<Ticket> untold(long nowMillis, long sinceMillis) {
    List<Ticket> all = new ArrayList<>();
    for (int left = untoldCount.get(); left > 0; left--) {
      Window window = untold.poll();
      if (window == null) {
        break;
      }
      if (nowMillis - window.idleMillis < sinceMillis) {
        untold.add(window);
      } else {
        untoldCount.decrementAndGet();
        Ticket ticket = window.tell();
        if (ticket != null) {
          all.add(ticket);
        }
      }
    }
    return all;
  }

  boolean hasUntold() {
    return !untold.isEmpty();
  }

  /** One number to one agent. */
  final class Ticket {
    private final Window window;
    final long number;

    private Ticket(Window window, long number) {
      this.window = window;
      this.number = number;
    }

    String target() {
      return window.target;
    }

    /** As it goes on the wire now. */
    Stamp stamp(long ageMillis, long knew) {
      return new Stamp(sender, number, window.tellFloor(), ageMillis, knew);
    }

    Stamp stamp(long ageMillis) {
      return stamp(ageMillis, Stamp.UNKNOWN);
    }

    /**
     * Nobody needs an answer to it any more.
     *
     * @param handled whether its agent had it for certain
     * @return whether others may wait at their agent for a number that was given up: then it is to
     *     be told of the floor
     */
    boolean settle(boolean handled, long nowMillis) {
      return window.settle(number, handled, nowMillis);
    }
  }

  /** The numbers to one agent. */
  private final class Window {
    private final String target;
    /** Everything below is settled. */
    private long floor;
    private long next;
    /** Which numbers from the floor on are settled: n at bit n modulo their count. */
    private long[] settled = new long[1];
    /** What its agent was told last. */
    private long told;
    /** The highest number that was given up without having been handled. */
    private long hole;
    private boolean forgotten;
    private boolean queued;
    private volatile long idleMillis;

    Window(String target, long from) {
      this.target = target;
      floor = from;
      next = from;
      told = from;
      idle.incrementAndGet();
    }

    synchronized Ticket next() {
      if (forgotten) {
        return null;
      }
      if (next - floor >= settled.length * 64L) {
        grow();
      }
      if (floor == next) {
        idle.decrementAndGet();
      }
      return new Ticket(this, next++);
    }

    private void grow() {
      long[] larger = new long[settled.length * 2];
      for (long number = floor; number < next; number++) {
        if (isSettled(number)) {
          larger[index(number, larger)] |= 1L << number;
        }
      }
      settled = larger;
    }

    private static int index(long number, long[] bits) {
      return (int) ((number >>> 6) & bits.length - 1);
    }

    private boolean isSettled(long number) {
      return (settled[index(number, settled)] & 1L << number) != 0;
    }

    synchronized boolean settle(long number, boolean handled, long nowMillis) {
      if (number < floor) {
        return false;
      }
      settled[index(number, settled)] |= 1L << number;
      if (!handled) {
        hole = Math.max(hole, number);
      }
      while (floor < next && isSettled(floor)) {
        settled[index(floor, settled)] &= ~(1L << floor);
        floor++;
      }
      if (floor == next) {
        idle.incrementAndGet();
        idleMillis = nowMillis;
        if (!queued && told < floor) {
          queued = true;
          untold.add(this);
          untoldCount.incrementAndGet();
        }
      }
      return hole >= told && hole < floor && floor < next;
    }

    synchronized long tellFloor() {
      told = floor;
      return floor;
    }

    /** Null if there is nothing to tell any more. */
    synchronized Ticket tell() {
      queued = false;
      return told < floor && floor == next ? new Ticket(this, floor) : null;
    }

    synchronized boolean forget() {
      if (floor == next && !forgotten) {
        forgotten = true;
        idle.decrementAndGet();
        base.accumulateAndGet(next, Math::max);
      }
      return forgotten;
    }
  }
}
