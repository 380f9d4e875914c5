package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.VersionVector;
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
  void shouldTellOfAVariableInFewBytesWhatIsUnusualOfIt() {
    Buffer usual = VariableDefinitions.distribute("v", VariableOptions.DEFAULT, "n1#1");
    assertTrue(usual.length() < 64, usual::toString);
    List<VariableOptions> all =
        List.of(
            VariableOptions.DEFAULT,
            VariableOptions.DEFAULT.withConsistency(Consistency.CAUSAL),
            VariableOptions.DEFAULT.withSync(SyncStrategy.BLOCKCHAIN),
            VariableOptions.DEFAULT.withConflict(ConflictResolution.LAST_WRITER_WINS),
            VariableOptions.DEFAULT.withMerge("max").withValue(3),
            VariableOptions.DEFAULT.withReplicationFactor(0).withValue(Buffer.buffer("bytes")));
    for (VariableOptions options : all) {
      assertEquals(options, VariableOptions.fromJson(options.toBriefJson()));
      assertEquals(options, VariableOptions.fromJson(options.toJson()));
    }
  }

  @Test
  void shouldRefuseWhatCannotBeDecided() {
    assertRefused(
        ErrorCode.INVALID,
        "v",
        SimVariables.MAPS.withConsistency(Consistency.STRONG).withReplicationFactor(0),
        "n1#1");
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
  void shouldSpreadReplicasOverZones() {
    String[] zones = {"east", "east", "east", "east", "west", "west"};
    for (int i = 0; i < zones.length; i++) {
      machine.apply(
          at(1, 2, 3, 4, 5, 6), VariableDefinitions.zone("n" + (i + 1) + "#" + (i + 1), zones[i]));
    }
    machine.apply(at(1, 2, 3, 4, 5, 6), VariableDefinitions.zone("n9#9", "of no member"));
    for (int i = 0; i < 200; i++) {
      VariableInfo made =
          distribute("v" + i, SimVariables.MAPS.withReplicationFactor(2), "n1#1", 6);
      assertTrue(isWest(made.replicas().get(1)), made.replicas().toString());
    }
    // The one in the west is gone: its place goes to the other one there, by image as well.
    VariableDefinitions copy = new VariableDefinitions();
    copy.restore(machine.image().get());
    for (VariableDefinitions each : List.of(machine, copy)) {
      each.gone(at(1, 2, 3, 4, 6), "n5#5");
      each.definitions()
          .values()
          .forEach(info -> assertEquals(List.of("n1#1", "n6#6"), info.replicas()));
      each.gone(at(1, 2, 3, 4), "n6#6");
      each.definitions().values().forEach(info -> assertEquals(2, info.replicas().size()));
    }
    assertEquals(machine.definitions(), copy.definitions());
  }

  private static boolean isWest(String node) {
    return node.equals("n5#5") || node.equals("n6#6");
  }

  @Test
  void shouldDoNothingForStepsThatAreAboutAnotherSetLifeOrEra() {
    VariableInfo made = distribute("v", VariableOptions.DEFAULT, "n1#1", 3);
    VersionVector gone = VersionVector.EMPTY.with(new Dot("s", 3));
    VariableInfo later = made.in(made.replicas(), "n2#2", 2);
    for (VariableInfo other : List.of(later, made.pruned(gone), withLife(made, 9_999))) {
      for (String what : List.of("close", "forget", "prune")) {
        machine.apply(
            at(1, 2, 3),
            VariableDefinitions.keepUp(what, List.of(other), Map.of("v", gone)));
      }
    }
    machine.apply(at(1, 2, 3), VariableDefinitions.keepUp("forget", List.of(made), Map.of()));
    assertEquals(made, machine.definition("v").orElseThrow());
    machine.apply(at(1, 2, 3), VariableDefinitions.keepUp("prune", List.of(made), Map.of("v", gone)));
    VariableInfo pruned = machine.definition("v").orElseThrow();
    assertEquals(made.pruned(gone), pruned);
    assertEquals(made.key() + ".1", pruned.key());
    machine.apply(at(1, 2, 3), VariableDefinitions.keepUp("close", List.of(pruned), Map.of()));
    assertTrue(machine.definition("v").orElseThrow().closing());
    // Whoever comes into the set has not agreed.
    machine.gone(at(1, 2), "n3#3");
    VariableInfo smaller = machine.definition("v").orElseThrow();
    assertFalse(smaller.closing());
    machine.apply(at(1, 2), VariableDefinitions.keepUp("close", List.of(smaller), Map.of()));
    machine.apply(at(1, 2), VariableDefinitions.keepUp("forget", List.of(smaller), Map.of()));
    assertTrue(machine.definition("v").isEmpty());
    assertTrue(machine.isForgotten("v", made.life()));
    VariableInfo again = distribute("v", VariableOptions.DEFAULT, "n1#1", 3);
    assertTrue(again.life() > made.life());
    assertTrue(machine.isForgotten("v", made.life()));
    assertFalse(machine.isForgotten("v", again.life()));
    assertFalse(machine.isForgotten("w", again.life() + 1));
  }

  private static VariableInfo withLife(VariableInfo info, long life) {
    return new VariableInfo(
        info.name(), info.options(), info.master(), info.epoch(), info.replicas(), info.set(),
        life, info.era(), info.closing(), info.pruned());
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

  @Test
  void shouldNeedFewBytesInItsImageForADefinition() {
    for (int i = 0; i < 1_000; i++) {
      distribute("variable-" + i, SimVariables.MAPS.withReplicationFactor(i % 3), "n1#1", 5);
    }
    Buffer image = machine.image().get();
    assertTrue(image.length() < 1_000 * 20, image.length() + " bytes");
    VariableDefinitions copy = new VariableDefinitions();
    copy.apply(
        at(1, 2), VariableDefinitions.distribute("variable-7", VariableOptions.DEFAULT, "n1#1"));
    copy.restore(image);
    assertEquals(machine.definitions(), copy.definitions());
    VariableInfo before = copy.definition("variable-8").orElseThrow();
    copy.restore(machine.image().get());
    assertSame(before, copy.definition("variable-8").orElseThrow(), "what did not change");
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
