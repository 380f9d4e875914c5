package dev.mabeam.variable.sync;

import java.time.Duration;

/**
 * What may be set for the whole of synchronization.
 *
 * @param hints for how many variables one node's absence is remembered
 * @param soon how long an update waits for others to travel with, by gossip
 */
public record Tuning(int hints, Duration soon) {
  public static final Tuning DEFAULT = new Tuning(100_000, Gossip.SOON);
}
