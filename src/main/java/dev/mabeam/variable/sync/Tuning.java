package dev.mabeam.variable.sync;

import java.time.Duration;

/**
 * What may be set for the whole of synchronization.
 *
 * @param hints for how many variables one node's absence is remembered
 * @param soon how long an update waits for others to travel with, by gossip
 * @param keep how long what a store that is gone wrote stays told apart
 */
public record Tuning(int hints, Duration soon, Duration keep) {
  public static final Tuning DEFAULT = new Tuning(100_000, Gossip.SOON, Duration.ofHours(24));
}
