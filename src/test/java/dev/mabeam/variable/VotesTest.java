package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Dot;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The resolution by consensus: what is voted, and what becomes of it at the replicas. */
class VotesTest {
  private static final Ballots.Candidate A = candidate("a", 1, 10);
  private static final Ballots.Candidate B = candidate("b", 1, 20);
  private static final Ballots.Candidate C = candidate("c", 1, 30);
  private static final VariableInfo INFO =
      new VariableInfo(
          "v",
          VariableOptions.DEFAULT.withConflict(ConflictResolution.CONSENSUS),
          "n1#1",
          1,
          List.of("n1#1", "n2#2", "n3#3", "n4#4", "n5#5"));

  private final Ballots ballots = new Ballots();

  private static Ballots.Candidate candidate(String store, long n, long millis) {
    return new Ballots.Candidate(new Dot(store, n), new HybridTime(millis, 0));
  }

  private boolean cast(String voter, Ballots.Candidate choice, Ballots.Candidate... all) {
    List<Ballots.Candidate> candidates = List.of(all);
    return ballots.cast(INFO, voter, candidates, candidates.indexOf(choice));
  }

  @Test
  void shouldLetMostVotesStandWhateverTheClocksSay() {
    assertFalse(cast("n1#1", A, A, B));
    assertFalse(cast("n1#1", B, A, B), "one ballot a replica");
    assertFalse(cast("n9#9", B, A, B), "it is no replica");
    assertFalse(cast("n2#2", B, B, A));
    assertEquals(Set.of(), ballots.rejected("v"));
    assertTrue(cast("n3#3", A, B, A));
    assertEquals(Set.of(B.dot()), ballots.rejected("v"));
    assertFalse(cast("n4#4", B, A, B), "the first that is committed stands");
    assertEquals(Set.of(B.dot()), ballots.rejected("v"));
  }

  @Test
  void shouldLetTheLatestStandOfEqualOnes() {
    cast("n1#1", A, A, B, C);
    cast("n2#2", B, A, B, C);
    assertTrue(cast("n3#3", C, A, B, C));
    assertEquals(Set.of(A.dot(), B.dot()), ballots.rejected("v"));
  }

  @Test
  void shouldNeverLetStandWhatWasRejected() {
    for (String voter : INFO.replicas().subList(0, 3)) {
      cast(voter, A, A, B);
    }
    for (String voter : INFO.replicas().subList(0, 3)) {
      cast(voter, B, B, C);
    }
    assertEquals(Set.of(B.dot()), ballots.rejected("v"), "of B and C only C may stand");
    for (String voter : INFO.replicas().subList(0, 3)) {
      cast(voter, C, A, B, C);
    }
    assertEquals(Set.of(A.dot(), B.dot()), ballots.rejected("v"));
  }

  @Test
  void shouldBeTheSameFromItsImage() {
    cast("n1#1", A, A, B);
    cast("n2#2", A, A, C);
    cast("n3#3", C, A, C);
    cast("n4#4", C, A, C);
    Ballots copy = new Ballots();
    copy.restore(ballots.image().get());
    assertEquals(Set.of(A.dot()), copy.rejected("v"));
    assertEquals(ballots.image().get(), copy.image().get());
  }

  @Test
  void shouldSettleSiblingsAtEveryReplica() {
    SimVariables cluster = SimVariables.of(1, 5);
    distribute(cluster);
    Set<Object> stood = new HashSet<>();
    for (int round = 0; round < 5; round++) {
      List<Future<VariableValue>> writes = new ArrayList<>();
      for (SimVariables.Node node : cluster.alive()) {
        writes.add(node.room.set("v", node.id + "/" + round));
      }
      writes.forEach(write -> cluster.await(write::succeeded, "it is written"));
      cluster.awaitQuiet();
      cluster.await(() -> settled(cluster), "one stands");
      Set<Object> values = new HashSet<>();
      cluster.replicas("v").forEach(replica -> values.add(replica.view().value()));
      assertEquals(1, values.size(), values.toString());
      stood.addAll(values);
    }
    assertEquals(5, stood.size());
  }

  @Test
  void shouldKeepSiblingsWithoutAMajority() {
    SimVariables cluster = SimVariables.of(2, 5);
    distribute(cluster);
    cluster.awaitQuiet();
    Future<VariableValue> one = cluster.node("n1").room.set("v", "one");
    Future<VariableValue> other = cluster.node("n2").room.set("v", "other");
    cluster.await(() -> one.succeeded() && other.succeeded(), "both are written");
    for (String name : List.of("n3", "n4", "n5")) {
      cluster.sim.network().isolate(name);
    }
    cluster.sim.runFor(Duration.ofSeconds(10));
    assertEquals(2, cluster.node("n1").store.get("v").state().live().size());
    assertEquals(2, cluster.node("n2").store.get("v").state().live().size());
    cluster.sim.network().healAll();
    cluster.await(() -> settled(cluster), "one stands");
    cluster.awaitQuiet();
  }

  private static void distribute(SimVariables cluster) {
    cluster.distribute(
        "n1",
        "v",
        VariableOptions.DEFAULT
            .withConflict(ConflictResolution.CONSENSUS)
            .withReplicationFactor(0));
  }

  private static boolean settled(SimVariables cluster) {
    return cluster.replicas("v").stream().allMatch(r -> r.state().live().size() == 1);
  }
}
