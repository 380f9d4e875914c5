package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo.Status;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One agent that is asked to add numbers, while batches are lost, it is moved, its node is cut off
 * from the other stores, so that it can keep nothing that it does, and crashes: every number that was acknowledged is in its list once, and all of them in order.
 */
class KeptAgentsSimTest {
  private static final int NUMBERS = 120;

  /** A list of numbers, in memory and in checkpoints. */
  private static final class Lister implements Agent {
    private JsonArray all = new JsonArray();

    @Override
    public Future<?> receive(AgentMessage message) {
      if (message.json().containsKey("add")) {
        all.add(message.json().getInteger("add"));
        return Future.succeededFuture(all.size());
      }
      return Future.succeededFuture(all.copy());
    }

    @Override
    public Buffer snapshot() {
      return all.toBuffer();
    }

    @Override
    public Future<?> restore(Buffer state, int version) {
      all = state.toJsonArray();
      return Future.succeededFuture();
    }
  }

  private final List<Integer> acknowledged = new ArrayList<>();
  private SimRooms rooms;
  private Random random;

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 200, 300})
  void shouldHaveWhatItAcknowledgedOnceAndInOrder(int from) {
    for (int seed = from; seed < from + 25; seed++) {
      storm(seed);
    }
  }

  private void storm(int seed) {
    acknowledged.clear();
    random = new Random(seed);
    rooms = new SimRooms(seed, 3, Map.of("lister", Lister::new));
    rooms.await(
        "deployment", rooms.machine(1).agents.deploy(Rooms.spec("a", "lister", "n2#2")));
    rooms.loss = seed % 3 == 0 ? 0 : 0.05;
    List<Future<Object>> answers = new ArrayList<>();
    for (int i = 0; i < NUMBERS; i++) {
      int number = i;
      rooms.sim.after(Duration.ofMillis(random.nextInt(10) + 10L * i), () -> {
        Future<Object> answer = add(number);
        answers.add(answer);
        answer.onSuccess(done -> acknowledged.add(number));
      });
    }
    if (seed % 2 == 0) {
      rooms.sim.after(Duration.ofMillis(random.nextInt(600)), () -> move("n3#3"));
    }
    if (seed % 4 != 3) {
      int crash = 300 + random.nextInt(900);
      if (random.nextBoolean()) {
        rooms.sim.after(
            Duration.ofMillis(crash - random.nextInt(300)),
            () -> rooms.sim.network().isolate("n2"));
      }
      rooms.sim.after(
          Duration.ofMillis(crash),
          () -> rooms.machine(2).crash(Duration.ofMillis(random.nextInt(1_500))));
    }
    recoverNow();
    rooms.await("all to be sent", () -> answers.size() == NUMBERS);
    rooms.await("all to end", () -> answers.stream().allMatch(Future::isComplete));
    rooms.loss = 0;
    JsonArray list =
        (JsonArray)
            rooms.await(
                "the list",
                rooms.machine(1).agents.ask("a", new JsonObject(), Duration.ofSeconds(60)));
    check(seed, list);
  }

  private void check(int seed, JsonArray list) {
    String what = "seed " + seed + ": " + list.encode();
    List<Integer> all = list.stream().map(Integer.class::cast).toList();
    assertEquals(new HashSet<>(all).size(), all.size(), () -> "twice, " + what);
    assertEquals(all.stream().sorted().toList(), all, () -> "out of order, " + what);
    assertTrue(all.containsAll(acknowledged), () -> acknowledged + " lost, " + what);
    assertEquals(NUMBERS, acknowledged.size(), () -> "no answer, " + what);
  }

  private Future<Object> add(int number) {
    return rooms
        .machine(1)
        .agents
        .ask("a", new JsonObject().put("add", number), Duration.ofSeconds(60));
  }

  /** As the rooms above do, if nothing goes wrong. */
  private void move(String to) {
    Optional<AgentInfo> info = rooms.machine(1).agents.get("a");
    int at = info.map(AgentInfo::node).orElse("").startsWith("n2") ? 2 : 3;
    if (at == 3 || info.get().status() != Status.ACTIVE) {
      return;
    }
    AgentMoves source = rooms.machine(2).agents.moves();
    AgentMoves target = rooms.machine(3).agents.moves();
    source
        .depart("a")
        .onSuccess(
            departure ->
                target
                    .arrive(departure.spec(), departure.epoch(), departure.carried())
                    .compose(arrival -> source.flip("a", departure.epoch(), to))
                    .onSuccess(epoch -> departure.forward(to, epoch))
                    .onFailure(failure -> departure.resume()));
  }

  private void recoverNow() {
    AgentMoves moves = rooms.machine(1).agents.moves();
    moves
        .ownerless()
        .forEach(
            info ->
                moves.recover(
                    info.id(), info.epoch(), random.nextBoolean() ? "n1#1" : "n3#3", false));
    rooms.sim.after(Duration.ofMillis(50), this::recoverNow);
  }
}
