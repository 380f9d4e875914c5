package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Has the agents of a node write in rounds. Those that have something to write before the
 * checkpoints' thread comes to it make up a round: together they take one frame to each store, and
 * are confirmed together. Who has something while a round is under way collects on, and writes in
 * the next one. So there are the fewer writes, and the more messages in each, the more there is to
 * do, and a write that comes alone waits for nothing.
 *
 * <p>A round that takes longer than {@link #PATIENCE}, since some of its agents write to a store
 * that is slow or silent, does not hold up the others any longer. Any thread.
 */
final class WriteRounds {
  static final Duration PATIENCE = Duration.ofMillis(5);
  /** Nobody waits for a write that is larger: it belongs to no round. */
  static final int LARGE = 64 * 1024;
  /** Of a write that belongs to none. */
  static final long NONE = 0;

  private final RunQueue writes;
  private final Scheduler scheduler;
  private Map<Home, List<Runnable>> waiting = new LinkedHashMap<>();
  private long round = 1;
  /** Writes of this round. */
  private int underWay;
  private volatile boolean open = true;
  private boolean watched;

  /**
   * @param writes runs tasks on the checkpoints' thread
   */
  WriteRounds(RunQueue writes, Scheduler scheduler) {
    this.writes = writes;
    this.scheduler = scheduler;
  }

  /** Whether a write may begin now. */
  boolean isOpen() {
    return open;
  }

  /** Runs {@code again} on {@code home} when one may. */
  void await(Home home, Runnable again) {
    synchronized (this) {
      if (!open) {
        waiting.computeIfAbsent(home, none -> new ArrayList<>()).add(again);
        if (!watched) {
          watch();
        }
        return;
      }
    }
    home.queue().add(again);
  }

  /**
   * A write of so many bytes begins; the round that {@link #taken} and {@link #ended} are to hear
   * of.
   */
  synchronized long begun(int bytes) {
    if (!open || bytes > LARGE) {
      return NONE;
    }
    underWay++;
    return round;
  }

  /** The checkpoints' thread has come to a write of that round: who is not in it waits. */
  synchronized void taken(long of) {
    if (of == round) {
      open = false;
    }
  }

  /**
   * A write of that round has ended, well or not. On the checkpoints' thread, and what its home is
   * told of it is {@linkplain Home#fromCheckpoints() on its way}: who waits there hears with that.
   */
  void ended(long of) {
    boolean last;
    synchronized (this) {
      last = of == round && --underWay == 0;
    }
    if (last) {
      next(of);
    }
  }

  private void next(long after) {
    Map<Home, List<Runnable>> all;
    synchronized (this) {
      if (after != round) {
        return;
      }
      round++;
      underWay = 0;
      open = true;
      all = waiting;
      waiting = new LinkedHashMap<>();
    }
    all.forEach(
        (home, waited) ->
            waited.forEach(again -> home.fromCheckpoints().add(again, writes, home.queue())));
  }

  private void watch() {
    watched = true;
    long seen = round;
    scheduler.after(PATIENCE, () -> look(seen));
  }

  private void look(long seen) {
    boolean late;
    synchronized (this) {
      watched = false;
      late = !waiting.isEmpty() && round == seen;
      if (!waiting.isEmpty() && !late) {
        watch();
      }
    }
    if (late) {
      writes.add(() -> next(seen));
    }
  }
}
