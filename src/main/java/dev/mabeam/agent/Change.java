package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;

/**
 * What a decision has changed about one agent.
 *
 * @param before null if it is new
 * @param after null if it is no more
 * @param why an activation that could not be started is no more; null otherwise
 */
record Change(Entry before, Entry after, MabeamException why) {
  String id() {
    return after == null ? before.id() : after.id();
  }
}
