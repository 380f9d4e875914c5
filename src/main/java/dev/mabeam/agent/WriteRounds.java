package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Has the agents of one home write in rounds. Those that have something to write in one turn of the
 * home make up a round: together they take one hop to the checkpoints' thread and one frame to each
 * store. Who has something while a round is under way collects on, and writes in the next one. So
 * there are the fewer writes, and the more messages in each, the more there is to do, and a write
 * that comes alone waits for nothing.
 *
 * <p>A round that takes longer than {@link #PATIENCE}, since some of its agents write to a store
 * that is slow or silent, does not hold up the others any longer. On the home.
 */
final class WriteRounds {
  static final Duration PATIENCE = Duration.ofMillis(5);
  /** Of a write that belongs to none. */
  static final long NONE = 0;

  private final RunQueue queue;
  private List<Runnable> waiting = new ArrayList<>();
  private long round = 1;
  /** Writes of this round. */
  private int underWay;
  private boolean open = true;
  /** It is open to the end of this turn. */
  private boolean closing;
  private boolean watched;

  WriteRounds(RunQueue queue) {
    this.queue = queue;
  }

  /** Whether a write may begin now. */
  boolean isOpen() {
    return open;
  }

  /** Runs {@code again} when one may. */
  void await(Runnable again, Scheduler scheduler) {
    waiting.add(again);
    if (!watched) {
      watch(scheduler);
    }
  }

  /** A write begins; the round that {@link #ended} is to hear of. */
  long begun() {
    if (!open) {
      return NONE;
    }
    underWay++;
    if (!closing) {
      closing = true;
      queue.add(this::close);
    }
    return round;
  }

  private void close() {
    closing = false;
    open = underWay == 0;
  }

  /** A write of that round has ended, well or not. */
  void ended(long of) {
    if (of == round && --underWay == 0 && !closing) {
      next();
    }
  }

  private void next() {
    round++;
    underWay = 0;
    open = true;
    List<Runnable> all = waiting;
    waiting = new ArrayList<>(all.size());
    all.forEach(queue::add);
  }

  private void watch(Scheduler scheduler) {
    watched = true;
    long seen = round;
    scheduler.after(PATIENCE, () -> queue.add(() -> look(seen, scheduler)));
  }

  private void look(long seen, Scheduler scheduler) {
    watched = false;
    if (!waiting.isEmpty()) {
      if (round == seen && !closing) {
        next();
      } else {
        watch(scheduler);
      }
    }
  }
}
