package dev.mabeam.agent;

import dev.mabeam.consensus.Lease;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A lease that a test gives and takes. */
final class HandLease implements Lease {
  private final List<Consumer<Boolean>> listeners = new CopyOnWriteArrayList<>();
  private volatile Duration left = Duration.ofSeconds(2);

  @Override
  public Duration left() {
    return left;
  }

  @Override
  public void onChange(Consumer<Boolean> listener) {
    listeners.add(listener);
  }

  /** Says nothing to the listeners if it was, and is, held. */
  void leave(Duration left) {
    boolean before = held();
    this.left = left;
    if (held() != before) {
      listeners.forEach(listener -> listener.accept(held()));
    }
  }

  void lose() {
    leave(Duration.ZERO);
  }

  void regain() {
    leave(Duration.ofSeconds(2));
  }
}
