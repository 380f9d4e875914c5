package dev.mabeam.variable.consistency;

import dev.mabeam.variable.ReadOptions;

/**
 * A read as it is asked of the node that takes it.
 *
 * @param millis how long it may take there
 */
public record Reading(String name, ReadOptions options, long millis) {
  public Reading within(long left) {
    return new Reading(name, options, left);
  }
}
