package dev.mabeam.checkpoint;

import java.util.List;
import java.util.function.Predicate;

/** What the room's promises stand on, each to be left out in a test that shows what it is for. */
class Rules {
  /** Whether a store that has promised an epoch refuses another. */
  boolean refuses(long epoch, long promised) {
    return epoch < promised;
  }

  /**
   * Whether a store that knows a set refuses an older one. Since a key that gets another owner gets
   * another set, too, either of the two fences alone.
   */
  boolean refusesSet(long version, long known) {
    return version < known;
  }

  /** Whether sealing makes a store promise. */
  boolean sealPromises() {
    return true;
  }

  /** Whether a write is written, given which stores have it. */
  boolean written(CheckpointSet set, Predicate<String> has) {
    return !set.stores().isEmpty() && all(set.stores(), has) && all(set.previous(), has);
  }

  private static boolean all(List<String> stores, Predicate<String> has) {
    for (String store : stores) {
      if (!has.test(store)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a store that is silent is to leave the set. */
  boolean drops() {
    return true;
  }
}
