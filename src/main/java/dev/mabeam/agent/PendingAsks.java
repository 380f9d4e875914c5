package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The messages from this node that have not ended. Each ends once: with an answer, a failure, or
 * TIMEOUT at its deadline, or with why it was not taken if it never was. It ends on the context
 * that it was sent on.
 *
 * <p>One timer serves all: it is set for the earliest deadline, and moved when a message with an
 * earlier one comes. As almost all end long before, a look at all of them is rare. Any thread.
 */
final class PendingAsks {
  /** Deadlines closer together than this are looked at together. */
  private static final Duration LEAST = Duration.ofMillis(5);
  /** A longer deadline than a lifetime is no other than this. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 4);

  private final Scheduler scheduler;
  private final AgentCounts counts;
  private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private volatile long nextLook = Long.MAX_VALUE;
  private Scheduler.Scheduled timer = () -> {};
  private Consumer<Pending> onEnd = ended -> {};

  PendingAsks(Scheduler scheduler, AgentCounts counts) {
    this.scheduler = scheduler;
    this.counts = counts;
  }

  /** Hears of each message that has ended, on any thread. Before the first one. */
  void onEnd(Consumer<Pending> onEnd) {
    this.onEnd = onEnd;
  }

  /** Either {@code ticket} or {@code given} says what number it has. */
  Pending add(
      String agent, boolean asked, Duration deadline, Numbering.Ticket ticket, Stamp given) {
    long now = scheduler.nanos();
    long until = now + (deadline.compareTo(LONGEST) < 0 ? deadline : LONGEST).toNanos();
    Pending added =
        new Pending(numbers.incrementAndGet(), agent, asked, now, until, ticket, given);
    pending.put(added.number, added);
    if (isBefore(until, nextLook)) {
      scheduler.execute(() -> lookAt(until));
    }
    return added;
  }

  private static boolean isBefore(long nanos, long other) {
    return other == Long.MAX_VALUE || nanos - other < 0;
  }

  /** The message of that number; null if it has ended. */
  Pending get(long number) {
    return pending.get(number);
  }

  int size() {
    return pending.size();
  }

  Collection<Pending> all() {
    return pending.values();
  }

  /** Who told it waits no more; it has not ended, though. */
  void told(Pending message) {
    if (!message.told) {
      message.told = true;
      counts.ended(false, null);
      complete(message, null, null);
    }
  }

  /** Ends it, if it has not ended. */
  void end(Pending message, Object value, Throwable failure) {
    if (remove(message, failure)) {
      complete(message, value, failure);
    }
  }

  private boolean remove(Pending message, Throwable failure) {
    boolean first = pending.remove(message.number, message);
    if (first) {
      if (!message.told) {
        counts.ended(message.asked, failure);
      }
      onEnd.accept(message);
    }
    return first;
  }

  private static void complete(Pending message, Object value, Throwable failure) {
    Context context = message.context();
    if (context == null || context == Vertx.currentContext()) {
      message.complete(value, failure);
    } else {
      context.runOnContext(none -> message.complete(value, failure));
    }
  }

  /** Fails those that {@code which} says. */
  void failAll(Predicate<Pending> which, Function<Pending, Throwable> why) {
    for (Pending message : pending.values()) {
      if (which.test(message)) {
        end(message, null, why.apply(message));
      }
    }
  }

  private void lookAt(long until) {
    if (isBefore(until, nextLook)) {
      timer.cancel();
      nextLook = until;
      long in = Math.max(LEAST.toNanos(), until - scheduler.nanos());
      timer = scheduler.after(Duration.ofNanos(in), this::look);
    }
  }

  private void look() {
    nextLook = Long.MAX_VALUE;
    long now = scheduler.nanos();
    long earliest = Long.MAX_VALUE;
    for (Pending message : pending.values()) {
      if (message.deadlineNanos - now <= 0) {
        boolean refused = !message.mayBeTaken() && message.refusal != null;
        end(message, null, refused ? message.refusal : AgentErrors.late(message.agent));
      } else if (isBefore(message.deadlineNanos, earliest)) {
        earliest = message.deadlineNanos;
      }
    }
    if (earliest != Long.MAX_VALUE) {
      lookAt(earliest);
    }
  }

  /** Several endings that came together: those of one context take one hop. On one thread. */
  final class Landing {
    private final Map<Context, List<Runnable>> byContext = new IdentityHashMap<>();

    void end(Pending message, Object value, Throwable failure) {
      if (remove(message, failure)) {
        if (message.context() == null) {
          message.complete(value, failure);
        } else {
          byContext
              .computeIfAbsent(message.context(), none -> new ArrayList<>())
              .add(() -> message.complete(value, failure));
        }
      }
    }

    void land() {
      byContext.forEach(
          (context, all) -> context.runOnContext(none -> all.forEach(Runnable::run)));
      byContext.clear();
    }
  }
}
