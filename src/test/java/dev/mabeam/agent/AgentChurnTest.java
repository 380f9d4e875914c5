package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Agents that come and go while everybody asks them, nodes whose copies fall behind, leases that
 * are lost, and a node that is expelled: at any time at most one activation may have answered.
 */
class AgentChurnTest {
  private static final int NODES = 4;
  private static final int AGENTS = 3;
  private static final int ANSWERS = 50;
  /** How long what can be answered is waited for; what is answered later counts as well. */
  private static final Duration SOON = Duration.ofSeconds(4);
  /** What is not answered ends with the room that was asked. */
  private static final Duration NEVER = Duration.ofHours(1);

  private final Vertx vertx = Vertx.vertx();
  private final UserCode code = UserCode.open(List.of(), List.of());
  private final ActivationHistory history = new ActivationHistory();
  private final List<Future<?>> under = new ArrayList<>();
  private Rooms rooms;

  @BeforeEach
  void open() {
    rooms = new Rooms(java.util.Collections.nCopies(NODES, vertx), code, AgentOptions.DEFAULT);
  }

  @AfterEach
  void close() {
    rooms.rooms.forEach(room -> room.decisions.release());
    rooms.close();
    vertx.close().await();
    code.close();
  }

  private Future<?> ask(int node, String agent) {
    return ask(node, agent, NEVER);
  }

  private Future<?> ask(int node, String agent, Duration deadline) {
    long begun = history.ask(agent);
    return rooms
        .room(node)
        .agents
        .ask(agent, new JsonObject().put("add", 1), deadline)
        .onSuccess(answer -> history.answered(agent, begun, (JsonObject) answer))
        .otherwiseEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldNeverLetTwoActivationsAnswer(long seed) {
    Random random = Seeds.random(seed);
    long end = System.nanoTime() + Rooms.PATIENCE.toNanos();
    for (int step = 0; step < 400 || history.size() <= ANSWERS; step++) {
      assertTrue(System.nanoTime() < end, () -> "only " + history.size() + " answers");
      int node = 1 + random.nextInt(NODES - 1);
      String agent = "a" + random.nextInt(AGENTS);
      switch (random.nextInt(16)) {
        case 0, 1 -> under.add(rooms.room(node).agents.undeploy(agent).otherwiseEmpty());
        case 2, 3, 4 ->
            under.add(
                rooms.room(node).agents.deploy(AgentSpec.of(agent, "counter")).otherwiseEmpty());
        case 5 -> rooms.room(node).decisions.hold();
        case 6, 7 -> rooms.room(node).decisions.release();
        case 8 -> rooms.room(node).lease.lose();
        case 9, 10 -> rooms.room(node).lease.regain();
        default -> {
          for (int i = 0; i < 5; i++) {
            under.add(ask(1 + random.nextInt(NODES), agent));
          }
        }
      }
      if (step == 200) {
        expel(NODES);
      }
      if (step % 10 == 0) {
        Rooms.await("a turn", vertx.timer(2));
      }
    }
    awaitWhatCanBeAnswered();
    for (Rooms.Room room : rooms.rooms) {
      Rooms.await("the end of " + room.id, room.agents.close());
    }
    Rooms.await("all of it", Future.join(under));
    assertEquals(Optional.empty(), history.violation());
  }

  /** Nobody recovers here what the expelled node owned: that is never answered. */
  private void awaitWhatCanBeAnswered() {
    rooms.rooms.forEach(room -> room.decisions.release());
    for (int node = 1; node < NODES; node++) {
      rooms.room(node).lease.regain();
      Rooms.await("all that is decided", rooms.room(node).decisions.barrier(NEVER));
    }
    // What a node asks an agent is handled in its order: these are the last.
    List<Future<?>> last = new ArrayList<>();
    for (int node = 1; node < NODES; node++) {
      for (int i = 0; i < AGENTS; i++) {
        Optional<AgentInfo> there = rooms.room(node).agents.get("a" + i);
        if (there.isPresent() && !there.get().node().isEmpty()) {
          last.add(ask(node, "a" + i, SOON));
        }
      }
    }
    Rooms.await("the last answers", Future.join(last));
  }

  /** As it is done: a node is expelled when its lease has certainly run out. */
  private void expel(int node) {
    rooms.room(node).lease.lose();
    rooms.log.gone("n" + node + "#" + node);
  }

  /** The broken variant: expelled while it holds its lease, and it has not heard of it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldNoticeAnExpulsionThatDoesNotWaitForTheLease(boolean waits) {
    rooms.room(1).counter("a0", "n4#4");
    Rooms.await("first", ask(1, "a0"));
    rooms.room(4).decisions.hold();
    if (waits) {
      rooms.room(4).lease.lose();
    }
    rooms.log.gone("n4#4");
    Rooms.await("undeploy", rooms.room(1).agents.undeploy("a0"));
    rooms.room(1).counter("a0", "n2#2");
    Rooms.await("second", ask(1, "a0"));
    Future<?> third = ask(4, "a0");
    if (waits) {
      Rooms.await("the end of the expelled node", rooms.room(4).agents.close());
    }
    Rooms.await("third", third);
    assertEquals(waits, history.violation().isEmpty());
  }
}
