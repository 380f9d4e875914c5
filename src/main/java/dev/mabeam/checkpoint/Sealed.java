package dev.mabeam.checkpoint;

import java.util.Optional;
import java.util.Set;

/**
 * What came of sealing a key.
 *
 * @param newest of what the stores have that were reached
 * @param reached the stores that refuse lower epochs from now on
 * @param unreached the stores of the set that did not answer
 */
public record Sealed(Optional<Checkpoint> newest, Set<String> reached, Set<String> unreached) {
  public Sealed {
    reached = Set.copyOf(reached);
    unreached = Set.copyOf(unreached);
  }
}
