package dev.mabeam.agent;

import static dev.mabeam.agent.Rooms.await;
import static dev.mabeam.agent.Rooms.failure;
import static dev.mabeam.agent.Rooms.spec;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.bus.Addresses;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.verticle.Sources;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two clustered nodes with agents, and a bus between them that loses batches. */
class SentAgainTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String RECORDER =
      """
      package com.acme;
      import dev.mabeam.agent.*;
      import io.vertx.core.*;
      public class Recorder implements Agent {
        private final io.vertx.core.json.JsonArray all = new io.vertx.core.json.JsonArray();
        @Override public Future<?> receive(AgentMessage message) {
          if (message.asked()) { return Future.succeededFuture(all); }
          all.add(message.body());
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
    Sources.compile(classes, "com.acme.Recorder", RECORDER);
    code = UserCode.open(Sources.paths(classes), List.of());
    cluster = new ClusteredNodes(2);
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
    rooms = new Rooms(cluster.nodes(), code, AgentOptions.DEFAULT.withContexts(2));
  }

  @AfterEach
  void close() {
    cluster.cut(false);
    cluster.lose(body -> false);
    rooms.close();
  }

  private void deploy(String id, String type, Durability durability) {
    await(
        "deploy",
        agents(1).deploy(spec(id, type, "n2#2").withDurability(durability)));
  }

  private Agents agents(int node) {
    return rooms.room(node).agents;
  }

  private static boolean has(Object body, byte wanted) {
    if (!(body instanceof Buffer batch)) {
      return false;
    }
    Frames.Reader frames = new Frames.Reader(batch);
    for (byte kind = frames.next(); kind != 0; kind = frames.next()) {
      if (kind == wanted) {
        return true;
      }
    }
    return false;
  }

  /**
   * Loses a third of all batches, but none with something in it that was lost {@value #MOST} times
   * before: so what is sent again gets through, and has its answer, by the seventh time, which is
   * after 8 s. Chance alone would lose something twelve times in a row, and past its deadline, in
   * one of some hundred runs.
   */
  private static final class AThird implements Predicate<Object> {
    private static final int MOST = 3;

    private final Random random;
    private final Map<List<Object>, Integer> losses = new HashMap<>();

    AThird(long seed) {
      random = new Random(seed);
    }

    @Override
    public synchronized boolean test(Object body) {
      if (!(body instanceof Buffer batch) || random.nextInt(3) != 0) {
        return false;
      }
      List<List<Object>> inIt = new ArrayList<>();
      Frames.Reader frames = new Frames.Reader(batch);
      for (byte kind = frames.next(); kind != 0; kind = frames.next()) {
        if (kind == Frames.NUMBERED_ASK || kind == Frames.NUMBERED_TELL || kind == Frames.ANSWER) {
          inIt.add(List.of(kind, frames.number()));
        }
      }
      if (inIt.stream().anyMatch(message -> losses.getOrDefault(message, 0) >= MOST)) {
        return false;
      }
      inIt.forEach(message -> losses.merge(message, 1, Integer::sum));
      return true;
    }
  }

  private long handled() {
    return rooms.room(2).agents.counts().handledHere();
  }

  private JsonObject add(String id) {
    Future<Object> ask = agents(1).ask(id, new JsonObject().put("add", 1), LONG);
    return (JsonObject) await("the answer", ask);
  }

  @ParameterizedTest
  @EnumSource(value = Durability.class, names = {"VOLATILE", "DURABLE"})
  void shouldCountOnceWhatIsAskedAgainSinceItsAnswerWasLost(Durability durability) {
    deploy("c", "counter", durability);
    AtomicInteger lost = new AtomicInteger();
    cluster.lose(body -> has(body, Frames.ANSWER) && lost.incrementAndGet() <= 2);
    assertEquals(1, add("c").getInteger("count"));
    assertEquals(3, lost.get(), "two answers are lost, and the third is not");
    assertEquals(2, add("c").getInteger("count"));
    assertEquals(2, handled());
  }

  @ParameterizedTest
  @EnumSource(value = Durability.class, names = {"VOLATILE", "DURABLE"})
  void shouldAskAgainWhatWasLost(Durability durability) {
    deploy("c", "counter", durability);
    AtomicInteger lost = new AtomicInteger();
    cluster.lose(body -> has(body, Frames.NUMBERED_ASK) && lost.incrementAndGet() <= 2);
    assertEquals(1, add("c").getInteger("count"));
    assertEquals(3, lost.get());
    assertEquals(1, handled());
  }

  @ParameterizedTest
  @EnumSource(value = Durability.class, names = {"VOLATILE", "DURABLE"})
  void shouldAnswerEachOnceWhenAThirdOfAllIsLost(Durability durability) {
    int count = 120;
    deploy("c", "counter", durability);
    cluster.lose(new AThird(1));
    List<Future<Object>> asks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      asks.add(agents(1).ask("c", new JsonObject().put("add", 1), LONG));
      if (i % 20 == 0) {
        await("an answer", asks.get(i));
      }
    }
    TreeSet<Integer> counts = new TreeSet<>();
    int before = 0;
    for (Future<Object> ask : asks) {
      int counted = ((JsonObject) await("an answer", ask)).getInteger("count");
      assertTrue(counted > before, "out of order: " + counted + " after " + before);
      before = counted;
      counts.add(counted);
    }
    assertEquals(count, counts.size());
    assertEquals(count, counts.last());
    assertEquals(count, handled());
  }

  @Test
  void shouldKeepTheOrderOfWhatIsToldThoughAThirdIsLost() {
    deploy("r", "com.acme.Recorder", Durability.VOLATILE);
    cluster.lose(new AThird(2));
    List<Object> expected = new ArrayList<>();
    List<Future<Void>> tells = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      tells.add(agents(1).tell("r", i));
      expected.add(i);
      if (i % 10 == 0) {
        await("a tell", tells.get(i));
      }
    }
    tells.forEach(tell -> await("a tell", tell));
    cluster.lose(body -> false);
    assertEquals(new JsonArray(expected), await("all", agents(1).ask("r", null, LONG)));
  }

  @Test
  void shouldGoOnAfterAMessageThatWasGivenUp() {
    deploy("c", "counter", Durability.VOLATILE);
    assertEquals(1, add("c").getInteger("count"));
    cluster.cut(true);
    Future<Object> given = agents(1).ask("c", new JsonObject().put("add", 1), Duration.ofMillis(50));
    Future<Object> next = agents(1).ask("c", new JsonObject().put("add", 1), LONG);
    await("its end", given.otherwiseEmpty());
    assertTrue(given.failed());
    cluster.cut(false);
    assertEquals(2, ((JsonObject) await("the next", next)).getInteger("count"));
  }

  private Object add(int node, InSession number) {
    Future<Object> ask = agents(node).ask("c", new JsonObject().put("add", 1), LONG, number);
    return ((JsonObject) await("the answer", ask)).getInteger("count");
  }

  private static InSession number(long number) {
    return new InSession("outside", number, number, InSession.UNKNOWN);
  }

  @ParameterizedTest
  @EnumSource(value = Durability.class, names = {"VOLATILE", "DURABLE"})
  void shouldAnswerAClientsNumberOnceOnWhicheverNode(Durability durability) {
    deploy("c", "counter", durability);
    assertEquals(1, add(1, number(1)));
    assertEquals(1, add(2, number(1)));
    assertEquals(2, add(2, number(2)));
    assertEquals(2, add(1, number(2)));
    await("tell", agents(1).tell("c", new JsonObject().put("add", 5), number(3)));
    await("tell", agents(2).tell("c", new JsonObject().put("add", 5), number(3)));
    assertEquals(8, add(1, number(4)));
    Future<Object> old = agents(1).ask("c", new JsonObject().put("add", 1), LONG, number(1));
    assertEquals(ErrorCode.SESSION_EXPIRED, failure("an old number", old).code());
  }

  @Test
  void shouldNotHandleAClientsNumberForAnAgentThatBeganAnew() {
    deploy("c", "counter", Durability.DURABLE);
    assertEquals(1, add(1, number(1)));
    assertEquals(2, add(1, number(2)));
    await("undeploy", agents(1).undeploy("c"));
    deploy("c", "counter", Durability.DURABLE);
    Future<Object> again = agents(1).ask("c", new JsonObject().put("add", 1), LONG, number(2));
    assertEquals(ErrorCode.SESSION_EXPIRED, failure("a number of before", again).code());
    assertEquals(1, add("c").getInteger("count"));
  }

  @Test
  void shouldTakeNumbersOverTheBus() {
    deploy("c", "counter", Durability.DURABLE);
    DeliveryOptions first =
        new DeliveryOptions()
            .addHeader("agent", "c")
            .addHeader("Mabeam-Session", "bus")
            .addHeader("Mabeam-Sequence", "1");
    for (int node = 1; node <= 2; node++) {
      EventBus bus = rooms.room(node).vertx.eventBus();
      Message<JsonObject> reply =
          await("reply", bus.request(Addresses.AGENTS, new JsonObject().put("add", 1), first));
      assertEquals(1, reply.body().getInteger("count"));
    }
    DeliveryOptions bad =
        new DeliveryOptions().addHeader("agent", "c").addHeader("Mabeam-Session", "bus");
    EventBus bus = rooms.room(1).vertx.eventBus();
    Future<Message<Object>> refused = bus.request(Addresses.AGENTS, new JsonObject(), bad);
    await("the refusal", refused.otherwiseEmpty());
    assertEquals(400, ((ReplyException) refused.cause()).failureCode());
  }
}
