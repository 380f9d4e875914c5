package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.conflict.Write;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Strong variables, one thing at a time, in the simulation. */
class StrongRoomTest {
  private static final VariableOptions STRONG =
      VariableOptions.DEFAULT.withConsistency(Consistency.STRONG);
  private static final List<String> NAMES = List.of("n1", "n2", "n3", "n4", "n5");

  private final SimVariables.Broken watched = new SimVariables.Broken();
  private final AtomicInteger commands = new AtomicInteger();
  private final SimVariables cluster;

  StrongRoomTest() {
    watched.decisions = Counting::new;
    cluster = new SimVariables(1, 5, watched);
  }

  /** Counts what is proposed. */
  private final class Counting implements Decisions {
    private final Decisions decisions;

    Counting(Decisions decisions) {
      this.decisions = decisions;
    }

    @Override
    public Future<Buffer> propose(String machine, Buffer command, Duration deadline) {
      commands.incrementAndGet();
      return decisions.propose(machine, command, deadline);
    }

    @Override
    public Future<Void> barrier(Duration deadline) {
      return decisions.barrier(deadline);
    }

    @Override
    public long appliedIndex() {
      return decisions.appliedIndex();
    }
  }

  @Test
  void shouldReadOnEveryNodeWhatWasWrittenLast() {
    distribute("v", STRONG.withValue("first"));
    assertEquals("first", get("n4", "v").value());
    for (String name : NAMES) {
      VariableValue written = await(room(name).set("v", name));
      assertEquals(name, written.value());
      for (String reader : NAMES) {
        VariableValue read = get(reader, "v");
        assertEquals(name, read.value());
        assertEquals(written.version(), read.version());
        assertEquals(List.of(), read.siblings());
        assertEquals(cluster.node(reader).id, read.node());
        assertFalse(read.stale());
      }
    }
  }

  @Test
  void shouldLetOneOfManyCompareAndSet() {
    distribute("v", STRONG.withValue(0));
    List<Future<VariableValue>> all =
        NAMES.stream()
            .map(name -> room(name).compareAndSet("v", 0, name, WriteOptions.DEFAULT))
            .toList();
    all.forEach(one -> cluster.await(one::isComplete, "an answer"));
    assertEquals(1, all.stream().filter(Future::succeeded).count());
    all.stream()
        .filter(Future::failed)
        .forEach(
            one -> assertEquals(ErrorCode.CONFLICT, MabeamException.of(one.cause()).code()));
    String winner =
        (String) all.stream().filter(Future::succeeded).findAny().orElseThrow().result().value();
    assertEquals(winner, get("n3", "v").value());
    JsonObject object = new JsonObject().put("a", 1).put("b", new JsonArray().add(2));
    await(room("n1").set("v", object));
    await(
        room("n2")
            .compareAndSet(
                "v",
                new JsonObject().put("b", new JsonArray().add(2)).put("a", 1),
                null,
                WriteOptions.DEFAULT));
    assertEquals(null, get("n3", "v").value());
  }

  @Test
  void shouldLoseNoUpdate() {
    distribute("v", STRONG.withSync(SyncStrategy.LEADER_FOLLOWER).withValue(0));
    List<Future<VariableValue>> all =
        IntStream.range(0, 25)
            .mapToObj(
                i ->
                    room(NAMES.get(i % 5))
                        .update("v", value -> (Integer) value + 1, WriteOptions.DEFAULT))
            .toList();
    all.forEach(this::await);
    assertEquals(25, get("n5", "v").value());
    Set<Object> values = new TreeSet<>();
    all.forEach(one -> values.add(one.result().value()));
    assertEquals(25, values.size(), "each saw the one before");
  }

  @Test
  void shouldHaveTheMasterProposeUnderLeaderFollower() {
    distribute("v", STRONG.withSync(SyncStrategy.LEADER_FOLLOWER));
    String master = cluster.node("n1").definitions.definition("v").orElseThrow().master();
    assertEquals("n1#1", master);
    assertEquals(master, await(room("n4").set("v", 1)).node());
    distribute("w", STRONG.withSync(SyncStrategy.MULTI_MASTER));
    assertEquals(cluster.node("n4").id, await(room("n4").set("w", 1)).node());
  }

  @Test
  void shouldProposeWithoutTheMasterWhereThatIsNotHeard() {
    distribute("v", STRONG.withSync(SyncStrategy.LEADER_FOLLOWER));
    WriteOptions within = WriteOptions.DEFAULT.withDeadline(Duration.ofSeconds(1));
    cluster.node("n1").host.pause();
    assertEquals(cluster.node("n4").id, await(room("n4").set("v", 1, within)).node());
    cluster.node("n1").host.resume();
    cluster.sim.network().isolate("n4");
    assertFails(ErrorCode.INSUFFICIENT_CONSENSUS, room("n4").set("v", 2, within));
    assertEquals(1, get("n5", "v").value());
    assertEquals(cluster.node("n1").id, await(room("n5").set("v", 3, within)).node());
    cluster.crash("n1");
    assertEquals(cluster.node("n5").id, await(room("n5").set("v", 4, within)).node());
  }

  @Test
  void shouldShareCommandsAmongWritesAndRefuseThemOneByOne() {
    distribute("v", STRONG.withMerge("map-by-key"));
    distribute("w", STRONG.withValue(0));
    int before = commands.get();
    List<Future<VariableValue>> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      WriteOptions slice = WriteOptions.DEFAULT.slice("k" + i % 10, i % 2 == 0 ? 2 : 1);
      all.add(room("n1").set("v", i, slice));
      all.add(room("n1").compareAndSet("w", i, i + 1, WriteOptions.DEFAULT));
    }
    all.forEach(one -> cluster.await(one::isComplete, "an answer"));
    assertTrue(commands.get() - before <= 20, commands.get() - before + " commands");
    // Commands that are under way at the same time have no order; what was refused left no trace.
    long set = 0;
    for (int i = 1; i < all.size(); i += 2) {
      set += all.get(i).succeeded() ? 1 : 0;
    }
    assertTrue(set > 0 && set < 501, set + " of 500 found what they expected");
    assertEquals((int) set, get("n2", "w").value());
    JsonObject slices = (JsonObject) get("n2", "v").value();
    assertEquals(10, slices.size());
    await(room("n1").set("v", 1, WriteOptions.DEFAULT.slice("k1", 3)));
    assertFails(
        ErrorCode.STALE_EPOCH, room("n2").set("v", 2, WriteOptions.DEFAULT.slice("k1", 2)));
  }

  @Test
  void shouldAddUpCounters() {
    distribute("v", STRONG.withMerge("counter"));
    List<Future<VariableValue>> all =
        IntStream.range(0, 50).mapToObj(i -> room(NAMES.get(i % 5)).set("v", 1)).toList();
    all.forEach(this::await);
    assertEquals(50, ((Number) get("n4", "v").value()).intValue());
    assertFails(
        ErrorCode.INVALID, room("n1").compareAndSet("v", 50, 0, WriteOptions.DEFAULT));
  }

  @Test
  void shouldRefuseWithoutTheMajorityAndReadStaleOnlyWhenAsked() {
    distribute("v", STRONG.withValue(1));
    VariableValue written = await(room("n3").set("v", 2));
    cluster.sim.network().isolate("n3");
    ReadOptions soon = ReadOptions.DEFAULT.withDeadline(Duration.ofSeconds(1));
    WriteOptions within = WriteOptions.DEFAULT.withDeadline(Duration.ofSeconds(1));
    assertFails(ErrorCode.INSUFFICIENT_CONSENSUS, room("n3").get("v", soon));
    assertFails(ErrorCode.INSUFFICIENT_CONSENSUS, room("n3").set("v", 3, within));
    assertFails(ErrorCode.INSUFFICIENT_CONSENSUS, room("n3").delete("v", within));
    VariableValue newer = await(room("n1").set("v", 4));
    VariableValue stale = await(room("n3").get("v", soon.withStale(true)));
    assertEquals(2, stale.value());
    assertTrue(stale.stale());
    assertEquals(written.version(), stale.version());
    assertFails(
        ErrorCode.SESSION_UNAVAILABLE,
        room("n3").get("v", soon.withStale(true).withToken(newer.token())));
    cluster.sim.network().healAll();
    assertEquals(4, get("n3", "v").value());
    assertEquals(
        4, await(room("n3").get("v", soon.withStale(true).withToken(newer.token()))).value());
  }

  @Test
  void shouldDeleteAndWriteAgain() {
    distribute("v", STRONG.withMerge("counter"));
    await(room("n1").set("v", 5));
    VariableValue deleted = await(room("n2").delete("v", WriteOptions.DEFAULT));
    assertTrue(deleted.deleted());
    VariableValue read = get("n3", "v");
    assertTrue(read.deleted());
    assertEquals(null, read.value());
    assertEquals(deleted.version(), read.version());
    await(room("n4").set("v", 2));
    assertEquals(2, ((Number) get("n3", "v").value()).intValue());
    assertFalse(get("n3", "v").deleted());
  }

  @Test
  void shouldKeepBytesAsTheyAre() {
    Buffer bytes = Buffer.buffer(new byte[] {0, -1, 7});
    distribute("v", STRONG.withSync(SyncStrategy.LEADER_FOLLOWER).withValue(bytes));
    distribute("w", VariableOptions.DEFAULT.withReplicationFactor(2));
    assertEquals(bytes, get("n5", "v").value());
    Buffer more = Buffer.buffer(new byte[300_000]);
    assertEquals(more, await(room("n4").compareAndSet("v", bytes, more, WriteOptions.DEFAULT))
        .value());
    assertEquals(more, get("n2", "v").value());
    for (String name : NAMES) {
      await(room(name).set("w", bytes));
      cluster.awaitQuiet();
      assertEquals(bytes, get(name, "w").value());
    }
    assertFails(ErrorCode.TOO_LARGE, room("n1").set("v", Buffer.buffer(new byte[(1 << 20) + 1])));
  }

  @Test
  void shouldKeepValuesOverAnImage() {
    distribute("v", STRONG.withMerge("map-by-key"));
    distribute("w", STRONG);
    distribute("gone", STRONG.withValue(1));
    await(room("n1").set("v", new JsonObject().put("a", 1)));
    await(room("n1").set("w", Buffer.buffer("bytes")));
    await(room("n1").delete("gone", WriteOptions.DEFAULT));
    cluster.awaitQuiet();
    VariableDefinitions machine = cluster.node("n1").definitions;
    VariableDefinitions copy = new VariableDefinitions();
    copy.restore(machine.image().get());
    for (String name : List.of("v", "w", "gone")) {
      assertEquals(machine.values().get(name), copy.values().get(name));
    }
    Buffer next =
        VariableDefinitions.write(
            List.of(
                StrongValues.Command.of(
                    "nobody knows",
                    StrongValues.Kind.SET,
                    null,
                    0,
                    new Write(
                        1, null, 0, HybridTime.ZERO, "s"))));
    Buffer answer = copy.apply(new Applying(1_000, FixedMembers.of(1, 2, 3)), next);
    assertEquals(
        ErrorCode.NOT_FOUND, VariableDefinitions.written(answer).get(0).refusal().code());
  }

  @Test
  void shouldShowAndTellOfEveryValue() {
    distribute("v", STRONG.withValue(0));
    List<VariableChange> heard = new ArrayList<>();
    Watch watch = await(room("n5").watch("v", heard::add));
    for (int i = 1; i <= 20; i++) {
      await(room("n1").set("v", i));
    }
    cluster.await(() -> heard.size() == 20, "20 changes");
    assertEquals(
        IntStream.rangeClosed(1, 20).boxed().toList(),
        heard.stream().map(change -> (Integer) change.value().value()).toList());
    await(watch.close());
    await(room("n1").set("v", 21));
    cluster.awaitQuiet();
    assertEquals(20, heard.size());
    cluster.await(
        () -> {
          JsonObject shown =
              cluster.node("n4").seat.knowledge("mabeam.variables").entries().get("v");
          return shown != null && Integer.valueOf(21).equals(shown.getValue("value"));
        },
        "the value in the map");
  }

  @Test
  void shouldRefuseToReadStrongerThanIsSafeOrWeakerThanDeclared() {
    distribute("v", STRONG);
    distribute("w", VariableOptions.DEFAULT);
    assertFails(
        ErrorCode.INVALID,
        room("n1").get("v", ReadOptions.DEFAULT.withConsistency(Consistency.EVENTUAL)));
    MabeamException unsafe =
        assertFails(
            ErrorCode.INVALID,
            room("n1").set("w", 1, WriteOptions.DEFAULT.withConsistency(Consistency.STRONG)));
    assertTrue(unsafe.getMessage().contains("not in the log"), unsafe.getMessage());
  }

  private void distribute(String name, VariableOptions options) {
    cluster.distribute("n1", name, options);
  }

  private VariableRoom room(String name) {
    return cluster.node(name).room;
  }

  private VariableValue get(String node, String name) {
    return await(room(node).get(name));
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
