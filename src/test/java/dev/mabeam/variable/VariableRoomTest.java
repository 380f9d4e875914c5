package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Knowledge;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** One thing at a time, in the simulation. */
class VariableRoomTest {
  private SimVariables cluster = SimVariables.of(1, 5);

  @Test
  void shouldAnswerOnEveryNode() {
    cluster.distribute("n1", "v", 2);
    Set<String> replicas = Set.copyOf(definition("v").replicas());
    for (String name : List.of("n1", "n2", "n3", "n4", "n5")) {
      VariableValue done = set(name, "v", new JsonObject().put(name, 1), WriteOptions.DEFAULT);
      assertTrue(replicas.contains(done.node()), done.node());
    }
    cluster.awaitQuiet();
    JsonObject all =
        new JsonObject().put("n1", 1).put("n2", 1).put("n3", 1).put("n4", 1).put("n5", 1);
    for (String name : List.of("n1", "n2", "n3", "n4", "n5")) {
      VariableValue read = get(name, "v");
      assertEquals(all, read.value());
      assertEquals(List.of(), read.siblings());
      assertTrue(replicas.contains(read.node()), read.node());
    }
  }

  @Test
  void shouldGiveTheFirstValueAndACopyOfIt() {
    VariableOptions options =
        SimVariables.MAPS.withValue(new JsonObject().put("deep", new JsonObject().put("a", 1)));
    await(room("n2").distribute("v", options));
    cluster.awaitQuiet();
    JsonObject value = (JsonObject) get("n2", "v").value();
    value.getJsonObject("deep").put("a", 2);
    assertEquals(options.value(), get("n2", "v").value());
    assertEquals(options.value(), get("n5", "v").value());
  }

  @Test
  void shouldKnowOnOneNodeWhatWasDistributedOnAnother() {
    VariableInfo made = await(room("n1").distribute("v", SimVariables.MAPS));
    assertEquals("n1#1", made.master());
    assertEquals(new JsonObject(), get("n4", "v").value());
    assertEquals(List.of(made), room("n4").list());
  }

  @Test
  void shouldRefuseAnEpochThatWasReplacedWhereverItWrites() {
    cluster.distribute("n1", "v", 2);
    await(room("n1").set("v", 1, WriteOptions.DEFAULT.slice("k", 5)));
    cluster.awaitQuiet();
    for (String name : List.of("n1", "n2", "n3", "n4", "n5")) {
      assertFails(
          ErrorCode.STALE_EPOCH, room(name).set("v", 2, WriteOptions.DEFAULT.slice("k", 4)));
    }
    assertEquals(new JsonObject().put("k", 1), get("n3", "v").value());
  }

  @Test
  void shouldChangeNothingForASliceThatIsWrittenAgain() {
    cluster.distribute("n1", "v", 3);
    WriteOptions slice = new WriteOptions(WriteOptions.MAJORITY).slice("k", 5);
    JsonObject version = await(room("n1").set("v", 7, slice)).version();
    cluster.awaitQuiet();
    assertEquals(version, await(room("n2").set("v", 7, slice)).version());
    assertEquals(version, get("n3", "v").version());
  }

  @Test
  void shouldReadButNotWriteWithoutTheMajority() {
    cluster.distribute("n1", "v", 0);
    set("n1", "v", new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    cluster.awaitQuiet();
    cluster.sim.network().isolate("n3");
    assertFails(
        ErrorCode.READ_ONLY,
        room("n3").set("v", new JsonObject().put("a", 2), WriteOptions.DEFAULT));
    assertEquals(new JsonObject().put("a", 1), get("n3", "v").value());
    assertFails(
        ErrorCode.INSUFFICIENT_CONSENSUS, room("n3").distribute("w", SimVariables.MAPS));
    cluster.sim.network().healAll();
    set("n3", "v", new JsonObject().put("a", 3), WriteOptions.DEFAULT);
    cluster.awaitQuiet();
    assertEquals(new JsonObject().put("a", 3), get("n5", "v").value());
  }

  @Test
  void shouldSayThatItIsUnknownWhetherAMajorityHasIt() {
    cluster.distribute("n1", "v", 3);
    cluster.awaitQuiet();
    for (String id : definition("v").replicas()) {
      String name = id.substring(0, id.indexOf('#'));
      if (!name.equals("n1")) {
        cluster.sim.network().cut("n1", name);
      }
    }
    WriteOptions majority = new WriteOptions(WriteOptions.MAJORITY).slice("k", 1);
    MabeamException late =
        assertFails(ErrorCode.TIMEOUT, room("n1").set("v", 1, majority));
    assertTrue(late.getMessage().contains("1 of 3 replicas"), late.getMessage());
    assertEquals(new JsonObject().put("k", 1), get("n1", "v").value(), "it was done here");
    cluster.sim.network().healAll();
    cluster.awaitQuiet();
    await(room("n1").set("v", 1, majority));
  }

  @Test
  void shouldFillAReplicaBeforeItCounts() {
    cluster.distribute("n1", "v", 4);
    set("n1", "v", new JsonObject().put("a", 1), new WriteOptions(WriteOptions.MAJORITY));
    cluster.awaitQuiet();
    List<String> before = definition("v").replicas();
    SimVariables.Node spare =
        cluster.alive().stream().filter(n -> !before.contains(n.id)).findFirst().orElseThrow();
    String gone = before.get(3);
    for (String id : before) {
      if (!id.equals(gone)) {
        // It hears of its new place from the others, and nothing of the value.
        cluster.node(name(id)).room.close();
      }
    }
    cluster.crash(name(gone));
    cluster.expel(cluster.node(name(gone)));
    cluster.await(() -> spare.store.get("v") != null, "it is to be a replica");
    cluster.sim.runFor(Duration.ofSeconds(3));
    assertEquals(Replica.Role.FILLING, spare.store.get("v").role());
    assertFails(ErrorCode.UNAVAILABLE, spare.room.get("v"));
    assertFails(
        ErrorCode.UNAVAILABLE, spare.room.set("v", new JsonObject(), WriteOptions.DEFAULT));
  }

  @Test
  void shouldFillPlacesWhenNodesCome() {
    cluster = SimVariables.of(3, 3);
    cluster.distribute("n1", "v", 3);
    set("n1", "v", new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    cluster.awaitQuiet();
    cluster.crash("n2");
    cluster.expel(cluster.node("n2"));
    cluster.await(() -> definition("v").replicas().size() == 2, "its place is empty");
    cluster.start("n2");
    cluster.await(() -> definition("v").replicas().size() == 3, "its place is filled");
    cluster.awaitQuiet();
    assertEquals(3, cluster.replicas("v").size());
    assertEquals(new JsonObject().put("a", 1), get("n2", "v").value());
    assertEquals("n2#4", get("n2", "v").node());
  }

  @Test
  void shouldStartFromTheFirstValueWhenNobodyIsLeft() {
    cluster.distribute("n2", "v", 1);
    set("n2", "v", new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    cluster.crash("n2");
    cluster.expel(cluster.node("n2"));
    cluster.await(() -> definition("v").epoch() == 2, "another node is master");
    cluster.awaitQuiet();
    assertEquals(new JsonObject(), get("n1", "v").value());
  }

  /** It took a write, told nobody, was cut off and expelled, and comes back in the same process. */
  @Test
  void shouldHandOverWhatItHadNotToldWhenItIsNoReplicaAnyMore() {
    cluster.distribute("n1", "v", 2);
    cluster.awaitQuiet();
    set("n1", "v", new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    cluster.sim.network().isolate("n1");
    SimVariables.Node before = cluster.node("n1");
    cluster.expel(before);
    cluster.await(() -> definition("v").replicas().size() == 2, "it was replaced");
    cluster.sim.runFor(Duration.ofSeconds(5));
    assertEquals(new JsonObject(), get("n5", "v").value());
    cluster.sim.network().healAll();
    SimVariables.Node again = cluster.rejoin("n1");
    cluster.await(() -> again.copy.isCaughtUp() && again.room.isQuiet(), "it handed over");
    cluster.awaitQuiet();
    assertEquals(new JsonObject().put("a", 1), get("n5", "v").value());
    assertNull(again.store.get("v"), "it keeps what it need not");
  }

  @Test
  void shouldTakeOneRequestOnceHoweverOftenItComes() {
    cluster.distribute("n1", "v", 1);
    cluster.sim.network().setDuplication(1);
    set("n2", "v", new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    set("n2", "v", new JsonObject().put("a", 2), WriteOptions.DEFAULT);
    cluster.sim.runFor(Duration.ofSeconds(1));
    VariableValue read = get("n1", "v");
    assertEquals(new JsonObject().put("a", 2), read.value());
    assertEquals(2, SimVariables.vector(cluster.node("n1").store.get("v")).values().stream()
        .mapToLong(n -> n).max().orElseThrow());
  }

  @Test
  void shouldShowDefinitionsAndValuesInTheMapOfEveryNode() {
    cluster.distribute("n1", "v", 3);
    set("n1", "v", new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    cluster.distribute("n2", "long", 3);
    set("n2", "long", new JsonObject().put("a", "x".repeat(2_000)), WriteOptions.DEFAULT);
    cluster.await(
        () ->
            shown("n5", "v").containsKey("value") && shown("n5", "long").containsKey("long"),
        "both are shown");
    JsonObject shown = shown("n5", "v");
    assertEquals(new JsonObject().put("a", 1), shown.getJsonObject("value"));
    assertEquals("n1#1", shown.getString("master"));
    assertEquals(3, shown.getJsonArray("replicas").size());
    assertFalse(shown("n5", "long").containsKey("value"));
    set("n4", "v", new JsonObject().put("a", 2), WriteOptions.DEFAULT);
    cluster.await(
        () -> shown("n3", "v").getJsonObject("value").getInteger("a") == 2, "the next value");
  }

  @Test
  void shouldTakeForgottenVariablesFromTheMap() {
    cluster.distribute("n1", "v", 3);
    cluster.await(() -> !shown("n5", "v").isEmpty(), "it is shown");
    await(room("n2").delete("v", WriteOptions.DEFAULT));
    cluster.await(() -> cluster.node("n1").definitions.definition("v").isEmpty(), "it is forgotten");
    cluster.await(() -> shown("n5", "v").isEmpty(), "it is not shown any more");
  }

  @Test
  void shouldListTheNextOnes() {
    for (String name : List.of("b", "a", "d", "c", "c.1")) {
      cluster.distribute("n1", name, 3);
    }
    assertEquals(List.of("a", "b"), names(room("n2").first(2)));
    assertEquals(List.of("c", "c.1"), names(room("n2").after("b", 2)));
    assertEquals(List.of("c.1", "d"), names(room("n2").after("c", 9)));
    assertEquals(List.of("d"), names(room("n2").after("c.2", 9)), "nothing has that name");
    assertEquals(List.of(), names(room("n2").after("d", 9)));
    assertEquals(List.of("a"), names(room("n2").after("", 1)));
  }

  private static List<String> names(List<VariableInfo> variables) {
    return variables.stream().map(VariableInfo::name).toList();
  }

  @Test
  void shouldShowSoManyInTheMapAndNoMore() {
    SimVariables.Broken few = new SimVariables.Broken();
    few.shown = 30;
    cluster = new SimVariables(1, 5, few);
    for (int i = 0; i < few.shown + 20; i++) {
      cluster.node("n1").room.distribute("v" + i, SimVariables.MAPS);
      cluster.sim.runFor(Duration.ofMillis(1));
    }
    cluster.await(
        () -> cluster.node("n5").definitions.definitions().size() == few.shown + 20,
        "all are made");
    Knowledge map = cluster.node("n5").seat.knowledge("mabeam.variables");
    cluster.await(() -> map.entries().size() == few.shown, "so many are shown");
    cluster.sim.runFor(Mirror.PERIOD.multipliedBy(4));
    assertEquals(few.shown, map.entries().size());
    String shown = map.entries().keySet().iterator().next();
    String hidden =
        cluster.node("n5").definitions.definitions().keySet().stream()
            .filter(name -> !map.has(name))
            .findFirst()
            .orElseThrow();
    await(room("n2").delete(shown, WriteOptions.DEFAULT));
    cluster.await(() -> map.entries().size() < few.shown, "there is room");
    set("n4", hidden, new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    cluster.await(() -> map.has(hidden), "it takes the place");
  }

  @Test
  void shouldTellOfSomeUpdatesAndOfEachMaster() {
    cluster.distribute("n1", "v", 3);
    long began = cluster.sim.nanos();
    for (int i = 0; i < 200; i++) {
      set("n1", "v", new JsonObject().put("a", i), WriteOptions.DEFAULT);
      cluster.sim.runFor(Duration.ofMillis(10));
    }
    long seconds = 1 + (cluster.sim.nanos() - began) / 1_000_000_000;
    long updates =
        cluster.node("n1").events.stream()
            .filter(event -> event instanceof ClusterEvent.VariableUpdated)
            .count();
    assertTrue(updates >= 1 && updates <= 1 + seconds / 5, updates + " updates were told");
    cluster.crash("n1");
    cluster.expel(cluster.node("n1"));
    cluster.await(() -> definition("v").epoch() == 2, "another node is master");
    cluster.awaitQuiet();
    VariableInfo now = definition("v");
    Set<ClusterEvent> masters =
        cluster.alive().stream()
            .flatMap(node -> node.events.stream())
            .filter(event -> event instanceof ClusterEvent.VariableMaster)
            .collect(Collectors.toSet());
    assertEquals(Set.of(new ClusterEvent.VariableMaster("v", now.master(), 2)), masters);
  }

  @Test
  void shouldShowWhatHadNotSeenEachOtherUntilAWriteSettlesIt() {
    cluster.distribute("n1", "v", SimVariables.Kind.VECTOR_CLOCKS, 0);
    cluster.awaitQuiet();
    Future<VariableValue> one = room("n1").set("v", "one", WriteOptions.DEFAULT);
    Future<VariableValue> other = room("n2").set("v", "other", WriteOptions.DEFAULT);
    await(one);
    await(other);
    cluster.awaitQuiet();
    VariableValue both = get("n5", "v");
    assertEquals(1, both.siblings().size());
    assertEquals(
        Set.of("one", "other"), Set.of(both.value(), both.siblings().get(0)));
    assertEquals(both, withNode(get("n4", "v"), both.node()));
    List<ClusterEvent> told =
        cluster.node("n1").events.stream()
            .filter(event -> event instanceof ClusterEvent.VariableConflict)
            .toList();
    assertEquals(1, told.size(), told.toString());
    assertEquals(1, ((ClusterEvent.VariableConflict) told.get(0)).losers());
    assertTrue(counted("n3", "mabeam.variable.conflicts", "strategy", "vector_clocks") >= 1);
    set("n3", "v", "settled", WriteOptions.DEFAULT);
    cluster.awaitQuiet();
    assertEquals("settled", get("n1", "v").value());
    assertEquals(List.of(), get("n1", "v").siblings());
  }

  @Test
  void shouldSettleOnlyWhatItsWriterHadSeen() {
    cluster.distribute("n1", "v", SimVariables.Kind.VECTOR_CLOCKS, 0);
    cluster.awaitQuiet();
    await(room("n1").set("v", "one", WriteOptions.DEFAULT));
    VariableValue seen = get("n1", "v");
    await(room("n2").set("v", "other", WriteOptions.DEFAULT));
    cluster.awaitQuiet();
    await(room("n3").resolve("v", "settled", seen, WriteOptions.DEFAULT));
    cluster.awaitQuiet();
    VariableValue both = get("n5", "v");
    assertEquals(
        Set.of("settled", "other"), Set.of(both.value(), both.siblings().get(0)));
    await(room("n4").resolve("v", "all", both, WriteOptions.DEFAULT));
    cluster.awaitQuiet();
    assertEquals("all", get("n2", "v").value());
    assertEquals(List.of(), get("n2", "v").siblings());
  }

  @Test
  void shouldTellWatchersOnNodesThatKeepNoReplica() {
    cluster.distribute("n1", "v", SimVariables.Kind.LAST_WRITER_WINS, 2);
    Map<String, List<Object>> heard = new TreeMap<>();
    for (SimVariables.Node node : cluster.alive()) {
      List<Object> values = new ArrayList<>();
      heard.put(node.host.name(), values);
      await(node.room.watch("v", change -> values.add(change.value().value())));
    }
    cluster.sim.runFor(Duration.ofSeconds(2));
    for (int i = 1; i <= 10; i++) {
      await(room("n" + (1 + i % 5)).set("v", i, WriteOptions.DEFAULT));
      cluster.sim.runFor(Duration.ofMillis(300));
    }
    heard.forEach(
        (name, values) ->
            assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), values, name));
    String replica = name(definition("v").replicas().get(0));
    cluster.crash(replica);
    cluster.expel(cluster.node(replica));
    cluster.sim.runFor(Duration.ofSeconds(5));
    List<String> left = heard.keySet().stream().filter(name -> !name.equals(replica)).toList();
    await(room(left.get(0)).set("v", 11, WriteOptions.DEFAULT));
    cluster.await(
        () -> left.stream().allMatch(name -> heard.get(name).contains(11)), "all hear of it");
  }

  private static VariableValue withNode(VariableValue value, String node) {
    return new VariableValue(
        value.value(), value.version(), value.siblings(), node, value.stale(), value.token());
  }

  @Test
  void shouldCountWhatIsAskedAndSent() {
    cluster.distribute("n1", "v", 3);
    set("n1", "v", new JsonObject().put("a", 1), WriteOptions.DEFAULT);
    get("n1", "v");
    assertFails(ErrorCode.NOT_FOUND, room("n1").get("nobody"));
    cluster.awaitQuiet();
    cluster.sim.runFor(Duration.ofSeconds(10));
    await(room("n1").get("v", ReadOptions.DEFAULT.withConsistency(Consistency.SESSION)));
    assertEquals(1, counted("n1", "mabeam.variable.writes", "outcome", "ok"));
    assertEquals(1, counted("n1", "mabeam.variable.reads", "consistency", "eventual"));
    assertEquals(1, counted("n1", "mabeam.variable.reads", "consistency", "session"));
    assertEquals(1, counted("n1", "mabeam.variable.reads", "consistency", "none"));
    assertEquals(1, counted("n1", "mabeam.variable.reads", "outcome", "not_found"));
    assertTrue(counted("n1", "mabeam.variable.gossip.messages", "kind", "push") >= 2);
    assertTrue(counted("n1", "mabeam.variable.gossip.bytes", "kind", "digest") > 0);
  }

  @Test
  void shouldExplainWhoHasWhatAndWhoIsBehind() {
    await(room("n1").distribute("v", VariableOptions.DEFAULT));
    cluster.awaitQuiet();
    List<String> replicas = definition("v").replicas();
    String other = name(replicas.stream().filter(id -> !id.equals("n1#1")).findFirst().get());
    String last =
        name(replicas.stream().filter(id -> !Set.of("n1", other).contains(name(id))).findFirst().get());
    cluster.sim.network().isolate(last);
    set("n1", "v", "a", WriteOptions.DEFAULT);
    cluster.await(() -> "a".equals(shownAt(other, "v")), other + " has it");
    VariableExplanation cut = await(room(other).explain("v"));
    assertEquals(definition("v"), cut.definition());
    assertEquals(
        Map.of("n1", "serving", other, "serving", last, VariableExplanation.UNREACHABLE),
        cut.replicas().stream()
            .collect(
                Collectors.toMap(
                    each -> name(each.node()), VariableExplanation.Standing::role)));
    assertEquals(List.of(), cut.behind(), "nobody knows about who does not answer");

    // It has heard of nothing and is asked before it does.
    cluster.sim.network().healAll();
    VariableExplanation healed = await(room(other).explain("v"));
    assertEquals(List.of(last), healed.behind().stream().map(VariableRoomTest::name).toList());
    cluster.awaitQuiet();
    VariableExplanation quiet = await(room("n5").explain("v"));
    assertEquals(List.of(), quiet.behind());
    assertEquals(1, quiet.replicas().stream().map(each -> each.version()).distinct().count());
    assertTrue(quiet.replicas().stream().allMatch(each -> "a".equals(each.value())));
    assertFails(ErrorCode.NOT_FOUND, room("n5").explain("nobody"));
  }

  @Test
  void shouldExplainWhatStandsBesideAValue() {
    await(room("n1").distribute("v", VariableOptions.DEFAULT));
    cluster.awaitQuiet();
    String other =
        name(definition("v").replicas().stream().filter(id -> !id.equals("n1#1")).findFirst().get());
    Future<VariableValue> one = room("n1").set("v", "one");
    Future<VariableValue> two = room(other).set("v", "two");
    await(one);
    await(two);
    cluster.awaitQuiet();
    for (VariableExplanation.Standing each : await(room("n4").explain("v")).replicas()) {
      Set<Object> both = new java.util.HashSet<>(each.siblings());
      both.add(each.value());
      assertEquals(Set.of("one", "two"), both, each.node());
    }
  }

  @Test
  void shouldExplainWhatIsInTheLog() {
    await(
        room("n1")
            .distribute("v", VariableOptions.DEFAULT.withConsistency(Consistency.STRONG)));
    JsonObject version = set("n2", "v", 7, WriteOptions.DEFAULT).version();
    cluster.awaitQuiet();
    VariableExplanation log = await(room("n3").explain("v"));
    assertEquals(3, log.replicas().size());
    for (VariableExplanation.Standing each : log.replicas()) {
      assertEquals("log", each.role());
      assertEquals(version, each.version());
      assertEquals(7, each.value());
    }
  }

  /** What the replica there shows, or null. */
  private Object shownAt(String node, String name) {
    Replica replica = cluster.node(node).store.get(name);
    return replica == null ? null : replica.view().value();
  }

  private double counted(String node, String name, String tag, String value) {
    return cluster.node(node).metrics.get(name).tag(tag, value).counter().count();
  }

  private JsonObject shown(String node, String name) {
    return cluster
        .node(node)
        .seat
        .knowledge("mabeam.variables")
        .entries()
        .getOrDefault(name, new JsonObject());
  }

  private static String name(String id) {
    return id.substring(0, id.indexOf('#'));
  }

  private VariableRoom room(String name) {
    return cluster.node(name).room;
  }

  private VariableInfo definition(String name) {
    SimVariables.Node newest =
        cluster.alive().stream().filter(node -> node.copy.isCaughtUp()).findFirst().orElse(null);
    return newest == null
        ? cluster.alive().get(0).definitions.definition(name).orElseThrow()
        : newest.definitions.definition(name).orElseThrow();
  }

  private VariableValue get(String node, String name) {
    return await(room(node).get(name));
  }

  private VariableValue set(String node, String name, Object value, WriteOptions options) {
    return await(room(node).set(name, value, options));
  }

  private <T> T await(Future<T> future) {
    return cluster.await(future);
  }

  private MabeamException assertFails(ErrorCode code, Future<?> future) {
    MabeamException failure = cluster.failure(future);
    assertEquals(code, failure.code(), failure.getMessage());
    return failure;
  }
}
