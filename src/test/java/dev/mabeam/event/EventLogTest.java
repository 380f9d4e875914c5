package dev.mabeam.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Seeds;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLogTest {
  private static LoggedEvent event(String origin, long number, long at) {
    return event(origin, number, at, "node.joined");
  }

  private static LoggedEvent event(String origin, long number, long at, String type) {
    return new LoggedEvent(origin, number, at, type, new JsonObject().put("node", "n1#1"));
  }

  @Test
  void shouldKeepTheNewestOldestFirst() {
    EventLog log = new EventLog(3);
    for (int i = 1; i <= 5; i++) {
      log.add(event("n1#1", i, i * 10));
    }
    assertEquals(
        List.of(3L, 4L, 5L), log.newest(10).stream().map(LoggedEvent::number).toList());
    assertEquals(List.of(5L), log.newest(1).stream().map(LoggedEvent::number).toList());
  }

  @Test
  void shouldRefuseWhatItHoldsOrHasDropped() {
    EventLog log = new EventLog(2);
    assertTrue(log.add(event("n1#1", 1, 10)));
    assertFalse(log.add(event("n1#1", 1, 10)));
    assertTrue(log.add(event("n1#1", 2, 20)));
    assertTrue(log.add(event("n1#1", 3, 30)));
    assertFalse(log.add(event("n1#1", 1, 10)), "older than everything a full log holds");
    assertEquals(2, log.newest(10).size());
  }

  @Test
  void shouldKeepWhatIsRareWhenWritesAndRequestsGoOn() {
    EventLog log = new EventLog(100);
    log.add(event("n1#1", 1, 1, "node.failed"));
    for (int i = 2; i <= 500; i++) {
      log.add(event("n1#1", i, i, i % 2 == 0 ? "audit" : "variable.updated"));
    }
    List<LoggedEvent> kept = log.newest(100);
    assertEquals("node.failed", kept.get(0).type());
    assertEquals(51, kept.size(), "a quarter of each");
    assertEquals(500, kept.get(50).number());
    assertFalse(log.add(event("n2#2", 1, 2, "audit")), "older than all of its kind");
    assertTrue(log.add(event("n2#2", 2, 2, "agent.deployed")));
  }

  @Test
  void shouldBeTheSameInWhateverOrderEventsArrive() {
    List<LoggedEvent> events = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      String type = i % 5 == 0 ? "node.joined" : i % 2 == 0 ? "audit" : "variable.updated";
      events.add(event("n" + i % 3 + "#1", i, i / 4, type));
    }
    EventLog inOrder = new EventLog(25);
    events.forEach(inOrder::add);
    for (long seed = 0; seed < 50; seed++) {
      Collections.shuffle(events, Seeds.random(seed));
      EventLog shuffled = new EventLog(25);
      events.forEach(shuffled::add);
      events.forEach(shuffled::add);
      assertEquals(inOrder.newest(25), shuffled.newest(25), "seed " + seed);
    }
  }

  @Test
  void shouldTellListenersOnlyOfWhatIsNew() {
    EventLog log = new EventLog(10);
    List<String> heard = new ArrayList<>();
    log.onAdd(added -> heard.add(added.id()));
    log.add(event("n1#1", 1, 10));
    log.add(event("n1#1", 1, 10));
    log.add(event("n2#2", 1, 5));
    assertEquals(List.of("n1#1/1", "n2#2/1"), heard);
  }
}
