package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Applying;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VariableDefinitionsTest {
  private final VariableDefinitions machine = new VariableDefinitions();
  private long index;

  @Test
  void shouldMakeTheCallerMasterAndAReplica() {
    VariableInfo made = distribute("v", SimVariables.MAPS, "n2#2", 5);
    assertEquals("n2#2", made.master());
    assertEquals(1, made.epoch());
    assertEquals(3, made.replicas().size());
    assertEquals("n2#2", made.replicas().get(0));
    assertEquals(made, machine.definition("v").orElseThrow());
  }

  @Test
  void shouldAnswerTheSameAgainAndRefuseAnother() {
    VariableInfo made = distribute("v", SimVariables.MAPS, "n1#1", 3);
    assertEquals(made, distribute("v", SimVariables.MAPS, "n2#2", 3));
    VariableOptions other =
        SimVariables.MAPS.withReplicationFactor(2);
    assertRefused(ErrorCode.CONFLICT, "v", other, "n1#1");
    assertRefused(ErrorCode.STALE_EPOCH, "w", other, "n9#9");
  }

  @Test
  void shouldNameWhatIsOfferedWhenItRefuses() {
    refuseWith(
        "map-by-key, max, min, set-union, counter",
        options("eventual", "gossip", "merge_function", "median"));
    assertRefused(
        ErrorCode.INVALID,
        "v",
        SimVariables.MAPS.withReplicationFactor(-1),
        "n1#1");
    VariableOptions strong = VariableOptions.DEFAULT.withConsistency(Consistency.STRONG);
    for (int factor : new int[] {0, 6}) {
      VariableOptions tooMany = strong.withReplicationFactor(factor);
      MabeamException refused = assertRefused(ErrorCode.INVALID, "v", tooMany, "n1#1");
      assertTrue(refused.getMessage().contains("voters"), refused.getMessage());
    }
    assertRefused(ErrorCode.INVALID, "no/name", SimVariables.MAPS, "n1#1");
    assertRefused(
        ErrorCode.TOO_LARGE,
        "v",
        SimVariables.MAPS.withValue(new JsonObject().put("k", "x".repeat(Offered.MAX_FIRST_BYTES))),
        "n1#1");
    assertTrue(machine.definitions().isEmpty());
  }

  @Test
  void shouldMoveMastershipAndFillThePlaceOfANodeThatIsGone() {
    VariableInfo made = distribute("v", SimVariables.MAPS, "n1#1", 5);
    machine.gone(at(2, 3, 4, 5), "n1#1");
    VariableInfo after = machine.definition("v").orElseThrow();
    assertEquals(made.replicas().get(1), after.master());
    assertEquals(2, after.epoch());
    assertEquals(3, after.replicas().size());
    assertFalse(after.replicas().contains("n1#1"));
    assertEquals(made.replicas().subList(1, 3), after.replicas().subList(0, 2));
  }

  @Test
  void shouldLeaveAVariableAloneThatHadNothingThere() {
    VariableInfo made = distribute("v", SimVariables.MAPS, "n1#1", 5);
    String stranger =
        List.of("n1#1", "n2#2", "n3#3", "n4#4", "n5#5").stream()
            .filter(id -> !made.replicas().contains(id))
            .findFirst()
            .orElseThrow();
    machine.gone(at(1, 2, 3, 4, 5), stranger);
    assertEquals(made, machine.definition("v").orElseThrow());
  }

  @Test
  void shouldFillTheSetWhenThereAreMoreNodes() {
    distribute("v", SimVariables.MAPS, "n1#1", 1);
    VariableInfo alone = machine.definition("v").orElseThrow();
    assertEquals(List.of("n1#1"), alone.replicas());
    assertTrue(VariableDefinitions.lacksReplicas(alone, at(1, 2).members()));
    machine.apply(at(1, 2, 3, 4), VariableDefinitions.refill(List.of("v", "nobody knows")));
    VariableInfo filled = machine.definition("v").orElseThrow();
    assertEquals(3, filled.replicas().size());
    assertEquals("n1#1", filled.master());
    assertEquals(1, filled.epoch());
    assertFalse(VariableDefinitions.lacksReplicas(filled, at(1, 2, 3, 4).members()));
  }

  @Test
  void shouldSpreadVariablesEvenly() {
    Map<String, Integer> kept = new TreeMap<>();
    for (int i = 0; i < 900; i++) {
      VariableInfo made = distribute("v" + i, SimVariables.MAPS, "n1#1", 9);
      made.replicas().stream().skip(1).forEach(id -> kept.merge(id, 1, Integer::sum));
    }
    kept.values().forEach(count -> assertTrue(count > 150 && count < 300, kept.toString()));
  }

  @Test
  void shouldBeTheSameFromItsImage() {
    distribute("v", SimVariables.MAPS, "n1#1", 5);
    distribute(
        "w",
        SimVariables.MAPS.withReplicationFactor(0).withValue(new JsonObject().put("a", 1)),
        "n1#1",
        5);
    VariableDefinitions copy = new VariableDefinitions();
    copy.restore(machine.image().get());
    assertEquals(machine.definitions(), copy.definitions());
  }

  private static VariableOptions options(
      String consistency, String sync, String conflict, String merge) {
    return new VariableOptions(
        Consistency.of(consistency),
        SyncStrategy.of(sync),
        ConflictResolution.of(conflict),
        merge,
        3,
        null);
  }

  private void refuseWith(String offered, VariableOptions options) {
    MabeamException refused = assertRefused(ErrorCode.INVALID, "v", options, "n1#1");
    assertEquals("offered: " + offered, refused.hint());
  }

  private MabeamException assertRefused(
      ErrorCode code, String name, VariableOptions options, String node) {
    Buffer command = VariableDefinitions.distribute(name, options, node);
    MabeamException refused =
        assertThrows(MabeamException.class, () -> machine.apply(at(1, 2, 3), command));
    assertEquals(code, refused.code());
    return refused;
  }

  private VariableInfo distribute(String name, VariableOptions options, String node, int members) {
    int[] numbers = IntStream.rangeClosed(1, members).toArray();
    Buffer answer =
        machine.apply(at(numbers), VariableDefinitions.distribute(name, options, node));
    return VariableInfo.fromJson(answer.toJsonObject());
  }

  private Applying at(int... numbers) {
    return new Applying(++index, FixedMembers.of(numbers));
  }
}
