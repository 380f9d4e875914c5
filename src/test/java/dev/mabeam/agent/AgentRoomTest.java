package dev.mabeam.agent;

import static dev.mabeam.agent.Rooms.await;
import static dev.mabeam.agent.Rooms.failure;
import static dev.mabeam.agent.Rooms.spec;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentCounts.Outcome;
import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.VertxBus;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.verticle.Sources;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Three clustered Vert.x nodes in this JVM, each with an agents' room, and user code. */
class AgentRoomTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String ECHO = "com.acme.Echo";
  private static final String N1 = "n1#1";
  private static final String N2 = "n2#2";
  private static final String N3 = "n3#3";

  private static final String PLAIN =
      """
      package com.acme;
      import dev.mabeam.agent.*;
      import io.vertx.core.*;
      public class %s implements Agent {
        private AgentContext context;
        private final io.vertx.core.json.JsonArray all = new io.vertx.core.json.JsonArray();
        @Override public Future<?> start(AgentContext context) {
          this.context = context;
          %s
        }
        @Override public Future<?> receive(AgentMessage message) {
          %s
        }
      }
      """;

  private static final String VERTICLE =
      """
      package com.acme;
      import dev.mabeam.agent.*;
      import io.vertx.core.*;
      import io.vertx.core.json.JsonObject;
      public class Worker extends AgentVerticle {
        private int handled;
        @Override protected ThreadingModel threadingModel() { return ThreadingModel.WORKER; }
        @Override public Future<?> start() {
          vertx.eventBus().localConsumer("acme." + agent().id(), message -> message.reply(handled));
          return Future.succeededFuture();
        }
        @Override public Future<?> receive(AgentMessage message) {
          handled++;
          return Future.succeededFuture(new JsonObject()
              .put("greeting", config().getString("greeting"))
              .put("worker", Context.isOnWorkerThread())
              .put("own", Vertx.currentContext().deploymentID().equals(context.deploymentID())));
        }
      }
      """;

  private static final String BLOCKING =
      """
      package com.acme;
      import dev.mabeam.agent.*;
      import io.vertx.core.*;
      public class Blocking extends AgentVerticle {
        @Override protected ThreadingModel threadingModel() { return ThreadingModel.WORKER; }
        @Override public Future<?> receive(AgentMessage message) {
          dev.mabeam.agent.Gates.gate(agent().id()).toCompletionStage().toCompletableFuture().join();
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
    compile(classes, "Echo", "return Future.succeededFuture();",
        "return Future.succeededFuture(message.body());");
    compile(classes, "Failing",
        "throw new IllegalStateException(\"no database\");", "return null;");
    compile(classes, "Hanging", "return Promise.promise().future();", "return null;");
    compile(classes, "Broken", "return Future.succeededFuture();",
        "throw new IllegalStateException(\"broken\");");
    compile(classes, "Gated", "return Future.succeededFuture();",
        "return dev.mabeam.agent.Gates.gate(context.id());");
    compile(classes, "Sender", "return Future.succeededFuture();",
        "return context.agents().ask(\"target\", message.body());");
    Sources.compile(classes, "com.acme.Worker", VERTICLE);
    compile(classes, "Recorder", "return Future.succeededFuture();",
        "if (message.asked()) { return Future.succeededFuture(all); }"
            + "all.add(message.body()); return Future.succeededFuture();");
    Sources.compile(classes, "com.acme.Blocking", BLOCKING);
    Sources.compile(classes, "com.acme.NoAgent", "package com.acme; public class NoAgent {}");
    code = UserCode.open(Sources.paths(classes), List.of());
    cluster = new ClusteredNodes(3);
  }

  private static void compile(Path classes, String name, String start, String receive) {
    Sources.compile(classes, "com.acme." + name, PLAIN.formatted(name, start, receive));
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

  private static JsonObject one() {
    return new JsonObject().put("add", 1);
  }

  private Agents agents(int number) {
    return rooms.room(number).agents;
  }

  private void deploy(String id, String type, String node) {
    await("deploy of " + id, agents(1).deploy(spec(id, type, node)));
  }

  private static MabeamException door(Future<?> request) {
    try {
      await("the request", request);
      throw new AssertionError("it succeeded");
    } catch (AssertionError wrapped) {
      return VertxBus.failure(Addresses.AGENTS, wrapped.getCause());
    }
  }

  @Test
  void shouldAnswerFromEveryNodeWithOneCount() {
    AgentInfo info = rooms.room(1).counter("c", N2);
    assertEquals(N2, info.node());
    assertEquals(AgentInfo.Status.ACTIVE, info.status());
    for (int n = 1; n <= 3; n++) {
      assertEquals(
          new JsonObject().put("count", n).put("node", N2).put("epoch", info.epoch()),
          rooms.room(n).add("c", 1));
      assertEquals(List.of(info), agents(n).list());
      assertEquals(info, agents(n).get("c").orElseThrow());
    }
    assertEquals(1, rooms.room(2).agents.countHere());
    assertEquals(0, rooms.room(1).agents.countHere());
  }

  @Test
  void shouldCompleteATellWhenItIsInTheMailbox() {
    rooms.room(1).counter("c", N3);
    for (int i = 0; i < 10; i++) {
      await("tell", agents(1).tell("c", one()));
    }
    assertEquals(10, rooms.room(1).add("c", 0).getInteger("count"));
    assertEquals(ErrorCode.AGENT_NOT_FOUND, failure("tell", agents(1).tell("x", one())).code());
  }

  static Stream<Object> bodies() {
    return Stream.of(
        new JsonObject().put("a", new JsonArray().add(1).add("ü").addNull()),
        new JsonArray().add(new JsonObject()),
        "text ü",
        "",
        true,
        false,
        1,
        -1L << 40,
        0.5,
        Buffer.buffer(new byte[] {0, 1, -1}),
        Buffer.buffer());
  }

  @ParameterizedTest
  @MethodSource("bodies")
  void shouldCarryEveryKindOfBodyThereAndBack(Object body) {
    deploy("e", ECHO, N2);
    for (int n = 1; n <= 2; n++) {
      assertEquals(body, await("echo from n" + n, agents(n).ask("e", body)));
    }
  }

  @Test
  void shouldCarryNothingThereAndBack() {
    deploy("e", ECHO, N2);
    assertEquals(null, await("echo", agents(1).ask("e", null)));
    assertEquals(null, await("echo", agents(2).ask("e", null)));
  }

  @Test
  void shouldRefuseABodyThatCannotTravel() {
    deploy("e", ECHO, N2);
    for (int n = 1; n <= 2; n++) {
      for (Object odd : List.of(new Object(), new JsonObject().put("x", new Thread()))) {
        assertEquals(ErrorCode.INVALID, failure("ask", agents(n).ask("e", odd)).code());
      }
      assertEquals("still there", await("ask", agents(n).ask("e", "still there")));
    }
  }

  @Test
  void shouldNotLetAnAgentShareAValueWithItsSender() {
    deploy("e", ECHO, N1);
    JsonObject sent = new JsonObject().put("x", 1);
    JsonObject answer = (JsonObject) await("echo", agents(1).ask("e", sent));
    answer.put("x", 2);
    assertEquals(1, sent.getInteger("x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}", "{\"add\":\"1\"}", "{\"add\":1.5}", "{\"add\":null}", "{\"add\":99999999999999999999}"
      })
  void shouldRefuseWhatACounterCannotAdd(String body) {
    rooms.room(1).counter("c", N2);
    MabeamException refused = failure("ask", agents(1).ask("c", new JsonObject(body)));
    assertEquals(ErrorCode.INVALID, refused.code());
    assertFalse(refused.hint().isEmpty());
    assertEquals(ErrorCode.INVALID, failure("ask", agents(1).ask("c", "add 1")).code());
    assertEquals(0, rooms.room(1).add("c", 0).getInteger("count"));
  }

  @Test
  void shouldNotCountBeyond64Bits() {
    rooms.room(1).counter("c", N2);
    await("ask", agents(1).ask("c", new JsonObject().put("add", Long.MAX_VALUE)));
    assertEquals(ErrorCode.INVALID, failure("ask", agents(1).ask("c", one())).code());
    assertEquals(Long.MAX_VALUE, rooms.room(1).add("c", 0).getLong("count"));
  }

  @Test
  void shouldFreeTheIdWhenAnAgentIsUndeployedAndStartFromNothingAtAHigherEpoch() {
    AgentInfo first = rooms.room(1).counter("c", N2);
    rooms.room(1).add("c", 5);
    MabeamException twice = failure("deploy", agents(3).deploy(spec("c", "counter", N1)));
    assertEquals(ErrorCode.CONFLICT, twice.code());
    await("undeploy", agents(3).undeploy("c"));
    assertEquals(ErrorCode.AGENT_NOT_FOUND, failure("ask", agents(1).ask("c", one())).code());
    assertEquals(ErrorCode.AGENT_NOT_FOUND, failure("undeploy", agents(1).undeploy("c")).code());
    AgentInfo second = rooms.room(2).counter("c", N3);
    assertTrue(second.epoch() > first.epoch());
    assertEquals(1, rooms.room(1).add("c", 1).getInteger("count"));
  }

  @Test
  void shouldSayWhatIsWrongWithATypeAndUndoTheDecision() {
    Map<String, ErrorCode> bad =
        Map.of(
            "com.acme.Nowhere", ErrorCode.NOT_FOUND,
            "nonsense", ErrorCode.NOT_FOUND,
            "com.acme.NoAgent", ErrorCode.INVALID,
            "dev.mabeam.agent.CounterAgent", ErrorCode.FORBIDDEN,
            "com.acme.Failing", ErrorCode.FAILED_TO_START_ON_TARGET,
            "com.acme.Hanging", ErrorCode.FAILED_TO_START_ON_TARGET);
    bad.forEach(
        (type, code) -> {
          MabeamException refused = failure(type, agents(1).deploy(spec("bad", type, N2)));
          assertEquals(code, refused.code(), type + ": " + refused.getMessage());
          assertFalse(refused.hint().isEmpty(), type);
          assertEquals(List.of(), agents(1).list());
        });
    rooms.room(1).counter("bad", N2);
  }

  @Test
  void shouldNameTheReasonOfAFailedStart() {
    MabeamException failed = failure("deploy", agents(1).deploy(spec("f", "com.acme.Failing", N3)));
    assertTrue(failed.getMessage().contains("no database"), failed.getMessage());
    assertTrue(failed.getMessage().contains(N3), failed.getMessage());
    assertTrue(failed.getMessage().contains("'f'"), failed.getMessage());
  }

  @Test
  void shouldRefuseABadSpecificationBeforeAnythingIsDecided() {
    int before = rooms.log.proposals();
    assertEquals(
        ErrorCode.INVALID, failure("deploy", agents(1).deploy(AgentSpec.of("a b", "x"))).code());
    assertEquals(
        ErrorCode.INVALID,
        failure(
                "deploy",
                agents(1)
                    .deploy(
                        AgentSpec.of("a", "counter")
                            .withConfig(new JsonObject().put("x", new JsonArray().add(1)))
                            .withConfig(new JsonObject().put("x", "y".repeat(100_000)))))
            .code());
    assertEquals(before, rooms.log.proposals());
  }

  @Test
  void shouldChooseAgainWhenTheChosenNodeIsNoMember() {
    MabeamException refused = failure("deploy", agents(1).deploy(spec("c", "counter", "n9#9")));
    assertEquals(ErrorCode.UNAVAILABLE, refused.code());
    assertEquals(List.of(), agents(1).list());
  }

  @Test
  void shouldGiveTheAskerWhatUserCodeFailedWith() {
    deploy("b", "com.acme.Broken", N2);
    for (int n = 1; n <= 2; n++) {
      MabeamException failed = failure("ask", agents(n).ask("b", 1));
      assertEquals(ErrorCode.INTERNAL, failed.code());
      assertEquals("broken", failed.getMessage());
    }
  }

  @Test
  void shouldRunAVerticleAgentOnAContextOfItsOwn() {
    AgentSpec worker =
        spec("w", "com.acme.Worker", N2).withConfig(new JsonObject().put("greeting", "hello"));
    await("deploy", agents(1).deploy(worker));
    assertEquals(
        new JsonObject().put("greeting", "hello").put("worker", true).put("own", true),
        await("ask", agents(1).ask("w", 1)));
    EventBus bus = rooms.room(2).vertx.eventBus();
    assertEquals(1, await("its consumer", bus.request("acme.w", "")).body());
    await("undeploy", agents(3).undeploy("w"));
    assertTrue(bus.request("acme.w", "").toCompletionStage().toCompletableFuture()
        .handle((answer, failure) -> failure != null).join(), "its consumer is closed");
  }

  @Test
  void shouldLetAgentsSendToAgents() {
    rooms.room(1).counter("target", N1);
    deploy("s", "com.acme.Sender", N2);
    assertEquals(
        3, ((JsonObject) await("ask", agents(3).ask("s", new JsonObject().put("add", 3))))
            .getInteger("count"));
  }

  @Test
  void shouldRefuseWhatAMailboxHasNoRoomFor() {
    deploy("g", "com.acme.Gated", N2);
    List<Future<Object>> asks = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      asks.add(agents(i % 2 + 1).ask("g", i, LONG));
    }
    await("ten to be refused", () -> asks.stream().filter(Future::failed).count() == 10);
    asks.stream()
        .filter(Future::failed)
        .forEach(ask -> assertEquals(ErrorCode.OVERLOADED, MabeamException.of(ask.cause()).code()));
    MabeamException told = failure("tell", agents(1).tell("g", 1));
    assertEquals(ErrorCode.OVERLOADED, told.code());
    await("one to be handled", () -> Gates.reached("g"));
    Gates.open("g", "open");
    await("the rest to be answered", () -> asks.stream().filter(Future::succeeded).count() == 50);
    await("ask", agents(1).ask("g", 1));
  }

  @Test
  void shouldFailAtTheDeadlineAndNotHandleWhatWaitedLonger() {
    deploy("g", "com.acme.Gated", N2);
    rooms.room(1).counter("c", N2);
    Future<Object> first = agents(1).ask("g", 1, LONG);
    await("it to be handled", () -> Gates.reached("g"));
    long start = System.nanoTime();
    for (int n = 1; n <= 2; n++) {
      MabeamException late = failure("ask", agents(n).ask("g", 2, Duration.ofMillis(150)));
      assertEquals(ErrorCode.TIMEOUT, late.code());
    }
    assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(300));
    Gates.open("g", "open");
    assertEquals("open", await("the first", first));
  }

  @Test
  void shouldCompleteOnTheCallersContext() {
    rooms.room(1).counter("far", N2);
    rooms.room(1).counter("near", N1);
    Context context = rooms.room(1).vertx.getOrCreateContext();
    List<Promise<Context>> ends = IntStream.range(0, 4).mapToObj(i -> Promise.<Context>promise())
        .toList();
    context.runOnContext(
        none -> {
          List<Future<?>> all =
              List.of(
                  agents(1).ask("far", one()),
                  agents(1).ask("near", one()),
                  agents(1).ask("none", one()),
                  agents(1).undeploy("near"));
          for (int i = 0; i < all.size(); i++) {
            Promise<Context> end = ends.get(i);
            all.get(i).onComplete(done -> end.complete(Vertx.currentContext()));
          }
        });
    ends.forEach(end -> assertSame(context, await("the end", end.future())));
  }

  @Test
  void shouldPassOnWhatCameToAWrongOwnerAndTellItsSender() {
    rooms.room(1).counter("c", N2);
    rooms.room(1).decisions.hold();
    await("undeploy", agents(2).undeploy("c"));
    AgentInfo second = rooms.room(3).counter("c", N3);
    assertEquals(N2, agents(1).get("c").orElseThrow().node(), "n1 has not heard of it");
    assertEquals(N3, rooms.room(1).add("c", 1).getString("node"));
    // Now it goes straight there: n2 could not pass it on any more.
    await("n2 to close", rooms.room(2).agents.close());
    JsonObject answer = rooms.room(1).add("c", 1);
    assertEquals(2, answer.getInteger("count"));
    assertEquals(second.epoch(), answer.getLong("epoch"));
  }

  @Test
  void shouldCatchUpBeforeItSaysThatThereIsNoAgent() {
    rooms.room(1).decisions.hold();
    rooms.room(2).counter("c", N2);
    assertTrue(agents(1).get("c").isEmpty());
    Future<Object> ask = agents(1).ask("c", one(), LONG);
    rooms.room(1).decisions.release();
    assertEquals(1, ((JsonObject) await("ask", ask)).getInteger("count"));
  }

  @Test
  void shouldCatchUpAtTheOwnerToo() {
    rooms.room(2).decisions.hold();
    Future<AgentInfo> deploy = agents(1).deploy(spec("c", "counter", N2));
    await("n1 to know", () -> agents(1).get("c").isPresent());
    Future<Object> ask = agents(1).ask("c", one(), LONG);
    assertFalse(deploy.isComplete());
    rooms.room(2).decisions.release();
    assertEquals(1, ((JsonObject) await("ask", ask)).getInteger("count"));
    await("deploy", deploy);
  }

  @Test
  void shouldAskForManyUnknownAgentsWithFewBarriers() {
    List<Future<Object>> asks =
        IntStream.range(0, 1_000).mapToObj(i -> agents(1).ask("none" + i, 1)).toList();
    asks.forEach(ask -> assertEquals(ErrorCode.AGENT_NOT_FOUND, failure("ask", ask).code()));
  }

  @Test
  void shouldSendAgainWhatDidNotReachItsNode() {
    rooms.room(3).decisions.hold();
    Future<AgentInfo> deploy = agents(1).deploy(spec("c", "counter", N3));
    await("n1 to know", () -> agents(1).get("c").isPresent());
    await("n3 to close", rooms.room(3).agents.close());
    Future<Object> ask = agents(1).ask("c", one(), LONG);
    Future<Void> tell = agents(1).tell("c", one());
    await("a turn", turn(1));
    rooms.reopen(3);
    rooms.room(3).decisions.release();
    await("deploy", deploy);
    await("tell", tell);
    await("ask", ask);
    assertEquals(2, rooms.room(1).add("c", 0).getInteger("count"), "each once");
  }

  @Test
  void shouldEndWhatWasLostOnTheWayAtItsDeadline() {
    rooms.room(1).counter("c", N2);
    cluster.cut(true);
    try {
      assertEquals(
          ErrorCode.TIMEOUT,
          failure("ask", agents(1).ask("c", one(), Duration.ofMillis(200))).code(),
          "before it would have been sent again");
    } finally {
      cluster.cut(false);
    }
    assertEquals(1, rooms.room(1).add("c", 1).getInteger("count"));
  }

  @Test
  void shouldKeepTheOrderOfWhatOneContextTells() {
    deploy("e", "com.acme.Recorder", N2);
    Context context = rooms.room(1).vertx.getOrCreateContext();
    Promise<Object> done = Promise.promise();
    context.runOnContext(
        none -> {
          Future<?> last = null;
          for (int i = 0; i < 40; i++) {
            last = agents(1).tell("e", i);
          }
          last.<Object>mapEmpty().onComplete(done);
        });
    await("tells", done.future());
    assertEquals(
        new JsonArray(IntStream.range(0, 40).boxed().toList()),
        await("ask", agents(1).ask("e", "all")));
  }

  @Test
  void shouldSayThatItCannotKnowWithoutAMajority() {
    rooms.room(1).counter("c", N2);
    rooms.log.loseMajority();
    assertEquals(
        ErrorCode.INSUFFICIENT_CONSENSUS, failure("ask", agents(1).ask("none", 1)).code());
    assertEquals(
        ErrorCode.INSUFFICIENT_CONSENSUS,
        failure("deploy", agents(1).deploy(AgentSpec.of("d", "counter"))).code());
    assertEquals(
        ErrorCode.INSUFFICIENT_CONSENSUS, failure("undeploy", agents(1).undeploy("c")).code());
    assertEquals(1, rooms.room(1).add("c", 1).getInteger("count"), "its owner has its lease");
  }

  @Test
  void shouldReportAStartAgainUntilItIsDecided() {
    rooms.room(2).decisions.hold();
    Future<AgentInfo> deploy = agents(1).deploy(spec("c", "counter", N2));
    await("n1 to know", () -> agents(1).get("c").isPresent());
    rooms.log.loseMajority();
    rooms.room(2).decisions.release();
    await("n2 to have started it", () -> rooms.room(2).agents.countHere() == 1);
    rooms.log.regainMajority();
    assertEquals(AgentInfo.Status.ACTIVE, await("deploy", deploy).status());
  }

  @Test
  void shouldTakeWhatWasSentWithoutTheLeaseWhenItIsBack() {
    rooms.room(1).counter("c", N2);
    int count = 10; // Each may wait in several copies, which take room in the mailbox, too.
    for (int n = 1; n <= 2; n++) {
      rooms.room(2).lease.lose();
      List<Future<Object>> asks = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        asks.add(agents(n).ask("c", one(), LONG));
      }
      await("a turn of n2", turn(2));
      assertTrue(asks.stream().noneMatch(Future::isComplete), "an ask ended without the lease");
      rooms.room(2).lease.regain();
      for (int i = 0; i < count; i++) {
        JsonObject answer = (JsonObject) await("an answer", asks.get(i));
        assertEquals((n - 1) * count + i + 1, answer.getInteger("count"), "out of order");
      }
    }
  }

  @Test
  void shouldRefuseWhatWaitsForTheLeaseWhenTheNodeClosesSoThatItComesAgain() {
    rooms.room(1).counter("c", N2);
    rooms.room(2).lease.lose();
    Future<Object> far = agents(1).ask("c", one(), LONG);
    Future<Object> near = agents(2).ask("c", one(), LONG);
    await("a turn of n2", turn(2));
    assertFalse(far.isComplete());
    rooms.reopen(2);
    assertEquals(ErrorCode.UNAVAILABLE, failure("the near ask", near).code());
    rooms.room(2).lease.regain();
    assertEquals(1, ((JsonObject) await("the far ask", far)).getInteger("count"));
  }

  @Test
  void shouldKeepAnAnswerBackUntilTheLeaseIsThereAgain() {
    deploy("g", "com.acme.Gated", N2);
    deploy("h", "com.acme.Gated", N2);
    Future<Object> far = agents(1).ask("g", 1, LONG);
    Future<Object> near = agents(2).ask("h", 1, LONG);
    await("both to be handled", () -> Gates.reached("g") && Gates.reached("h"));
    rooms.room(2).lease.lose();
    Gates.open("g", "late");
    Gates.open("h", "late");
    await("a turn of n2", turn(2));
    assertFalse(far.isComplete());
    assertFalse(near.isComplete());
    rooms.room(2).lease.regain();
    assertEquals("late", await("the far ask", far));
    assertEquals("late", await("the near ask", near));
  }

  private Future<Object> turn(int number) {
    Promise<Object> turned = Promise.promise();
    rooms.room(number).vertx.setTimer(50, timer -> turned.complete());
    return turned.future();
  }

  @Test
  void shouldHaveAnAnswerConfirmedThatStoodForLessThanItTook() {
    deploy("g", "com.acme.Gated", N2);
    Future<Object> ask = agents(1).ask("g", 1, LONG);
    await("it to be handled", () -> Gates.reached("g"));
    // So short that it has passed by the time the answer is there, whatever the owner says.
    rooms.room(2).lease.leave(Duration.ofNanos(1));
    Gates.open("g", "done");
    await("a turn of n1", turn(1));
    await("another", turn(1));
    await("another", turn(1));
    assertFalse(ask.isComplete(), "nobody has confirmed it yet");
    rooms.room(2).lease.regain();
    assertEquals("done", await("the ask", ask));
  }

  @Test
  void shouldMakeAgentsOfANodeThatIsGoneUnavailable() {
    rooms.room(1).counter("c", N3);
    AgentSpec gated = spec("g", "com.acme.Gated", N3).withDurability(Durability.VOLATILE);
    await("deploy", agents(1).deploy(gated));
    deploy("h", "com.acme.Gated", N3);
    Future<Object> lost = agents(1).ask("g", 1, LONG);
    Future<Object> waiting = agents(1).ask("h", 1, Duration.ofSeconds(4));
    await("both to be handled", () -> Gates.reached("g") && Gates.reached("h"));
    rooms.room(3).lease.lose();
    rooms.log.gone(N3);
    assertEquals(ErrorCode.UNAVAILABLE, failure("the ask of the volatile one", lost).code());
    assertEquals(ErrorCode.TIMEOUT, failure("the ask of the durable one", waiting).code());
    await("n2 to know", () -> agents(2).get("c").orElseThrow().node().isEmpty());
    assertEquals(
        ErrorCode.UNAVAILABLE,
        failure("ask", agents(2).ask("c", one(), Duration.ofMillis(500))).code());
    AgentInfo info = agents(1).get("c").orElseThrow();
    assertEquals(AgentInfo.Status.UNAVAILABLE, info.status());
    assertEquals("", info.node());
    assertEquals(
        ErrorCode.CONFLICT, failure("deploy", agents(1).deploy(spec("c", "counter", N1))).code());
    await("undeploy", agents(2).undeploy("c"));
    rooms.room(2).counter("c", N1);
    assertEquals(1, rooms.room(2).add("c", 1).getInteger("count"));
  }

  @Test
  void shouldStopWhatRunsOnANodeThatIsNoMemberAnyMore() {
    rooms.room(1).counter("c", N3);
    rooms.log.gone(N3);
    await("n3 to stop it", () -> rooms.room(3).agents.countHere() == 0);
  }

  @Test
  void shouldDeployAThousandInAHandfulOfDecisionsAndAnswerFromEach() {
    int before = rooms.log.proposals();
    long start = System.nanoTime();
    List<Future<AgentInfo>> deploys = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      deploys.add(agents(i % 3 + 1).deploy(AgentSpec.of("a" + i, "counter")));
    }
    await("all", Future.all(deploys));
    List<Future<Object>> asks = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      asks.add(agents(i % 3 + 1).ask("a" + i, one()));
    }
    await("all answers", Future.all(asks));
    long millis = (System.nanoTime() - start) / 1_000_000;
    System.out.println("1,000 agents deployed and asked in " + millis + " ms, "
        + (rooms.log.proposals() - before) + " decisions");
    assertTrue(millis < 5_000, millis + " ms");
    assertTrue(rooms.log.proposals() - before < 200, rooms.log.proposals() - before + " decisions");
  }

  @Test
  void shouldServeAnyClientOfTheBus() {
    rooms.room(1).counter("c", N2);
    EventBus bus = rooms.room(3).vertx.eventBus();
    DeliveryOptions to =
        new DeliveryOptions().addHeader("agent", "c").addHeader("timeoutMs", "20000");
    for (int i = 1; i <= 6; i++) {
      assertEquals(
          i, ((JsonObject) await("ask", bus.request(Addresses.AGENTS, one(), to)).body())
              .getInteger("count"));
    }
    bus.send(Addresses.AGENTS, one(), to);
    await("the tell", () -> rooms.room(1).add("c", 0).getInteger("count") == 7);
  }

  @Test
  void shouldTellABusClientWhatIsWrong() {
    rooms.room(1).counter("c", N2);
    EventBus bus = rooms.room(3).vertx.eventBus();
    DeliveryOptions nobody = new DeliveryOptions();
    DeliveryOptions none = new DeliveryOptions().addHeader("agent", "none");
    DeliveryOptions c = new DeliveryOptions().addHeader("agent", "c");
    DeliveryOptions never = new DeliveryOptions(c).addHeader("timeoutMs", "never");
    DeliveryOptions past = new DeliveryOptions(c).addHeader("timeoutMs", "0");
    assertEquals(ErrorCode.INVALID, door(bus.request(Addresses.AGENTS, one(), nobody)).code());
    assertEquals(
        ErrorCode.AGENT_NOT_FOUND, door(bus.request(Addresses.AGENTS, one(), none)).code());
    assertEquals(ErrorCode.INVALID, door(bus.request(Addresses.AGENTS, one(), never)).code());
    assertEquals(ErrorCode.INVALID, door(bus.request(Addresses.AGENTS, one(), past)).code());
    assertEquals(ErrorCode.INVALID, door(bus.request(Addresses.AGENTS, 'x', c)).code());
    bus.publish(Addresses.AGENTS, one(), c);
    assertEquals(0, rooms.room(1).add("c", 0).getInteger("count"), "published is not delivered");
  }

  @Test
  void shouldShowItsAgentsInTheCache() {
    AgentInfo c = rooms.room(1).counter("c", N2);
    rooms.room(1).counter("d", N3);
    Map<String, JsonArray> both =
        Map.of("c", new JsonArray().add("counter").add(c.epoch()).add("active"));
    await("c to be shown", () -> both.get("c").equals(rooms.shown().get("c")));
    rooms.knowledge.readOnly = true;
    await("undeploy", agents(1).undeploy("c"));
    await("a turn", turn(1));
    rooms.knowledge.readOnly = false;
    await("c to go", () -> rooms.shown().keySet().equals(java.util.Set.of("d")));
    rooms.log.gone(N3);
    await("what n3 showed to go", () -> rooms.knowledge.entries().isEmpty());
  }

  @Test
  void shouldTellOfAgentsOnce() {
    AgentInfo c = rooms.room(1).counter("c", N2);
    AgentInfo d = rooms.room(1).counter("d", N3);
    await("undeploy", agents(1).undeploy("c"));
    await("all three", () -> rooms.rooms.stream().mapToInt(room -> room.events.size()).sum() == 3);
    assertEquals(
        List.of(
            new ClusterEvent.AgentDeployed("c", "counter", N2, c.epoch(), 0),
            new ClusterEvent.AgentUndeployed("c", N2, c.epoch(), 0)),
        List.copyOf(rooms.room(2).events));
    assertEquals(
        List.of(new ClusterEvent.AgentDeployed("d", "counter", N3, d.epoch(), 0)),
        List.copyOf(rooms.room(3).events));
  }

  @Test
  void shouldCountWhatItSendsByOutcome() {
    rooms.room(1).counter("c", N2);
    rooms.room(1).add("c", 1);
    await("tell", agents(1).tell("c", one()));
    failure("ask", agents(1).ask("none", 1));
    failure("ask", agents(1).ask("c", "bad"));
    AgentCounts counts = rooms.room(1).agents.counts();
    assertEquals(1, counts.asks(Outcome.OK));
    assertEquals(1, counts.tells(Outcome.OK));
    assertEquals(1, counts.asks(Outcome.NOT_FOUND));
    assertEquals(1, counts.asks(Outcome.FAILED));
  }

  @Test
  void shouldRefuseEverythingOnceItIsClosed() {
    rooms.room(1).counter("c", N2);
    await("close", rooms.room(1).agents.close());
    assertEquals(ErrorCode.UNAVAILABLE, failure("ask", agents(1).ask("c", one())).code());
    assertEquals(ErrorCode.UNAVAILABLE,
        failure("deploy", agents(1).deploy(AgentSpec.of("d", "counter"))).code());
    assertEquals(1, rooms.room(3).add("c", 1).getInteger("count"));
  }

  @Test
  void shouldTellOnTheRoomsContextThatAnAgentHasArrived() {
    AgentInfo agent = rooms.room(1).counter("warm", N1);
    Checkpoint carried =
        new Checkpoint(agent.epoch(), 1, null, 1, Buffer.buffer().appendLong(5), List.of());
    Promise<Boolean> onIts = Promise.promise();
    Rooms.Room target = rooms.room(2);
    target.run(
        () -> {
          Context its = Vertx.currentContext();
          target
              .agents
              .moves()
              .arrive(agent.spec(), agent.epoch(), carried)
              .onComplete(
                  arrival -> onIts.complete(its == Vertx.currentContext()), onIts::fail);
        });
    assertTrue(await("arrival", onIts.future()));
  }

  @Test
  void shouldTakeADeadlineThatIsLongerThanAnyClock() {
    rooms.room(1).counter("far", N2);
    Object answer =
        await(
            "ask",
            rooms.room(1).agents.ask(
                "far", new JsonObject().put("add", 1), Duration.ofSeconds(Long.MAX_VALUE)));
    assertEquals(1, ((JsonObject) answer).getInteger("count"));
  }

  @Test
  void shouldGiveUpAnAgentThatBlocksItsThreadForGood() {
    AgentRoom agents = rooms.room(1).agents;
    await("deploy", agents.deploy(spec("blocking", "com.acme.Blocking", N1)));
    agents.tell("blocking", 1);
    await("the message", () -> Gates.reached("blocking"));
    await("undeploy", agents.undeploy("blocking"));
    await("its id", agents.deploy(spec("blocking", "counter", N1)));
  }
}
