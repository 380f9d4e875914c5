package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class CheckpointRoomTest {
  private final CheckpointWorld world = CheckpointWorld.of("a", "b", "c");

  private static Buffer text(String text) {
    return Buffer.buffer(text);
  }

  private static StateWrite base(String text) {
    return new StateWrite.Base(1, text(text));
  }

  private static StateWrite delta(String text) {
    return new StateWrite.Delta(text(text));
  }

  private Writer open(String key, String owner, String... set) {
    world.decide(key, 1, owner, set);
    world.sim.runFor(Duration.ofMillis(50));
    return world.machine(owner).open(key);
  }

  /** What is sent from now on waits at a cut, as TCP has it; dialling would give up. */
  private void openLines() {
    world.done("a write to all", open("first", "a", "a", "b", "c").write(text("e"), base("s")));
  }

  private static String said(Checkpoint checkpoint) {
    StringBuilder said = new StringBuilder(checkpoint.envelope() + "|" + checkpoint.base());
    checkpoint.deltas().forEach(delta -> said.append('+').append(delta));
    return said.toString();
  }

  private String at(String machine, String key) {
    Content content = world.machine(machine).store.content(key);
    return content == null ? null : said(content.checkpoint());
  }

  private Sealed seal(String by, String key, long epoch) {
    return world.done(
        "sealing " + key, world.machine(by).room.seal(key, epoch, world.set(key)));
  }

  private static ErrorCode code(Future<?> failed) {
    return ((MabeamException) failed.cause()).code();
  }

  @Test
  void shouldCompleteAWriteOnceEveryStoreOfTheSetHasIt() {
    openLines();
    Writer writer = open("k", "a", "a", "b", "c");
    world.sim.network().cut("a", "c");
    Future<Void> write = writer.write(text("e1"), base("s1"));
    world.sim.runFor(Duration.ofMillis(300));
    assertEquals("e1|s1", at("a", "k"));
    assertEquals("e1|s1", at("b", "k"));
    assertFalse(write.isComplete());
    world.sim.network().heal("a", "c");
    world.done("the write", write);
    assertEquals("e1|s1", at("c", "k"));
    assertEquals(Set.copyOf(world.stores("a", "b", "c")), world.set("k").all());
  }

  @Test
  void shouldKeepBaseAndDeltasAndTheNewestEnvelope() {
    Writer writer = open("k", "a", "a", "b", "c");
    writer.write(text("e1"), base("s1"));
    writer.write(text("e2"), delta("d2"));
    writer.write(text("e3"), StateWrite.UNCHANGED);
    world.done("the first writes", writer.write(text("e4"), delta("d4")));
    assertEquals("e4|s1+d2+d4", at("c", "k"));
    world.done("another", writer.write(text("e5"), delta("d5")));
    world.done("and one without", writer.write(text("e6"), StateWrite.UNCHANGED));
    assertEquals("e6|s1+d2+d4+d5", at("b", "k"));
    world.done("a new base", writer.write(text("e7"), base("s7")));
    assertEquals("e7|s7", at("c", "k"));
  }

  @Test
  void shouldCompleteInTheOrderOfTheCalls() {
    Writer writer = open("k", "a", "a", "b", "c");
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      writer
          .write(text("e" + i), i == 0 ? base("s") : delta("d" + i))
          .onSuccess(done -> order.add(number));
      if (i % 7 == 0) {
        world.sim.runFor(Duration.ofMillis(1));
      }
    }
    world.done("all of them", writer.settled());
    assertEquals(100, order.size());
    assertEquals(order.stream().sorted().toList(), order);
  }

  @Test
  void shouldSendTheKeysOfOneTurnInOneFrameToEachNode() {
    int keys = 100;
    List<Future<Void>> writes = new ArrayList<>();
    List<Writer> writers = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      writers.add(open("k" + i, "a", "a", "b", "c"));
    }
    long before = world.sim.eventsRun();
    writers.forEach(writer -> writes.add(writer.write(text("e"), base("s"))));
    world.done("all writes", Future.join(writes));
    // Two frames, their answers, the room's turn and ticks: far fewer than one for each key.
    assertTrue(world.sim.eventsRun() - before < keys / 2, "events: " + world.sim.eventsRun());
    assertEquals(keys, world.machine("c").store.keys());
  }

  @Test
  void shouldHaveASilentStoreDroppedAndCompleteOnlyThen() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the first write", writer.write(text("e1"), base("s1")));
    world.machine("c").node.pause();
    Future<Void> write = writer.write(text("e2"), base("s2"));
    world.sim.runFor(Duration.ofMillis(400));
    assertEquals(null, world.machine("a").asked.get("drop"));
    assertFalse(write.isComplete());
    world.done("the second write", write);
    assertEquals(world.stores("a", "b"), world.set("k").stores());
    assertTrue(world.machine("a").counts.drops() >= 1);
  }

  @Test
  void shouldAcknowledgeNothingWhileItCannotHaveTheSilentStoreDropped() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the first write", writer.write(text("e1"), base("s1")));
    world.sim.network().isolate("a");
    Future<Void> write = writer.write(text("e2"), base("s2"));
    world.sim.runFor(Duration.ofSeconds(20));
    assertFalse(write.isComplete());
    world.sim.network().healAll();
    world.done("the second write", write);
  }

  @Test
  void shouldFillAStoreThatWasDroppedBeforeItCountsAgain() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the first write", writer.write(text("e1"), base("s1")));
    world.machine("c").node.pause();
    world.done("the second write", writer.write(text("e2"), base("s2")));
    assertEquals("e1|s1", at("c", "k"));
    world.machine("c").node.resume();
    world.await(
        "c to be a member again",
        () -> world.set("k").stores().size() == 3 && world.set("k").previous().isEmpty());
    assertEquals("e2|s2", at("c", "k"));
    assertTrue(world.machine("a").counts.fills() >= 1);
  }

  @Test
  void shouldCountOldAndNewSetUntilTheNewOneIsFilled() {
    openLines();
    Writer writer = open("k", "a", "a", "b");
    world.sim.network().cut("a", "c");
    world.decide("k", new CheckpointWorld.Entry(1, world.machine("a").id(),
        world.set("k").followedBy(world.stores("a", "c"))));
    world.sim.runFor(Duration.ofMillis(100));
    Future<Void> write = writer.write(text("e1"), base("s1"));
    world.sim.runFor(Duration.ofMillis(200));
    assertFalse(write.isComplete(), "c lacks it");
    assertEquals(world.stores("a", "b"), world.set("k").whole());
    world.sim.network().healAll();
    world.done("the write", write);
    world.await("the old set to go", () -> !world.set("k").whole().contains(world.store("b")));
    assertEquals("e1|s1", at("c", "k"));
  }

  @Test
  void shouldFenceTheOwnerOfALowerEpoch() {
    Writer old = open("k", "a", "a", "b", "c");
    world.done("the first write", old.write(text("e1"), base("s1")));
    Sealed sealed = seal("b", "k", 2);
    assertEquals("e1|s1", said(sealed.newest().orElseThrow()));
    assertEquals(world.set("k").all(), sealed.reached());
    Future<Void> late = old.write(text("e2"), base("s2"));
    world.await("the late write to end", late::isComplete);
    assertEquals(ErrorCode.STALE_EPOCH, code(late));
    assertEquals(ErrorCode.STALE_EPOCH, code(old.write(text("e3"), base("s3"))));
    assertEquals("e1|s1", at("c", "k"));
  }

  @Test
  void shouldFenceAnOwnerThatWasPausedThroughIt() {
    Writer old = open("k", "a", "a", "b", "c");
    world.done("the first write", old.write(text("e1"), base("s1")));
    world.machine("a").node.pause();
    Sealed sealed = seal("b", "k", 2);
    assertEquals(Set.of(world.store("a")), sealed.unreached());
    assertTrue(world.set("k").isWholeIn(sealed.reached()));
    world.machine("a").node.resume();
    Future<Void> late = old.write(text("e2"), base("s2"));
    world.await("the late write to end", late::isComplete);
    assertEquals(ErrorCode.STALE_EPOCH, code(late));
  }

  @Test
  void shouldRefuseToSealAtALowerEpochThanAnother() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the first write", writer.write(text("e1"), base("s1")));
    seal("b", "k", 3);
    Future<Sealed> lower = world.machine("c").room.seal("k", 2, world.set("k"));
    world.await("the lower one to end", lower::isComplete);
    assertEquals(ErrorCode.STALE_EPOCH, code(lower));
    seal("b", "k", 3);
  }

  @Test
  void shouldFindTheNewestAmongTheStoresThatAnswer() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the first write", writer.write(text("e1"), base("s1")));
    world.sim.network().cut("a", "c");
    writer.write(text("e2"), base("s2"));
    world.sim.runFor(Duration.ofMillis(100));
    world.machine("a").crash();
    assertEquals("e2|s2", said(seal("c", "k", 2).newest().orElseThrow()));
    assertEquals("e1|s1", at("c", "k"));
  }

  @Test
  void shouldNotWaitForAStoreThatIsGoneByDecision() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the first write", writer.write(text("e1"), base("s1")));
    world.machine("a").crash();
    world.sim.runFor(Duration.ofMillis(50));
    Future<Sealed> sealed = world.machine("b").room.seal("k", 2, world.set("k"));
    world.sim.runFor(Duration.ofMillis(20));
    assertTrue(sealed.isComplete());
    assertEquals(2, sealed.result().reached().size());
  }

  @Test
  void shouldSayThatNobodyKnowsWhenOnlyUnfilledStoresAnswer() {
    CheckpointSet joint = CheckpointSet.first(List.of("a", "b")).followedBy(List.of("c", "b"));
    assertFalse(joint.isWholeIn(Set.of("c")));
    assertTrue(joint.isWholeIn(Set.of("b")));
    assertEquals(List.of("a", "b"), joint.followedBy(List.of("d")).previous());
    assertFalse(joint.without("a").canLose("b"), "b is the last that has everything");
  }

  @Test
  void shouldMoveALargeStateInPiecesWhileSmallOnesGoOn() {
    byte[] bytes = new byte[5_000_000];
    new Random(7).nextBytes(bytes);
    Writer writer = open("large", "a", "a", "b", "c");
    Writer small = open("small", "a", "a", "b", "c");
    Future<Void> write =
        writer.write(text("e1"), new StateWrite.Base(3, Buffer.buffer(bytes)));
    world.sim.runFor(Duration.ofMillis(3));
    world.done("the small one", small.write(text("e"), base("s")));
    assertFalse(write.isComplete(), "the small one was faster");
    world.done("the large one", write);
    Sealed sealed = seal("c", "large", 2);
    assertEquals(Buffer.buffer(bytes), sealed.newest().orElseThrow().base());
    assertEquals(3, sealed.newest().orElseThrow().stateVersion());
  }

  @Test
  void shouldReadALargeStateFromAStoreElsewhere() {
    byte[] bytes = new byte[2_000_000];
    new Random(8).nextBytes(bytes);
    Writer writer = open("large", "a", "a", "b");
    world.done("the write", writer.write(text("e"), new StateWrite.Base(1, Buffer.buffer(bytes))));
    world.done("a delta", writer.write(text("e2"), delta("d")));
    Checkpoint found = seal("c", "large", 2).newest().orElseThrow();
    assertEquals(Buffer.buffer(bytes), found.base());
    assertEquals(List.of(text("d")), found.deltas());
    assertEquals(text("e2"), found.envelope());
  }

  @Test
  void shouldGoOnAfterFramesWereLost() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.sim.network().setLoss(0.2);
    for (int i = 1; i <= 50; i++) {
      world.done(
          "write " + i, writer.write(text("e" + i), i == 1 ? base("s") : delta("," + i)));
    }
    world.sim.network().calm();
    for (String store : world.set("k").stores()) {
      String name =
          List.of("a", "b", "c").stream()
              .filter(one -> world.store(one).equals(store))
              .findAny()
              .orElseThrow();
      assertTrue(at(name, "k").startsWith("e50|s+,2+,3"), at(name, "k"));
      assertTrue(at(name, "k").endsWith("+,49+,50"), at(name, "k"));
    }
  }

  @Test
  void shouldAcknowledgeAloneWhenThereIsOneNode() {
    CheckpointWorld alone = CheckpointWorld.of("a");
    alone.decide("k", 1, "a", "a");
    alone.sim.runFor(Duration.ofMillis(50));
    alone.done("the write", alone.machine("a").open("k").write(text("e"), base("s")));
  }

  @Test
  void shouldSpreadToNodesThatCome() {
    CheckpointWorld growing = CheckpointWorld.of("a");
    growing.decide("k", 1, "a", "a");
    growing.sim.runFor(Duration.ofMillis(50));
    growing.done("the write", growing.machine("a").open("k").write(text("e"), base("s")));
    growing.start("b");
    growing.start("c");
    growing.start("d");
    growing.await(
        "three stores",
        () -> growing.set("k").stores().size() == 3 && growing.set("k").previous().isEmpty());
  }

  @Test
  void shouldReplaceAStoreThatIsGone() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the write", writer.write(text("e"), base("s")));
    world.start("d");
    world.machine("c").crash();
    world.await(
        "d to be in the set",
        () ->
            world.set("k").stores().contains(world.store("d"))
                && world.set("k").previous().isEmpty());
    assertEquals("e|s", at("d", "k"));
  }

  @Test
  void shouldFailWhatIsWrittenWhenItIsClosed() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.sim.network().isolate("a");
    Future<Void> write = writer.write(text("e"), base("s"));
    world.sim.runFor(Duration.ofMillis(50));
    Future<Void> settled = writer.settled();
    writer.close();
    assertEquals(ErrorCode.UNAVAILABLE, code(write));
    assertTrue(settled.succeeded());
    assertEquals(ErrorCode.UNAVAILABLE, code(writer.write(text("e"), base("s"))));
    world.machine("a").room.close();
    Future<Sealed> sealed = world.machine("a").room.seal("k", 2, world.set("k"));
    assertEquals(ErrorCode.UNAVAILABLE, code(sealed));
  }

  @Test
  void shouldForgetAKeyThatIsNoMore() {
    Writer writer = open("k", "a", "a", "b", "c");
    world.done("the write", writer.write(text("e"), base("s")));
    writer.close();
    world.machines.values().forEach(machine -> machine.room.forget("k"));
    assertEquals(0, world.machine("b").store.keys());
    assertTrue(seal("b", "k", 2).newest().isEmpty());
  }

  @Test
  void shouldForgetAllKeysThatAreNoMoreAndNoOthers() {
    Writer gone = open("gone", "a", "a", "b", "c");
    Writer kept = open("kept", "a", "a", "b", "c");
    world.done("a write", gone.write(text("e"), base("s")));
    world.done("a write", kept.write(text("e"), base("s")));
    world.machine("b").room.forgetAll("gone"::equals);
    assertEquals(1, world.machine("b").store.keys());
    assertEquals(2, world.machine("c").store.keys());
    assertEquals("e|s", said(seal("b", "kept", 2).newest().orElseThrow()));
  }

  /** Writes while the set is joint and the old one lacks it; then the old one is asked. */
  private static boolean foundInTheOldSet(Rules rules) {
    CheckpointWorld world = CheckpointWorld.of(rules, "a", "b", "c", "d");
    world.decide("k", 1, "a", "a", "b");
    world.sim.runFor(Duration.ofMillis(50));
    Writer writer = world.machine("a").open("k");
    world.done("the first write", writer.write(text("e1"), base("s1")));
    world.sim.network().cut("a", CheckpointWorld.DECIDER);
    world.sim.network().cut("a", "b");
    CheckpointSet joint = world.set("k").followedBy(world.stores("a", "d"));
    writer.changed(joint);
    Future<Void> write = writer.write(text("e2"), base("s2"));
    world.sim.runFor(Duration.ofMillis(400));
    world.machine("a").crash();
    world.sim.network().isolate("d");
    Sealed sealed = world.done("the seal", world.machine("c").room.seal("k", 2, joint));
    assertTrue(joint.isWholeIn(sealed.reached()), "b is of the old set");
    return !write.isComplete() || said(sealed.newest().orElseThrow()).equals("e2|s2");
  }

  @Test
  void shouldCatchWritesThatOnlyTheNewSetHas() {
    assertTrue(foundInTheOldSet(new Rules()));
    assertFalse(
        foundInTheOldSet(
            new Rules() {
              @Override
              boolean written(CheckpointSet set, Predicate<String> has) {
                return set.stores().stream().allMatch(has);
              }
            }));
  }
}
