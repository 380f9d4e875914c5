package dev.mabeam.consensus;

import java.util.List;
import java.util.function.Predicate;

/**
 * Who votes, by committed decision.
 *
 * @param index where in the log it was decided; a later configuration has a higher one
 */
record Configuration(long index, List<Endpoint> voters) {
  /** Before anything is known. */
  static final Configuration NONE = new Configuration(-1, List.of());

  Configuration {
    voters = List.copyOf(voters);
  }

  int majority() {
    return voters.size() / 2 + 1;
  }

  /** Whether the voters that {@code agree} are a majority of all of them. */
  boolean majority(Predicate<Endpoint> agree) {
    return !voters.isEmpty() && voters.stream().filter(agree).count() >= majority();
  }
}
