package dev.mabeam.variable;

import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridClock;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.conflict.Write;
import dev.mabeam.variable.consistency.Writing;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Writes that are done on the thread that asks for them, as reads are: where the replica here is
 * enough for the caller, there is nothing to wait for. The room's thread hears of them in rounds.
 *
 * <pre>
 *   any thread                             the room's thread
 *   with the replica's monitor:
 *     definition, role, lease: as ever
 *     write, put, leave unheard
 *   the first one that is unheard ────────► at once, or {@link #ROUND} after the round before:
 *                                           each replica that was written: heard, passed on, shown
 * </pre>
 *
 * <p>So however often a variable is written within a round, it is passed on, shown and looked after
 * once. What is passed on is what is there then. A crash takes with it what was not passed on yet,
 * as it does with any write that one replica acknowledges.
 *
 * <p>The definition is looked at while the monitor is held. So when the room's thread has seen that
 * a variable is closing, and then looks at the replica with its monitor held, every write that was
 * acknowledged before that is there, and none comes after it ({@link Upkeep}).
 *
 * <p>Whoever writes without waiting for the write before finds them done in that order: while
 * another kind of write waits for the room's thread, all wait there behind it.
 *
 * <p>Whatever is refused here is tried the long way, which says why or asks another node.
 */
final class AtOnce {
  /** How long what is written waits to be heard, at most, while more and more is written. */
  static final Duration ROUND = Duration.ofMillis(2);

  private final VariableContext context;
  private final HybridClock clock;
  private final Replicas replicas;
  private final Copies copies;
  private final Consumer<Replica> heard;
  private final Queue<Replica> unheard = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean roundSet = new AtomicBoolean();
  private final AtomicInteger waiting = new AtomicInteger();
  private long lastNanos;
  private volatile boolean closed;

  /**
   * @param heard takes a replica that counts and was written, on the room's thread
   */
  AtOnce(
      VariableContext context,
      HybridClock clock,
      Replicas replicas,
      Copies copies,
      Consumer<Replica> heard) {
    this.context = context;
    this.clock = clock;
    this.replicas = replicas;
    this.copies = copies;
    this.heard = heard;
    lastNanos = context.scheduler().nanos() - ROUND.toNanos();
  }

  /** The outcome; null if nothing was done, because it takes more. */
  VariableValue set(String name, Object value, WriteOptions options) {
    Replica replica = replica(name);
    if (replica == null || replica.book() != null || waiting.get() > 0 || !isPlain(options)) {
      return null;
    }
    try {
      Object checked = Values.checked(name, value);
      Write write = new Write(checked, options.key(), options.epoch(), clock.now(), "");
      Writing writing =
          new Writing(null, name, Writing.Kind.SET, null, write, options, 0);
      return isPut(replica, writing) ? copies.value(replica).after(options.token()) : null;
    } catch (MabeamException refused) {
      return null;
    }
  }

  private Replica replica(String name) {
    return name == null ? null : replicas.serving(name);
  }

  private static boolean isPlain(WriteOptions options) {
    return options != null
        && options.acks().equals(WriteOptions.ONE)
        && options.gossipFanout() == 0
        && (options.consistency() == null || options.consistency() == Consistency.EVENTUAL);
  }

  private boolean isPut(Replica replica, Writing writing) {
    boolean first;
    synchronized (replica) {
      VariableInfo info = context.definitions().definition(replica.name()).orElse(null);
      if (closed
          || info == null
          || info.options().consistency() != Consistency.EVENTUAL
          || info.life() != replica.life()
          || info.era() != replica.era()
          || replica.role() != Replica.Role.SERVING) {
        return false;
      }
      first = copies.put(replica, info, writing) && replica.leaveUnheard();
    }
    if (first) {
      unheard.add(replica);
      if (roundSet.compareAndSet(false, true)) {
        context.scheduler().execute(this::next);
      }
    }
    return true;
  }

  private void next() {
    Scheduler scheduler = context.scheduler();
    Duration early = ROUND.minusNanos(scheduler.nanos() - lastNanos);
    if (early.isNegative() || early.isZero()) {
      round();
    } else {
      scheduler.after(early, this::round);
    }
  }

  private void round() {
    lastNanos = context.scheduler().nanos();
    roundSet.set(false);
    for (Replica replica = unheard.poll(); replica != null; replica = unheard.poll()) {
      replica.hear();
      // What has left the set since is handed over as it is; another era has what this one had.
      Replica now = replicas.serving(replica.name());
      if (!closed && now != null && now.life() == replica.life()) {
        heard.accept(now);
      }
    }
  }

  /**
   * Another kind of write of that variable is about to wait for the room's thread.
   *
   * @return to be run on that thread, after the write
   */
  Runnable behind(String name) {
    if (replica(name) == null) {
      return () -> {};
    }
    waiting.incrementAndGet();
    return waiting::decrementAndGet;
  }

  /** Whether the room's thread has heard of everything. */
  boolean isQuiet() {
    return !roundSet.get();
  }

  /** No more is done at once. */
  void close() {
    closed = true;
  }
}
