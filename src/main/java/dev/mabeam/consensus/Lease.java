package dev.mabeam.consensus;

import java.time.Duration;

/**
 * Whether this node may serve: a majority of the committed voters has lately confirmed it, and none
 * of them will promise its expulsion before the lease has run out. Any thread.
 */
public interface Lease {
  /** What is left of the lease on this node's monotonic clock; zero if it is not held. */
  Duration left();

  default boolean held() {
    return !left().isZero();
  }

  /** Hears true when the lease is got, and false when it ran out. */
  void onChange(java.util.function.Consumer<Boolean> listener);
}
