package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of messages to an agent whose node has lost its lease and stays. */
class LostLeaseSimTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private static JsonObject one() {
    return new JsonObject().put("add", 1);
  }

  /** So that its sender knows that it was not taken. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void shouldBeRefusedBeforeTheirDeadline(long seed) {
    SimRooms rooms = new SimRooms(seed, 3, Map.of());
    AgentSpec counter = Rooms.spec("c", "counter", "n2#2");
    rooms.await("deployment", rooms.machine(1).agents.deploy(counter));
    rooms.machine(2).lease.lose();
    List<Future<?>> sent = new ArrayList<>();
    for (int n = 1; n <= 2; n++) {
      sent.add(rooms.machine(n).agents.ask("c", one(), Duration.ofMillis(800)));
      sent.add(rooms.machine(n).agents.tell("c", one()));
    }
    for (Future<?> each : sent) {
      rooms.await("its end", each.otherwiseEmpty());
      assertEquals(ErrorCode.READ_ONLY, MabeamException.of(each.cause()).code());
    }
    rooms.machine(2).lease.regain();
    JsonObject answer =
        (JsonObject) rooms.await("an answer", rooms.machine(1).agents.ask("c", one(), LONG));
    assertEquals(1, answer.getInteger("count"));
  }
}
