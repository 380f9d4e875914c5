package dev.mabeam.time;

import java.time.Duration;

/**
 * A hybrid logical clock: close to the wall clock, and never behind what it has seen.
 *
 * <p>Guaranteed: each {@link #now} is later than the one before and than everything that was {@link
 * #observe observed} before, however the wall clock jumps; and no other node's clock takes this one
 * further than {@link #MAX_DRIFT} ahead of its wall clock. <em>Not</em> guaranteed: that it is
 * later than something observed which was further ahead than that. Any thread.
 */
public final class HybridClock {
  /** How far ahead of its own wall clock a node lets others take it. */
  public static final Duration MAX_DRIFT = Duration.ofSeconds(10);

  private final Scheduler scheduler;
  private HybridTime last = HybridTime.ZERO;

  public HybridClock(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** The next moment. */
  public synchronized HybridTime now() {
    long wall = scheduler.wallMillis();
    last = wall > last.millis() ? new HybridTime(wall, 0) : last.next();
    return last;
  }

  /**
   * Takes another node's moment into account.
   *
   * @return false if it was too far ahead and changed nothing
   */
  public synchronized boolean observe(HybridTime other) {
    if (other.compareTo(last) <= 0) {
      return true;
    }
    if (other.millis() - scheduler.wallMillis() > MAX_DRIFT.toMillis()) {
      return false;
    }
    last = other;
    return true;
  }
}
