package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of messages from the agent's own node when its activation ends without an answer. */
class AskedHereSimTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String N2 = "n2#2";
  private static final String N3 = "n3#3";

  /** Which promises the agents wait for before they answer a message of that name. */
  private final List<Promise<Object>> gates = new ArrayList<>();
  private SimRooms rooms;

  /** Keeps a list of what it was told, which it changes, too; may fail to say it once. */
  private final class Lister implements Agent {
    private JsonArray all = new JsonArray();
    private boolean broken;

    @Override
    public Future<?> receive(AgentMessage message) {
      JsonObject json = message.json();
      broken |= json.containsKey("break");
      all.add(json.remove("add"));
      if (json.containsKey("wait")) {
        Promise<Object> gate = Promise.promise();
        gates.add(gate);
        return gate.future();
      }
      return Future.succeededFuture(all.copy());
    }

    @Override
    public Buffer snapshot() {
      if (broken) {
        throw new IllegalStateException("no state today");
      }
      return all.toBuffer();
    }

    @Override
    public Future<?> restore(Buffer state, int version) {
      all = state.toJsonArray();
      return Future.succeededFuture();
    }
  }

  @BeforeEach
  void open() {
    rooms = new SimRooms(1, 3, Map.of("lister", Lister::new));
  }

  private void deploy(AgentSpec.Durability durability) {
    rooms.await(
        "deployment",
        rooms
            .machine(1)
            .agents
            .deploy(Rooms.spec("a", "lister", N2).withDurability(durability)));
  }

  private Future<Object> ask(JsonObject message) {
    return rooms.machine(2).agents.ask("a", message, LONG);
  }

  private static JsonObject add(int number) {
    return new JsonObject().put("add", number);
  }

  private static ErrorCode code(Future<?> failed) {
    return MabeamException.of(failed.cause()).code();
  }

  @Test
  void shouldAskTheNextActivationWhatWasHandedToOneThatHadToBeginAgain() {
    deploy(AgentSpec.Durability.DURABLE);
    assertEquals(new JsonArray().add(1), rooms.await("the first", ask(add(1))));
    Future<Object> breaking = ask(add(2).put("wait", true).put("break", true));
    Future<Object> next = ask(add(3));
    rooms.await("it to be at it", () -> gates.size() == 1);
    gates.get(0).complete("done");
    rooms.await("the end", breaking.otherwiseEmpty());
    assertEquals(ErrorCode.FAILED_TO_SERIALIZE, code(breaking));
    assertEquals(new JsonArray().add(1).add(3), rooms.await("the next", next));
  }

  @Test
  void shouldAskTheNewOwnerWhatTheOldOneCouldNotKeep() {
    deploy(AgentSpec.Durability.DURABLE);
    assertEquals(new JsonArray().add(1), rooms.await("the first", ask(add(1))));
    rooms.sim.network().isolate("n2");
    Future<Object> unkept = ask(add(2));
    Future<Void> told = rooms.machine(2).agents.tell("a", add(3));
    rooms.sim.runFor(Duration.ofMillis(100));
    long epoch = rooms.machine(1).agents.get("a").orElseThrow().epoch();
    rooms.await("the flip", rooms.machine(1).agents.moves().flip("a", epoch, N3));
    assertFalse(unkept.isComplete());
    assertEquals(new JsonArray().add(1).add(2), rooms.await("the answer", unkept));
    rooms.await("what was told", told);
    assertEquals(
        new JsonArray().add(1).add(2).add(3).add(4), rooms.await("the last", ask(add(4))));
  }

  @Test
  void shouldSayThatAVolatileAgentWasEndedBeforeItAnswered() {
    deploy(AgentSpec.Durability.VOLATILE);
    Future<Object> hanging = ask(add(1).put("wait", true));
    rooms.await("it to be at it", () -> gates.size() == 1);
    rooms.await("it to be undeployed", rooms.machine(1).agents.undeploy("a"));
    rooms.await("the end", hanging.otherwiseEmpty());
    assertEquals(ErrorCode.UNAVAILABLE, code(hanging));
  }
}
