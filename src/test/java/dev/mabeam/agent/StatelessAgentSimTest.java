package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent.AgentBroken;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An agent that does not give its state, again and again. */
class StatelessAgentSimTest {
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Whether agents give their state; outside of them, as a defect of their code is. */
  private boolean defective;

  private SimRooms rooms;

  private final class Lister implements Agent {
    private JsonArray all = new JsonArray();

    @Override
    public Future<?> receive(AgentMessage message) {
      all.add(message.json().getInteger("add"));
      return Future.succeededFuture(all.copy());
    }

    @Override
    public Buffer snapshot() {
      if (defective) {
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
    rooms.await(
        "deployment", rooms.machine(1).agents.deploy(Rooms.spec("a", "lister", "n2#2")));
    assertEquals(new JsonArray().add(1), rooms.await("the first", ask(2, 1, LONG)));
  }

  private Future<Object> ask(int machine, int number, Duration deadline) {
    return rooms.machine(machine).agents.ask("a", new JsonObject().put("add", number), deadline);
  }

  private MabeamException failure(Future<Object> ask) {
    rooms.await("the end", ask.otherwiseEmpty());
    return MabeamException.of(ask.cause());
  }

  private List<Long> pauses() {
    return rooms.events.stream()
        .filter(AgentBroken.class::isInstance)
        .map(event -> ((AgentBroken) event).pauseMs())
        .toList();
  }

  @Test
  void shouldBeginAgainLaterEachTimeAndSayWhyItTakesNothing() {
    defective = true;
    assertEquals(ErrorCode.FAILED_TO_SERIALIZE, failure(ask(2, 2, LONG)).code());
    rooms.sim.runFor(Duration.ofSeconds(20));
    assertEquals(
        List.of(0L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L), pauses().subList(0, 8));
    assertTrue(pauses().size() <= 9, () -> "in 20 s: " + pauses());
    assertEquals(pauses().size(), rooms.machine(2).agents.counts().timesBroken());
    for (int machine = 1; machine <= 2; machine++) {
      MabeamException refusal = failure(ask(machine, 3, SHORT));
      assertEquals(ErrorCode.UNAVAILABLE, refusal.code());
      assertTrue(refusal.getMessage().contains("no state today"), refusal.getMessage());
    }
  }

  @Test
  void shouldGoOnAsSoonAsItGivesItsState() {
    defective = true;
    failure(ask(2, 2, LONG));
    rooms.sim.runFor(Duration.ofSeconds(10));
    Future<Object> here = ask(2, 3, LONG);
    Future<Object> there = ask(1, 4, LONG);
    rooms.sim.runFor(Duration.ofMillis(500));
    defective = false;
    rooms.await("both", Future.all(here, there));
    JsonArray all = (JsonArray) rooms.await("all", ask(1, 5, LONG));
    assertEquals(1, all.getInteger(0));
    assertEquals(4, all.size(), () -> "what was taken back is not there, all else is: " + all);
    rooms.sim.runFor(Setbacks.REMEMBERED);
    int before = pauses().size();
    defective = true;
    failure(ask(2, 6, LONG));
    rooms.await("it to begin again", () -> pauses().size() > before);
    assertEquals(0, pauses().get(before), "it went well for a minute");
  }

  @Test
  void shouldBeUndeployedWhileItRests() {
    defective = true;
    failure(ask(2, 2, LONG));
    rooms.sim.runFor(Duration.ofSeconds(10));
    rooms.await("undeployment", rooms.machine(1).agents.undeploy("a"));
    rooms.sim.runFor(Duration.ofSeconds(1));
    assertEquals(null, rooms.machine(1).directory.entry("a"), "its id is free");
    assertEquals(ErrorCode.AGENT_NOT_FOUND, failure(ask(1, 3, SHORT)).code());
  }
}
