package dev.mabeam.checkpoint;

import java.util.function.Predicate;

/** What the room's promises stand on, each to be left out in a test that shows what it is for. */
class Rules {
  /** Whether a store that has promised an epoch refuses another. */
  boolean refuses(long epoch, long promised) {
    return epoch < promised;
  }

  /** Whether sealing makes a store promise. */
  boolean sealPromises() {
    return true;
  }

  /** Whether a write is written, given which stores have it. */
  boolean written(CheckpointSet set, Predicate<String> has) {
    return !set.stores().isEmpty() && set.all().stream().allMatch(has);
  }

  /** Whether a store that is silent is to leave the set. */
  boolean drops() {
    return true;
  }
}
