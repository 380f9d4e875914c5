package dev.mabeam.checkpoint;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which stores have to have a key's checkpoints, as decided. While a change of the set is under
 * way, those of both sets have to.
 *
 * @param version grows with each change
 * @param stores their ids
 * @param previous those of the set before, until the new ones are filled; empty then
 */
public record CheckpointSet(long version, List<String> stores, List<String> previous) {
  public static final CheckpointSet NONE = new CheckpointSet(0, List.of(), List.of());

  public CheckpointSet {
    stores = List.copyOf(stores);
    previous = List.copyOf(previous);
  }

  /** Every store that a write has to reach. */
  public Set<String> all() {
    Set<String> all = new LinkedHashSet<>(stores);
    all.addAll(previous);
    return all;
  }
}
