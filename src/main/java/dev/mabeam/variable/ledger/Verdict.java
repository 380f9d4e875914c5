package dev.mabeam.variable.ledger;

import java.util.List;
import java.util.Optional;

/**
 * What was found when a chain was checked. What is said of it is of what comes before the fault.
 *
 * @param variable empty if not even the first block could be read
 * @param blocks how many blocks hold
 * @param height of the highest of these
 * @param certified how far a majority of the replicas has countersigned it
 * @param rosters the hashes of the replica sets whose keys were trusted, the first set first: whoever
 *     knows the true ones compares
 * @param evidence what shows that stores have signed two things of which they may sign one
 * @param fault the first thing that is wrong, if anything is
 */
public record Verdict(
    String variable,
    long life,
    long blocks,
    long height,
    Optional<Checkpoint> certified,
    List<Hash> rosters,
    List<Evidence> evidence,
    Optional<Fault> fault) {
  public boolean holds() {
    return fault.isEmpty();
  }

  /** -1 if nothing is certified. */
  public long certifiedHeight() {
    return certified.map(Checkpoint::height).orElse(-1L);
  }
}
