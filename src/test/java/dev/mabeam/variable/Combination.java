package dev.mabeam.variable;

import java.util.ArrayList;
import java.util.List;

/** One of the sixty-four. */
record Combination(Consistency level, SyncStrategy sync, ConflictResolution conflict) {
  static List<Combination> all() {
    List<Combination> all = new ArrayList<>();
    for (Consistency level : Consistency.values()) {
      for (SyncStrategy sync : SyncStrategy.values()) {
        for (ConflictResolution conflict : ConflictResolution.values()) {
          all.add(new Combination(level, sync, conflict));
        }
      }
    }
    return all;
  }

  /** The inverse of {@link #toString}. */
  static Combination of(String text) {
    String[] words = text.split("/");
    return new Combination(
        Consistency.of(words[0]), SyncStrategy.of(words[1]), ConflictResolution.of(words[2]));
  }

  @Override
  public String toString() {
    return level.word() + "/" + sync.word() + "/" + conflict.word();
  }
}
