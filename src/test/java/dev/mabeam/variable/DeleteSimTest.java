package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.variable.sync.Tuning;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What was replaced or deleted does not come back, whoever returns from wherever with whatever; what
 * had not been seen stays.
 */
class DeleteSimTest {
  private static final WriteOptions MAJORITY = new WriteOptions(WriteOptions.MAJORITY);
  private static final Duration SHORT = Duration.ofSeconds(2);

  private SimVariables cluster = SimVariables.of(1, 3);

  @Test
  void shouldForgetWhatEveryReplicaKnowsToBeDeleted() {
    distribute();
    await(room("n2").set("v", "old"));
    cluster.awaitQuiet();
    VariableValue deleted = await(room("n3").delete("v", WriteOptions.DEFAULT));
    assertTrue(deleted.deleted());
    assertNull(deleted.value());
    cluster.await(() -> isForgotten("v"), "v is forgotten");
    for (String name : List.of("n1", "n2", "n3")) {
      assertNull(cluster.node(name).store.get("v"));
      assertEquals(ErrorCode.NOT_FOUND, failure(room(name).get("v", ReadOptions.DEFAULT)));
    }
    distribute();
    assertNull(await(room("n2").get("v", ReadOptions.DEFAULT)).value());
  }

  @Test
  void shouldTakeAWriteAfterADeletion() {
    cluster = SimVariables.of(1, 5);
    for (SimVariables.Kind kind : SimVariables.Kind.values()) {
      cluster.distribute("n1", kind.name(), kind, 3);
    }
    cluster.awaitQuiet();
    // As long as one replica is away nothing is forgotten.
    cluster.node("n1").host.pause();
    for (int i = 0; i < 2; i++) {
      cluster.setWhole("n2", "COUNTER", WriteOptions.ONE);
      cluster.sim.runFor(Duration.ofMillis(50));
      await(room("n2").delete("COUNTER", WriteOptions.DEFAULT));
    }
    cluster.setWhole("n2", "COUNTER", WriteOptions.ONE);
    cluster.sim.runFor(Duration.ofMillis(50));
    assertEquals(1L, await(room("n2").get("COUNTER", ReadOptions.DEFAULT)).value());
  }

  @Test
  void shouldKeepAWriteThatTheDeletionHadNotSeen() {
    distribute();
    await(room("n2").set("v", "old"));
    cluster.awaitQuiet();
    cluster.sim.network().setLoss(1);
    await(room("n2").set("v", "unseen"));
    await(room("n3").delete("v", WriteOptions.DEFAULT));
    cluster.sim.network().setLoss(0);
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.awaitQuiet();
    for (String name : List.of("n1", "n2", "n3")) {
      VariableValue read = await(room(name).get("v", ReadOptions.DEFAULT));
      assertEquals("unseen", read.value());
      assertEquals(List.of(), read.siblings());
    }
  }

  @Test
  void shouldSettleOnlyWhatItsWriterHadSeen() {
    distribute();
    cluster.awaitQuiet();
    cluster.sim.network().setLoss(1);
    await(room("n1").set("v", "a"));
    await(room("n2").set("v", "b"));
    cluster.sim.network().setLoss(0);
    cluster.sim.runFor(Duration.ofSeconds(7));
    VariableValue seen = await(room("n1").get("v", ReadOptions.DEFAULT));
    assertEquals(1, seen.siblings().size());
    cluster.sim.network().setLoss(1);
    await(room("n1").resolve("v", "ab", seen, WriteOptions.DEFAULT));
    await(room("n3").set("v", "c"));
    cluster.sim.network().setLoss(0);
    cluster.sim.runFor(Duration.ofSeconds(7));
    cluster.awaitQuiet();
    VariableValue both = await(room("n2").get("v", ReadOptions.DEFAULT));
    Set<Object> values = new HashSet<>(both.siblings());
    values.add(both.value());
    assertEquals(Set.of("ab", "c"), values);
    // One of the two was not seen by whoever settles now.
    VariableValue one = await(room("n1").resolve("v", "late", seen, WriteOptions.DEFAULT));
    assertEquals(3, one.siblings().size() + 1);
  }

  @Test
  void shouldNotBringBackWhatAStoreThatWasAwayStillHas() {
    for (boolean again : new boolean[] {false, true}) {
      cluster = SimVariables.of(1, 4);
      distribute();
      VariableInfo info = cluster.node("n1").definitions.definition("v").orElseThrow();
      String away = info.replicas().get(1).substring(0, 2);
      await(room(away).set("v", "old", MAJORITY));
      cluster.awaitQuiet();
      cluster.sim.network().isolate(away);
      cluster.expel(cluster.node(away));
      await(room("n1").delete("v", MAJORITY));
      cluster.await(() -> isForgottenAt("n1"), "v is forgotten");
      if (again) {
        distribute();
      }
      cluster.sim.network().healAll();
      cluster.rejoin(away);
      cluster.sim.runFor(Duration.ofSeconds(10));
      cluster.awaitQuiet();
      for (SimVariables.Node node : cluster.alive()) {
        Replica replica = node.store.get("v");
        assertTrue(replica == null || again && replica.view().value() == null, node.id);
      }
    }
  }

  @Test
  void shouldPruneWhatStoresThatAreGoneWrote() {
    pruneAStoreThatIsAway(new SimVariables.Broken());
    for (Replica replica : cluster.replicas("v")) {
      assertEquals(1, replica.era());
      Set<String> writers = new HashSet<>(Set.of("first"));
      cluster.replicas("v").forEach(each -> writers.add(each.writer()));
      assertEquals(writers, replica.state().seen().stores());
    }
    await(room("n1").set("v", "newest", MAJORITY));
    cluster.awaitQuiet();
    assertEquals("newest", await(room("n1").get("v", ReadOptions.DEFAULT)).value());
  }

  /** A store returns from before its entry was cut out, with what the others had replaced. */
  @Test
  void shouldNotBringBackWhatWasReplacedBeforeItWasPruned() {
    returnAfterPruning(new SimVariables.Broken());
    SimVariables.Broken tooEarly = new SimVariables.Broken();
    // The one that returns is not told what the others had agreed to have seen.
    tooEarly.commands =
        (node, command) -> {
          if (command.getString("do").equals("prune") && node.endsWith("#5")) {
            command
                .getJsonObject("names")
                .forEach(each -> ((JsonObject) each.getValue()).put("gone", new JsonObject()));
          }
          return List.of(command);
        };
    AssertionError found =
        assertThrows(AssertionError.class, () -> returnAfterPruning(tooEarly));
    assertTrue(found.getMessage().contains("came back"), found.getMessage());
  }

  private void returnAfterPruning(SimVariables.Broken broken) {
    String away = pruneAStoreThatIsAway(broken);
    cluster.sim.network().healAll();
    cluster.rejoin(away);
    cluster.sim.runFor(Duration.ofSeconds(10));
    cluster.awaitQuiet();
    Set<Object> values = visible("n1", "v");
    if (values.contains("old")) {
      throw new AssertionError("'old' came back: " + values);
    }
    assertEquals(Set.of("new"), values);
    // What it had taken and told nobody is not lost.
    assertEquals(Set.of("new", "untold"), visible("n1", "u"));
  }

  private Set<Object> visible(String node, String name) {
    VariableValue read = await(room(node).get(name, ReadOptions.DEFAULT));
    Set<Object> values = new HashSet<>(read.siblings());
    values.add(read.value());
    return values;
  }

  /** Two variables were written there before, and its entries are cut out of both. */
  private String pruneAStoreThatIsAway(SimVariables.Broken broken) {
    broken.tuning = new Tuning(1_000, Tuning.DEFAULT.soon(), SHORT);
    cluster = new SimVariables(1, 4, broken);
    distribute();
    VariableInfo v = cluster.node("n1").definitions.definition("v").orElseThrow();
    String away = v.replicas().get(1).substring(0, 2);
    await(room(away).distribute("u", VariableOptions.DEFAULT.withReplicationFactor(0)));
    cluster.awaitQuiet();
    await(room(away).set("v", "old", MAJORITY));
    await(room(away).set("u", "older", MAJORITY));
    cluster.awaitQuiet();
    cluster.sim.network().setLoss(1);
    await(room(away).set("u", "untold"));
    cluster.sim.network().setLoss(0).isolate(away);
    cluster.expel(cluster.node(away));
    cluster.await(
        () ->
            cluster.alive().stream()
                .flatMap(node -> node.definitions.definitions().values().stream())
                .allMatch(info -> info.replicas().size() == 3 && info.set() > 1),
        "another has its place");
    cluster.awaitQuiet();
    for (SimVariables.Node node : cluster.alive()) {
      await(node.room.set("v", "new", MAJORITY));
      await(node.room.set("u", "new", MAJORITY));
      cluster.awaitQuiet();
    }
    for (String name : List.of("v", "u")) {
      cluster.await(
          () ->
              cluster.alive().stream()
                  .allMatch(node -> node.definitions.definition(name).orElseThrow().era() == 1),
          name + " is pruned");
    }
    cluster.awaitQuiet();
    return away;
  }

  /** It is closing and forgotten at one stroke, before the others know that it takes no writes. */
  @Test
  void shouldNotForgetWhatIsWrittenWhileItIsBeingForgotten() {
    for (long seed = 1; seed <= 20; seed++) {
      writeWhileItIsForgotten(seed, new SimVariables.Broken());
    }
    List<String> found = new ArrayList<>();
    for (long seed = 1; seed <= 20; seed++) {
      SimVariables.Broken atOnce = new SimVariables.Broken();
      atOnce.commands =
          (node, command) ->
              command.getString("do").equals("close")
                  ? List.of(command, command.copy().put("do", "forget"))
                  : List.of(command);
      try {
        writeWhileItIsForgotten(seed, atOnce);
      } catch (AssertionError lost) {
        found.add(lost.getMessage());
      }
    }
    assertTrue(found.stream().anyMatch(why -> why.contains("was forgotten")), found.toString());
  }

  private void writeWhileItIsForgotten(long seed, SimVariables.Broken broken) {
    cluster = new SimVariables(seed, 3, broken);
    distribute();
    await(room("n1").delete("v", MAJORITY));
    List<String> acknowledged = new ArrayList<>();
    // From just before it is decided until after.
    for (int i = 0; i < 4_000 && !isForgottenAt("n2"); i++) {
      cluster.sim.runFor(Duration.ofMillis(1));
      if (cluster.alive().stream()
          .anyMatch(
              node ->
                  node.definitions
                      .definition("v")
                      .map(VariableInfo::closing)
                      .orElse(true))) {
        String value = "w" + i;
        Future<VariableValue> written = room("n2").set("v", value);
        written.onSuccess(done -> acknowledged.add(value));
        cluster.sim.runFor(Duration.ofMillis(1));
      }
    }
    cluster.sim.runFor(Duration.ofSeconds(10));
    if (!acknowledged.isEmpty() && isForgottenAt("n1")) {
      throw new AssertionError(acknowledged + " was acknowledged, and was forgotten");
    }
    if (!acknowledged.isEmpty()) {
      assertEquals(
          Set.of(acknowledged.get(acknowledged.size() - 1)), visible("n1", "v"), "seed " + seed);
    }
  }

  static LongStream sample() {
    return LongStream.rangeClosed(1, 10);
  }

  @ParameterizedTest
  @MethodSource("sample")
  void shouldNotBringBackAnythingAfterRandomFaults(long seed) {
    new Run(seed, new SimVariables.Broken()).play();
  }

  @Test
  @Tag("long")
  void shouldNotBringBackAnythingInHundredsOfSeeds() {
    long[] counts = new long[4];
    for (long seed = 11; seed <= 200; seed++) {
      Run run = new Run(seed, new SimVariables.Broken());
      run.play();
      counts[0] += run.done;
      counts[1] += run.replaced.size();
      counts[2] += run.lives;
      counts[3] += run.eras;
    }
    System.out.printf(
        "deletes: 190 seeds, %d writes and deletes acknowledged, %d values replaced, %d lives,"
            + " %d prunings%n",
        counts[0], counts[1], counts[2], counts[3]);
    assertTrue(counts[2] > 100 && counts[3] > 30, "lives and eras are tested");
  }

  /** Writes and deletes under faults; processes die, or are expelled and return with their store. */
  private static final class Run {
    private final SimVariables cluster;
    private final RandomGenerator random;
    private final List<String> names;
    /** Values that were there where an acknowledged write or deletion took their place. */
    private final Set<Object> replaced = new HashSet<>();
    private int written;
    private int done;
    private int lives;
    private int eras;
    private final int deletes;

    Run(long seed, SimVariables.Broken broken) {
      random = Seeds.random(seed);
      broken.tuning = new Tuning(1_000, Tuning.DEFAULT.soon(), SHORT);
      cluster = new SimVariables(seed, 4 + random.nextInt(2), broken);
      names = cluster.sim.nodes().stream().map(SimNode::name).toList();
      deletes = random.nextInt(5);
      for (int i = 0; i < 3; i++) {
        cluster.distribute(anyName(), "v" + i, SimVariables.Kind.VECTOR_CLOCKS, sync(), 3);
      }
    }

    private SyncStrategy sync() {
      return SyncStrategy.values()[random.nextInt(3)];
    }

    private String anyName() {
      return names.get(random.nextInt(names.size()));
    }

    void play() {
      cluster.naming(this::playThrough);
    }

    private void playThrough() {
      for (int i = 0; i < 8; i++) {
        fault();
        change(500 + random.nextInt(3_000));
      }
      calm();
      change(2_000);
      cluster.sim.runFor(Duration.ofSeconds(12));
      cluster.awaitQuiet();
      check();
    }

    private void change(int millis) {
      long end = cluster.sim.nanos() + millis * 1_000_000L;
      while (cluster.sim.nanos() < end) {
        SimVariables.Node node = cluster.node(anyName());
        if (node.host.up()) {
          change(node, "v" + random.nextInt(3));
        }
        cluster.sim.runFor(Duration.ofMillis(random.nextInt(1, 80)));
      }
    }

    private void change(SimVariables.Node node, String name) {
      Replica replica = node.room == null ? null : node.store.get(name);
      Set<Object> there = new HashSet<>();
      if (replica != null && replica.role() == Replica.Role.SERVING) {
        there.addAll(replica.view().siblings());
        there.add(replica.view().value());
        there.remove(null);
      }
      int what = random.nextInt(10);
      if (what == 0) {
        node.room.distribute(name, VariableOptions.DEFAULT.withSync(sync()));
        return;
      }
      Future<VariableValue> changed =
          what <= deletes ? node.room.delete(name, MAJORITY) : node.room.set(name, ++written, MAJORITY);
      changed.onSuccess(
          now -> {
            done++;
            if (now.node().equals(node.id)) {
              replaced.addAll(there);
            }
          });
    }

    private void fault() {
      SimVariables.Node node = cluster.node(anyName());
      boolean whole =
          names.stream().allMatch(each -> cluster.node(each).isIn() && cluster.node(each).host.up());
      switch (random.nextInt(6)) {
        case 0 -> {
          if (whole) {
            cluster.crash(node.host.name());
            cluster.sim.after(Duration.ofMillis(1_000), () -> cluster.expel(node));
          }
        }
        case 1 -> {
          if (whole) {
            cluster.sim.network().isolate(node.host.name());
            cluster.sim.after(Duration.ofMillis(1_000), () -> cluster.expel(node));
          }
        }
        case 2 -> cluster.sim.network().setLoss(0.2).setDuplication(0.2);
        case 3 -> node.host.skewWall(Duration.ofMillis(random.nextInt(-30_000, 30_000)));
        default -> calm();
      }
    }

    private void calm() {
      cluster.sim.network().calm().healAll();
      cluster.sim.runFor(Duration.ofSeconds(2));
      cluster.admitAgain();
      cluster.sim.runFor(Duration.ofSeconds(1));
    }

    private void check() {
      for (int i = 0; i < 3; i++) {
        String name = "v" + i;
        VariableInfo info = cluster.alive().get(0).definitions.definition(name).orElse(null);
        for (SimVariables.Node node : cluster.alive()) {
          Replica replica = node.store.get(name);
          if (replica != null && (info == null || replica.life() != info.life())) {
            throw new AssertionError(node.id + " keeps " + name + " of another life");
          }
          if (replica != null) {
            Set<Object> values = new HashSet<>(replica.view().siblings());
            values.add(replica.view().value());
            values.retainAll(replaced);
            if (!values.isEmpty()) {
              throw new AssertionError(values + " came back in " + name + " on " + node.id);
            }
          }
        }
        if (info != null) {
          lives += info.life() > 20 ? 1 : 0;
          eras += (int) info.era();
        }
      }
    }
  }

  private void distribute() {
    await(room("n1").distribute("v", VariableOptions.DEFAULT));
    cluster.await(
        () ->
            cluster.alive().stream()
                .allMatch(node -> node.definitions.definition("v").isPresent()),
        "all know it");
    cluster.awaitQuiet();
  }

  private boolean isForgotten(String name) {
    return cluster.alive().stream()
        .allMatch(node -> node.definitions.definition(name).isEmpty() && node.room.isQuiet());
  }

  private boolean isForgottenAt(String node) {
    return cluster.node(node).definitions.definition("v").isEmpty();
  }

  private VariableRoom room(String name) {
    return cluster.node(name).room;
  }

  private <T> T await(Future<T> future) {
    return cluster.await(future);
  }

  private ErrorCode failure(Future<?> future) {
    return cluster.failure(future).code();
  }
}
