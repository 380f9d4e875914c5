package dev.mabeam.agent;

import static dev.mabeam.agent.Rooms.await;
import static dev.mabeam.agent.Rooms.failure;
import static dev.mabeam.agent.Rooms.spec;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.verticle.Sources;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Agents whose state is kept, on three clustered nodes in this JVM with real directories,
 * activations and checkpoint rooms. What places an agent again that has lost its node is in rooms
 * above; here the test says where it goes.
 */
class DurableAgentsTest {
  private static final String N1 = "n1#1";
  private static final String N2 = "n2#2";
  private static final String N3 = "n3#3";
  private static final Duration LONG = Duration.ofSeconds(20);

  /**
   * Keeps a list of what it was told to add. Told {@code {"do":…}} it does other things: answers
   * with the list, tells another agent, sets a reminder or a timer, or fails to give its state.
   */
  private static final String LISTER =
      """
      package com.acme;
      import dev.mabeam.agent.*;
      import io.vertx.core.*;
      import io.vertx.core.buffer.Buffer;
      import io.vertx.core.json.*;
      import java.time.Duration;
      public class Lister implements Agent {
        private AgentContext context;
        private JsonArray all = new JsonArray();
        private boolean broken;
        private int snapshots;
        @Override public Future<?> start(AgentContext context) {
          this.context = context;
          return Future.succeededFuture();
        }
        @Override public Future<?> receive(AgentMessage message) {
          JsonObject json = message.json();
          switch (json.getString("do", "add")) {
            case "add": all.add(json.getValue("what")); break;
            case "list": return Future.succeededFuture(all.copy());
            case "snapshots": return Future.succeededFuture(snapshots);
            case "tell":
              for (int i = 0; i < json.getInteger("times"); i++) {
                context.agents().tell(json.getString("to"), new JsonObject().put("what", i));
              }
              break;
            case "remind":
              context.remind("r", Duration.ofMillis(json.getInteger("in")),
                  new JsonObject().put("what", "reminded"));
              break;
            case "timer":
              context.timer(Duration.ofMillis(1), () -> all.add("timer"));
              break;
            case "break": broken = true; break;
            case "gate":
              all.add(json.getValue("what"));
              return dev.mabeam.agent.Gates.gate(context.id());
          }
          return Future.succeededFuture(all.size());
        }
        @Override public Buffer snapshot() {
          if (broken) { throw new IllegalStateException("no state today"); }
          snapshots++;
          return all.toBuffer();
        }
        @Override public Future<?> restore(Buffer state, int version) {
          all = state.toJsonArray();
          return Future.succeededFuture();
        }
      }
      """;

  private static ClusteredNodes cluster;
  private static UserCode code;
  private Rooms rooms;

  @BeforeAll
  static void start(@TempDir Path temp) {
    Path classes = temp.resolve("classes");
    Sources.compile(classes, "com.acme.Lister", LISTER);
    code = UserCode.open(Sources.paths(classes), List.of());
    cluster = new ClusteredNodes(3);
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
    code.close();
  }

  @BeforeEach
  void open() {
    AgentOptions options =
        AgentOptions.DEFAULT.withMailbox(50).withLimit(Duration.ofSeconds(3)).withContexts(2);
    rooms = new Rooms(cluster.nodes(), code, options);
  }

  @AfterEach
  void close() {
    Gates.openAll();
    rooms.rooms.forEach(room -> room.decisions.release());
    rooms.close();
  }

  private AgentInfo deploy(String id, String node) {
    return await("deploy of " + id, rooms.room(1).agents.deploy(lister(id, node)));
  }

  private static AgentSpec lister(String id, String node) {
    return spec(id, "com.acme.Lister", node);
  }

  private static JsonObject add(Object what) {
    return new JsonObject().put("what", what);
  }

  private static JsonObject doing(String what) {
    return new JsonObject().put("do", what);
  }

  private Object ask(int from, String id, JsonObject body) {
    return await(
        "ask of " + id + " " + body, rooms.room(from).agents.ask(id, body, LONG));
  }

  private JsonArray list(int from, String id) {
    return (JsonArray) ask(from, id, doing("list"));
  }

  private AgentInfo info(int from, String id) {
    return rooms.room(from).agents.get(id).orElseThrow();
  }

  /** As a machine that loses its power: it hears, decides and stores nothing more. */
  private void crash(int number) {
    Rooms.Room room = rooms.room(number);
    room.decisions.hold();
    room.lease.lose();
    rooms.wires.cut(InMemoryDecisions.address(number));
    rooms.log.gone(room.id);
  }

  private <T> T onRoom(int number, String what, Supplier<Future<T>> task) {
    Promise<T> promise = Promise.promise();
    rooms.room(number).run(() -> task.get().onComplete(promise));
    return await(what, promise.future());
  }

  private MabeamException refusal(int number, String what, Supplier<Future<?>> task) {
    Promise<Object> promise = Promise.promise();
    rooms.room(number)
        .run(() -> task.get().onComplete(promise::complete, promise::fail));
    return failure(what, promise.future());
  }

  private AgentMoves moves(int number) {
    return rooms.room(number).agents.moves();
  }

  private void recover(int by, String id, String node) {
    await(
        id + " to have no node",
        () ->
            rooms.room(by).agents.get(id)
                .filter(info -> info.status() == AgentInfo.Status.UNAVAILABLE)
                .isPresent());
    long epoch = info(by, id).epoch();
    onRoom(by, "recovery", () -> moves(by).recover(id, epoch, node, false));
  }

  @Test
  void shouldGoOnWithItsStateWhenItsNodeIsGone() {
    deploy("a", N2);
    for (int i = 0; i < 5; i++) {
      assertEquals(i + 1, ask(1, "a", add(i)));
    }
    AgentInfo before = info(1, "a");
    crash(2);
    recover(1, "a", N3);
    assertEquals(new JsonArray().add(0).add(1).add(2).add(3).add(4), list(1, "a"));
    AgentInfo after = info(1, "a");
    assertTrue(after.epoch() > before.epoch());
    assertEquals(before.born(), after.born());
    assertEquals(N3, after.node());
    assertEquals(6, ask(1, "a", add("more")));
  }

  @Test
  void shouldGoOnWithNothingIfItIsVolatile() {
    await(
        "deploy",
        rooms.room(1).agents.deploy(lister("v", N2).withDurability(Durability.VOLATILE)));
    assertEquals(1, ask(1, "v", add("lost")));
    crash(2);
    recover(1, "v", N3);
    assertEquals(new JsonArray(), list(1, "v"));
  }

  @Test
  void shouldFindNothingWhenNothingWasEverSaid() {
    deploy("a", N2);
    crash(2);
    recover(1, "a", N3);
    assertEquals(new JsonArray(), list(1, "a"));
  }

  @Test
  void shouldSayNothingBeforeEveryStoreHasIt() {
    deploy("a", N2);
    assertEquals(1, ask(1, "a", add("first")));
    rooms.wires.cut(InMemoryDecisions.address(2));
    rooms.log.loseMajority();
    Future<Object> answer = rooms.room(1).agents.ask("a", add("second"), LONG);
    Future<Object> read = rooms.room(1).agents.ask("a", doing("list"), LONG);
    await("the message to be handled", () -> rooms.room(2).depth("a") >= 2);
    assertFalse(answer.isComplete(), "no store but its own has it, and none can be dropped");
    assertFalse(read.isComplete(), "the answer tells of what is not written");
    rooms.log.regainMajority();
    assertEquals(2, await("the answer, without those that are silent", answer));
    assertEquals(new JsonArray().add("first").add("second"), await("the list", read));
    assertEquals(1, info(1, "a").set().stores().size());
    rooms.wires.mend(InMemoryDecisions.address(2));
    await("the others to be filled again", () -> {
      var set = info(1, "a").set();
      return set.stores().size() == 3 && set.previous().isEmpty();
    });
  }

  @Test
  void shouldPutManyMessagesIntoOneCheckpoint() {
    deploy("a", N2);
    ask(1, "a", add("first"));
    long writes = rooms.room(2).keeper.counts().writes();
    addInOneTurn("a", 45);
    long more = rooms.room(2).keeper.counts().writes() - writes;
    assertTrue(more >= 1 && more <= 15, more + " writes for 45 messages");
    int snapshots = (int) ask(1, "a", doing("snapshots"));
    assertTrue(snapshots <= more + 3, snapshots + " snapshots for " + more + " writes");
  }

  /** So many messages that travel together. */
  private void addInOneTurn(String id, int count) {
    Promise<Void> answered = Promise.promise();
    rooms
        .room(1)
        .vertx
        .getOrCreateContext()
        .runOnContext(
            none ->
                Future.all(
                        IntStream.range(0, count)
                            .mapToObj(i -> rooms.room(1).agents.ask(id, add(i), LONG))
                            .toList())
                    .<Void>mapEmpty()
                    .onComplete(answered));
    await("all", answered.future());
  }

  @Test
  void shouldWriteNothingForWhatChangesNothing() {
    deploy("a", N2);
    ask(1, "a", add("first"));
    long writes = rooms.room(2).keeper.counts().writes();
    for (int i = 0; i < 10; i++) {
      list(1, "a");
    }
    assertEquals(writes, rooms.room(2).keeper.counts().writes());
  }

  @Test
  void shouldTakeBackWhatItCannotKeepAndGoOn() {
    deploy("a", N2);
    assertEquals(1, ask(1, "a", add("kept")));
    long epoch = info(1, "a").epoch();
    MabeamException failed =
        failure("ask", rooms.room(1).agents.ask("a", doing("break"), LONG));
    assertEquals(ErrorCode.FAILED_TO_SERIALIZE, failed.code());
    assertEquals(new JsonArray().add("kept"), list(1, "a"), "recovered, and not broken any more");
    assertTrue(info(1, "a").epoch() > epoch);
    assertEquals(2, ask(1, "a", add("more")));
  }

  @Test
  void shouldTellOthersOnceAlsoWhenItIsRecoveredInBetween() {
    deploy("from", N2);
    deploy("to", N3);
    ask(1, "from", doing("tell").put("to", "to").put("times", 20));
    crash(2);
    recover(1, "from", N1);
    list(1, "from");
    await("all to arrive", () -> list(1, "to").size() >= 20);
    JsonArray all = new JsonArray(IntStream.range(0, 20).boxed().toList());
    assertEquals(all, list(1, "to"), "each once, in order");
  }

  @Test
  void shouldRemindAlsoAfterItsNodeIsGone() {
    deploy("a", N2);
    ask(1, "a", doing("remind").put("in", 1_000));
    crash(2);
    recover(1, "a", N3);
    await("the reminder", () -> list(1, "a").contains("reminded"));
    assertEquals(new JsonArray().add("reminded"), list(1, "a"));
  }

  @Test
  void shouldKeepWhatATimerDoes() {
    deploy("a", N2);
    ask(1, "a", doing("timer"));
    await("the timer", () -> list(1, "a").contains("timer"));
    crash(2);
    recover(1, "a", N3);
    assertEquals(new JsonArray().add("timer"), list(1, "a"));
  }

  @Test
  void shouldBeUncertainWhenNoStoreIsLeftUntilTheLossIsAccepted() {
    rooms.wires.cut(InMemoryDecisions.address(1));
    rooms.wires.cut(InMemoryDecisions.address(3));
    deploy("a", N2);
    assertEquals(1, ask(1, "a", add("lost")));
    await("only its own store to count", () -> info(1, "a").set().stores().size() == 1);
    rooms.wires.mend(InMemoryDecisions.address(1));
    rooms.wires.mend(InMemoryDecisions.address(3));
    rooms.room(2).decisions.hold();
    rooms.wires.cut(InMemoryDecisions.address(2));
    rooms.log.gone(N2);
    await(
        "it to be without a node",
        () -> info(1, "a").status() == AgentInfo.Status.UNAVAILABLE);
    AgentInfo lost = info(1, "a");
    assertTrue(lost.why().contains("state uncertain"), lost.why());
    assertEquals(List.of(), moves(1).ownerless());
    MabeamException refused =
        refusal(1, "recovery", () -> moves(1).recover("a", lost.epoch(), N3, false));
    assertEquals(ErrorCode.UNAVAILABLE, refused.code());
    assertTrue(refused.getMessage().contains("state uncertain"), refused.getMessage());
    assertEquals(
        ErrorCode.UNAVAILABLE,
        failure("ask", rooms.room(1).agents.ask("a", doing("list"), Duration.ofMillis(300)))
            .code());
    onRoom(1, "recovery", () -> moves(1).recover("a", lost.epoch(), N3, true));
    assertEquals(new JsonArray(), list(1, "a"), "what was lost is lost");
    assertEquals(1, ask(1, "a", add("new")));
  }

  @Test
  void shouldMoveWithItsStateAndWhatWaitsForIt() {
    deploy("a", N2);
    ask(1, "a", add("before"));
    long epoch = info(1, "a").epoch();
    Departure departure = onRoom(2, "departure", () -> moves(2).depart("a"));
    assertEquals(epoch, departure.epoch());
    assertEquals(
        ErrorCode.MIGRATING, refusal(2, "again", () -> moves(2).depart("a")).code());
    Future<Object> waits = rooms.room(1).agents.ask("a", add("meanwhile"), LONG);
    Arrival arrival =
        onRoom(3, "arrival", () -> moves(3).arrive(departure.spec(), epoch, departure.carried()));
    long next = onRoom(2, "flip", () -> moves(2).flip("a", epoch, N3));
    rooms.room(2).run(() -> departure.forward(N3, next));
    await("running", arrival.running());
    assertEquals(2, await("what waited", waits));
    assertEquals(new JsonArray().add("before").add("meanwhile"), list(2, "a"));
    assertEquals(N3, info(1, "a").node());
    assertEquals(next, info(1, "a").epoch());
    assertEquals(
        ErrorCode.STALE_EPOCH, refusal(2, "flip", () -> moves(2).flip("a", epoch, N1)).code());
  }

  /**
   * The sender hears of the decision before the target does. Whoever refuses a message then makes
   * its sender wait before it sends it again, and that is most of the pause that it sees.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldBeRefusedByNobodyWhereTheTargetIsTheLastToKnow(boolean carried) {
    deploy("a", N2);
    deploy("b", N3);
    ask(1, "a", add("before"));
    Departure departure = onRoom(2, "departure", () -> moves(2).depart("a"));
    if (carried) {
      onRoom(
          3,
          "arrival",
          () -> moves(3).arrive(departure.spec(), departure.epoch(), departure.carried()));
    }
    rooms.room(3).decisions.hold();
    long next = onRoom(2, "flip", () -> moves(2).flip("a", departure.epoch(), N3));
    rooms.room(2).run(() -> departure.forward(N3, next));
    await("n1 to know", () -> info(1, "a").node().equals(N3));
    await("n2 to let go", () -> rooms.room(2).depth("a") == 0);
    AtomicInteger asked = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();
    cluster.lose(
        body -> {
          asked.addAndGet(frames(body, Frames.NUMBERED_ASK));
          refused.addAndGet(frames(body, Frames.FAILURE));
          return false;
        });

    Future<Object> answer = rooms.room(1).agents.ask("a", add("after"), LONG);
    await("the ask to be on its way", () -> asked.get() > 0);
    ask(1, "b", add("behind it"));
    rooms.room(3).decisions.release();

    assertEquals(2, await("the answer", answer));
    assertEquals(0, refused.get());
  }

  private static int frames(Object body, byte wanted) {
    int count = 0;
    if (body instanceof Buffer batch) {
      Frames.Reader frames = new Frames.Reader(batch);
      for (byte kind = frames.next(); kind != 0; kind = frames.next()) {
        count += kind == wanted ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void shouldGoOnWhereItIsWhenAMoveIsGivenUp() {
    deploy("a", N2);
    ask(1, "a", add("before"));
    Departure departure = onRoom(2, "departure", () -> moves(2).depart("a"));
    Arrival arrival =
        onRoom(
            3,
            "arrival",
            () -> moves(3).arrive(departure.spec(), departure.epoch(), departure.carried()));
    Future<Object> waits = rooms.room(1).agents.ask("a", add("meanwhile"), LONG);
    rooms.room(3).run(arrival::abandon);
    rooms.room(2).run(departure::resume);
    assertEquals(2, await("what waited", waits));
    assertEquals(N2, info(1, "a").node());
  }

  @Test
  void shouldBeRecoveredWhenTheTargetIsGoneRightAfterTheFlip() {
    deploy("a", N2);
    ask(1, "a", add("before"));
    Departure departure = onRoom(2, "departure", () -> moves(2).depart("a"));
    rooms.room(3).decisions.hold();
    long next = onRoom(2, "flip", () -> moves(2).flip("a", departure.epoch(), N3));
    rooms.room(2).run(() -> departure.forward(N3, next));
    crash(3);
    recover(1, "a", N1);
    assertEquals(new JsonArray().add("before"), list(1, "a"));
    assertEquals(N1, info(1, "a").node());
  }

  @Test
  void shouldTakeTheNewerCheckpointOverWhatWasCarried() {
    deploy("a", N2);
    ask(1, "a", add("old"));
    Departure departure = onRoom(2, "departure", () -> moves(2).depart("a"));
    Checkpoint carried = departure.carried();
    rooms.room(2).run(departure::resume);
    ask(1, "a", add("newer"));
    onRoom(3, "arrival", () -> moves(3).arrive(departure.spec(), departure.epoch(), carried));
    onRoom(2, "flip", () -> moves(2).flip("a", departure.epoch(), N3));
    assertEquals(new JsonArray().add("old").add("newer"), list(1, "a"));
  }

  @Test
  void shouldEndWhatIsUndeployedWhileItMoves() {
    deploy("a", N2);
    Departure departure = onRoom(2, "departure", () -> moves(2).depart("a"));
    onRoom(
        3,
        "arrival",
        () -> moves(3).arrive(departure.spec(), departure.epoch(), departure.carried()));
    await("undeploy", rooms.room(1).agents.undeploy("a"));
    assertEquals(
        ErrorCode.STALE_EPOCH,
        refusal(2, "flip", () -> moves(2).flip("a", departure.epoch(), N3)).code());
    assertTrue(rooms.room(1).agents.get("a").isEmpty());
    deploy("a", N3);
    assertEquals(new JsonArray(), list(1, "a"), "another one of its id knows nothing of it");
  }

  @Test
  void shouldEndWhatIsUndeployedWhileItIsRecovered() {
    deploy("a", N2);
    ask(1, "a", add("before"));
    crash(2);
    rooms.wires.cut(InMemoryDecisions.address(3));
    rooms.wires.cut(InMemoryDecisions.address(1));
    recover(1, "a", N3);
    await("undeploy", rooms.room(1).agents.undeploy("a"));
    assertTrue(rooms.room(1).agents.get("a").isEmpty());
  }

  @Test
  void shouldNotBeHeardOnceAnotherOneHasSealedIt() {
    deploy("a", N2);
    ask(1, "a", add("before"));
    rooms.room(2).decisions.hold();
    rooms.log.gone(N2);
    recover(1, "a", N3);
    assertEquals(new JsonArray().add("before"), list(1, "a"));
    Promise<Object> late = Promise.promise();
    Agents behind = rooms.room(2).agents;
    behind.ask("a", add("late"), Duration.ofSeconds(2)).onComplete(late);
    failure("the old one", late.future());
    assertEquals(new JsonArray().add("before"), list(1, "a"));
  }

  @Test
  void shouldLetManyMessagesShareACheckpointThatIsCheckpointed() {
    await(
        "deploy",
        rooms.room(1).agents.deploy(lister("c", N2).checkpointed(10, Duration.ofMillis(200))));
    long writes = rooms.room(2).keeper.counts().writes();
    addInOneTurn("c", 40);
    long more = rooms.room(2).keeper.counts().writes() - writes;
    assertTrue(more >= 1 && more <= 8, more + " writes for 40 messages");
    assertEquals(41, ask(1, "c", add("one, after the time is up")));
    crash(2);
    recover(1, "c", N3);
    assertEquals(41, list(1, "c").size());
  }
}
