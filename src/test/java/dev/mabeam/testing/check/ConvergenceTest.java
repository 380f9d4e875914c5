package dev.mabeam.testing.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.check.Convergence.Copy;
import dev.mabeam.testing.check.Convergence.Written;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConvergenceTest {
  private static final Written OLD = written(1, 1, "old", true);
  private static final Written LATER = written(1, 2, "later", true);
  private static final Written NEXT_EPOCH = written(2, 1, "next epoch", true);
  private static final Written UNKNOWN = new Written("k", 3, 1, "unknown", null, true);

  @Test
  void shouldAcceptEqualReplicasOfTheLastWrite() {
    assertEquals(Optional.empty(), found(List.of(OLD, LATER), copy("a", 2, "later")));
    assertEquals(
        Optional.empty(), found(List.of(LATER, NEXT_EPOCH), copy("a", 2, "next epoch")));
  }

  @Test
  void shouldAcceptBothOutcomesOfAWriteThatIsUnknown() {
    assertEquals(Optional.empty(), found(List.of(OLD, UNKNOWN), copy("a", 1, "old")));
    assertEquals(Optional.empty(), found(List.of(OLD, UNKNOWN), copy("a", 2, "unknown")));
  }

  @Test
  void shouldAcceptThatAWriteDiedWithItsStores() {
    Written dead = written(1, 2, "dead", false);
    assertEquals(Optional.empty(), found(List.of(OLD, dead), copy("a", 1, "old")));
  }

  @Test
  void shouldAcceptAnyOfTheWritesWithoutAnEpoch() {
    List<Written> writes = List.of(written(0, 1, "one", true), written(0, 2, "two", true));
    assertEquals(Optional.empty(), found(writes, copy("a", 2, "one")));
    assertEquals(Optional.empty(), found(writes, copy("a", 2, "two")));
    refused("lost", writes, copy("a", 1, "one"));
  }

  @Test
  void shouldRefuseReplicasThatDiffer() {
    refused("differ", List.of(LATER), copy("a", 2, "later"), copy("b", 1, "later"));
    refused("differ", List.of(OLD, LATER), copy("a", 2, "later"), copy("b", 2, "old"));
  }

  @Test
  void shouldRefuseALostWrite() {
    refused("lost", List.of(OLD, LATER), copy("a", 1, "old"));
    refused("older", List.of(OLD), new Copy("a", Map.of("s", 1L), Map.of()));
  }

  @Test
  void shouldRefuseAnOlderValueThanWhatWasAcknowledged() {
    refused("older", List.of(OLD, LATER), copy("a", 2, "old"));
    refused("older", List.of(LATER, NEXT_EPOCH), copy("a", 2, "later"));
  }

  @Test
  void shouldRefuseWhatNobodyWrote() {
    refused("nobody wrote", List.of(OLD), copy("a", 1, "invented"));
    Written elsewhere = new Written("other", 1, 1, "elsewhere", null, true);
    refused("nobody wrote", List.of(OLD, elsewhere), copy("a", 1, "elsewhere"));
  }

  private static Written written(long epoch, long order, String value, boolean survives) {
    return new Written("k", epoch, order, value, Map.of("s", order), survives);
  }

  private static Copy copy(String node, long version, String value) {
    return new Copy(node, Map.of("s", version), Map.of("k", value));
  }

  private static Optional<String> found(List<Written> writes, Copy... copies) {
    return Convergence.violation(List.of(copies), writes);
  }

  private static void refused(String why, List<Written> writes, Copy... copies) {
    Optional<String> found = found(writes, copies);
    assertTrue(found.isPresent() && found.get().contains(why), why + " was found: " + found);
  }
}
