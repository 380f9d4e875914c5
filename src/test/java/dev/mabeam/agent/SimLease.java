package dev.mabeam.agent;

import dev.mabeam.consensus.Lease;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A lease on a simulated machine's clock, which the world prolongs and time takes away. */
final class SimLease implements Lease {
  static final Duration LENGTH = Duration.ofSeconds(2);

  private final Scheduler scheduler;
  private final List<Consumer<Boolean>> listeners = new ArrayList<>();
  private long until = Long.MIN_VALUE;
  private boolean told;

  SimLease(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** A majority has confirmed what was asked for then. */
  void confirmed(long sentNanos) {
    if (sentNanos + LENGTH.toNanos() > until) {
      until = sentNanos + LENGTH.toNanos();
      scheduler.after(left(), this::look);
      look();
    }
  }

  private void look() {
    if (held() != told) {
      told = held();
      List.copyOf(listeners).forEach(listener -> listener.accept(told));
    }
  }

  @Override
  public Duration left() {
    return until == Long.MIN_VALUE
        ? Duration.ZERO
        : Duration.ofNanos(Math.max(0, until - scheduler.nanos()));
  }

  @Override
  public void onChange(Consumer<Boolean> listener) {
    listeners.add(listener);
  }
}
