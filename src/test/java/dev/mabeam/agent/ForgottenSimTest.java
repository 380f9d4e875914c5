package dev.mabeam.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a store keeps of agents that have ended. */
class ForgottenSimTest {
  private final SimRooms rooms = new SimRooms(1, 3, Map.of());

  private void deploy(String id) {
    rooms.await("deployment", rooms.machine(1).agents.deploy(Rooms.spec(id, "counter", "n1#1")));
    rooms.await(
        "an answer",
        rooms.machine(1).agents.ask(id, new JsonObject().put("add", 1), Duration.ofSeconds(5)));
  }

  private void undeploy(String id) {
    rooms.await("undeployment", rooms.machine(1).agents.undeploy(id));
    rooms.await("its end", () -> rooms.machine(1).directory.entry(id) == null);
  }

  private int kept(int machine) {
    return rooms.machine(machine).store.keys();
  }

  @Test
  void shouldForgetWhatEndedWhileItsNodeWasFarBehind() {
    deploy("ended");
    deploy("again");
    deploy("stays");
    rooms.machine(3).decisions.hold();
    undeploy("ended");
    undeploy("again");
    deploy("again");
    assertEquals(2, kept(1));
    assertEquals(4, kept(3), "both that were called 'again', and the one that ended");
    rooms.machine(3).decisions.restore(rooms.machine(1).decisions);
    rooms.await("what has ended to be forgotten", () -> kept(3) == 2);
  }

  @Test
  void shouldKeepWhatBeganAfterAllThatItsNodeKnows() {
    deploy("known");
    rooms.machine(3).decisions.hold();
    deploy("unknown");
    rooms.machine(2).decisions.hold();
    deploy("later");
    undeploy("known");
    rooms.machine(3).decisions.restore(rooms.machine(2).decisions);
    rooms.sim.runFor(Duration.ofSeconds(1));
    assertEquals(3, kept(3), "'later' is of another day, and that 'known' has ended is not known");
  }

  @Test
  void shouldTellByIdAndBirthWhatHasEnded() {
    Entry there =
        Entry.starting(AgentSpec.of("a@b", "counter"), "n1#1", 7, java.util.List.of("s"));
    Map<String, Entry> all = Map.of("a@b", there);
    assertFalse(Entry.hasEnded("a@b@7", all, 9));
    assertTrue(Entry.hasEnded("a@b@6", all, 9));
    assertTrue(Entry.hasEnded("other@9", all, 9));
    assertFalse(Entry.hasEnded("other@10", all, 9));
  }
}
