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

  /** The first set of a key. */
  public static CheckpointSet first(List<String> stores) {
    return new CheckpointSet(1, stores, List.of());
  }

  /** Every store that a write has to reach. */
  public Set<String> all() {
    Set<String> all = new LinkedHashSet<>(stores);
    all.addAll(previous);
    return all;
  }

  /**
   * The stores of which each has every write that was ever completed: those of the set before,
   * while the new ones are being filled.
   */
  public List<String> whole() {
    return previous.isEmpty() ? stores : previous;
  }

  /** Whether what was found in these stores is all there is; if not, nobody knows. */
  public boolean isWholeIn(Set<String> reached) {
    return whole().stream().anyMatch(reached::contains);
  }

  /** Whether the set may do {@linkplain #without without} it: the last one cannot be dropped. */
  public boolean canLose(String store) {
    boolean lastOfStores = stores.size() == 1 && stores.contains(store);
    boolean lastOfPrevious = previous.size() == 1 && previous.contains(store);
    return all().contains(store) && !lastOfStores && !lastOfPrevious;
  }

  /** The next set, in which that store has no part. */
  public CheckpointSet without(String store) {
    if (!canLose(store)) {
      throw new IllegalArgumentException(this + " cannot lose " + store);
    }
    return new CheckpointSet(version + 1, others(stores, store), others(previous, store));
  }

  private static List<String> others(List<String> of, String store) {
    return of.stream().filter(other -> !other.equals(store)).toList();
  }

  /**
   * The next set, of these stores: until they are filled, writes have to reach also those that have
   * everything now.
   */
  public CheckpointSet followedBy(List<String> next) {
    return new CheckpointSet(version + 1, next, whole());
  }

  /** The next set, once the stores have everything. */
  public CheckpointSet filled() {
    return new CheckpointSet(version + 1, stores, List.of());
  }
}
