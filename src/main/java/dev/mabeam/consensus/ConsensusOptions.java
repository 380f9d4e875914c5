package dev.mabeam.consensus;

import java.time.Duration;
import java.util.Objects;

/**
 * Bounds of the consensus room. Those that bear on what is applied have to be the same on all
 * nodes; the ones here only bear on who is turned away.
 *
 * @param sessionIdle how long a node may propose nothing until its session is closed
 * @param maxPending how many commands a node may have under way, and how many the leader takes on
 *     from all of them; {@linkplain StateMachine#bulk() bulk} ones get at most half of it
 */
public record ConsensusOptions(Duration sessionIdle, int maxPending) {
  public static final Duration DEFAULT_SESSION_IDLE = Duration.ofHours(1);
  public static final int DEFAULT_MAX_PENDING = 8_192;

  public ConsensusOptions {
    Objects.requireNonNull(sessionIdle);
    if (maxPending < 2) {
      throw new IllegalArgumentException("maxPending has to be at least 2");
    }
  }

  public ConsensusOptions() {
    this(DEFAULT_SESSION_IDLE, DEFAULT_MAX_PENDING);
  }
}
