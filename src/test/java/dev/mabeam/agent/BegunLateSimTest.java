package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mabeam.agent.AgentSpec.Durability;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages of which copies were lost before their agent began, on a node that hears late of it. */
class BegunLateSimTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @ParameterizedTest
  @EnumSource
  void shouldBeHandledOnce(Durability durability) {
    SimRooms rooms = new SimRooms(1, 3, Map.of());
    rooms.machine(3).decisions.hold();
    AgentSpec spec = Rooms.spec("c", "counter", "n3#3").withDurability(durability);
    Future<AgentInfo> deployment = rooms.machine(1).agents.deploy(spec);
    rooms.await("word of it", () -> rooms.machine(1).agents.get("c").isPresent());

    rooms.loss = 1;
    Future<Object> ask =
        rooms.machine(1).agents.ask("c", new JsonObject().put("add", 1), LONG);
    rooms.sim.runFor(Duration.ofMillis(700));
    assertFalse(ask.isComplete());
    rooms.loss = 0;
    rooms.machine(3).decisions.release();

    rooms.await("deployment", deployment);
    assertEquals(1, ((JsonObject) rooms.await("answer", ask)).getInteger("count"));
    Future<Object> after = rooms.machine(2).agents.ask("c", new JsonObject().put("add", 0), LONG);
    assertEquals(1, ((JsonObject) rooms.await("count", after)).getInteger("count"));
  }
}
