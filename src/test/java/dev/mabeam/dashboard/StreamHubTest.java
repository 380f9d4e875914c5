package dev.mabeam.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.time.Scheduler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StreamHubTest {
  private final Clock clock = new Clock();
  private final Map<String, JsonObject> nodes = new HashMap<>();
  private final Map<String, JsonObject> agents = new HashMap<>();
  private final Map<String, JsonObject> variables = new HashMap<>();
  private final List<JsonObject> events = new ArrayList<>();
  private int asked;
  private final StreamHub hub = new StreamHub(this::state, clock);

  private StreamState state() {
    asked++;
    JsonObject cluster = new JsonObject().put("id", "c1");
    return new StreamState(
        cluster, nodes, Map.of(), agents, new JsonObject(), variables, Map.of(), events);
  }

  @Test
  void shouldSayHelloThenShowASnapshotThenPatchesInOrder() {
    Viewer viewer = new Viewer();
    nodes.put("a", new JsonObject().put("load", 1));
    viewer.open();
    nodes.put("a", new JsonObject().put("load", 2));
    hub.tick();
    hub.tick();
    assertEquals(List.of("hello", "snapshot", "patch", "patch"), viewer.types());
    long seq = viewer.got.get(1).getLong("seq");
    assertEquals(seq + 1, viewer.got.get(2).getLong("seq"));
    assertEquals(seq + 2, viewer.got.get(3).getLong("seq"));
    JsonObject put = viewer.got.get(2).getJsonArray("ops").getJsonObject(0);
    assertEquals(
        new JsonObject("{\"op\":\"put\",\"path\":[\"nodes\",\"a\"],\"value\":{\"load\":2}}"), put);
    assertTrue(viewer.got.get(3).getJsonArray("ops").isEmpty(), "a patch is a sign of life");
    assertEquals(clock.wallMillis(), viewer.got.get(3).getLong("at"));
  }

  @Test
  void shouldMakeOneTextForAll() {
    Viewer one = new Viewer();
    Viewer two = new Viewer();
    one.open();
    two.open();
    int before = asked;
    hub.tick();
    assertEquals(before + 1, asked);
    assertTrue(one.lastText == two.lastText, "the same string");
  }

  @Test
  void shouldRestWhileNobodyWatches() {
    Viewer viewer = new Viewer();
    viewer.open();
    viewer.session.onClose();
    int before = asked;
    hub.tick();
    hub.tick();
    assertEquals(before, asked);
    Viewer next = new Viewer();
    next.open();
    hub.tick();
    next.verifyPicture();
  }

  @Test
  void shouldAnswerResyncWithASnapshotAtTheNextTick() {
    Viewer viewer = new Viewer();
    viewer.open();
    viewer.session.onMessage("{\"type\":\"resync\"}");
    viewer.session.onMessage("{\"type\":\"resync\",\"later\":1}");
    hub.tick();
    hub.tick();
    assertEquals(List.of("hello", "snapshot", "snapshot", "patch"), viewer.types());
    viewer.verifyPicture();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "[]", "{}", "{\"type\":7}", "{\"type\":\"subscribe\"}", "null"})
  void shouldCloseAClientThatSendsAnythingElse(String message) {
    Viewer viewer = new Viewer();
    viewer.open();
    viewer.session.onMessage(message);
    assertEquals(StreamHub.NOT_UNDERSTOOD, viewer.closed);
    assertEquals(0, hub.size());
  }

  @Test
  void shouldGiveASlowClientASnapshotWhenItIsReadyAgain() {
    Viewer slow = new Viewer();
    Viewer quick = new Viewer();
    slow.open();
    quick.open();
    slow.ready = false;
    for (int i = 0; i < 5; i++) {
      nodes.put("n" + i, new JsonObject().put("i", i));
      hub.tick();
    }
    assertEquals(2, slow.got.size(), "nothing piles up");
    slow.ready = true;
    slow.session.onReady();
    assertEquals("snapshot", slow.types().get(2));
    hub.tick();
    slow.verifyPicture();
    quick.verifyPicture();
    assertEquals(6, quick.types().stream().filter("patch"::equals).count());
  }

  @Test
  void shouldCloseAClientThatDoesNotReadAtAll() {
    Viewer dead = new Viewer();
    dead.open();
    dead.ready = false;
    hub.tick();
    clock.nanos += StreamHub.PATIENCE.toNanos();
    hub.tick();
    assertEquals(0, dead.closed);
    clock.nanos++;
    hub.tick();
    assertEquals(StreamHub.TOO_SLOW, dead.closed);
    assertEquals(0, hub.size());
    dead.ready = true;
    dead.session.onReady();
    assertEquals(2, dead.got.size());
  }

  @Test
  void shouldKnowWhenItIsFull() {
    for (int i = 0; i < StreamHub.MAX_CLIENTS; i++) {
      assertFalse(hub.isFull());
      new Viewer().open();
    }
    assertTrue(hub.isFull());
  }

  @Test
  void shouldSayGoodbyeWhenItStops() {
    Viewer viewer = new Viewer();
    hub.start();
    viewer.open();
    hub.stop();
    assertEquals(StreamHub.GOING_AWAY, viewer.closed);
  }

  @Test
  void shouldOutliveATickThatFails() {
    nodes.put("a", new JsonObject());
    Viewer viewer = new Viewer();
    viewer.open();
    nodes.put("b", null);
    hub.tick();
    nodes.remove("b");
    hub.tick();
    viewer.verifyPicture();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldShowEveryClientTheSamePictureWhateverHappens(long seed) {
    Random random = Seeds.random(seed);
    List<Viewer> viewers = new ArrayList<>();
    int number = 0;
    for (int step = 0; step < 2_000; step++) {
      switch (random.nextInt(8)) {
        case 0 -> nodes.remove("n" + random.nextInt(5));
        case 1, 2 ->
            nodes.put("n" + random.nextInt(5), new JsonObject().put("x", random.nextInt(3)));
        case 3 -> addEvent(random, ++number);
        case 4 -> viewers.stream().filter(v -> random.nextInt(4) == 0).forEach(Viewer::toggle);
        case 5 -> {
          if (viewers.size() < 4) {
            viewers.add(new Viewer());
            viewers.get(viewers.size() - 1).open();
          } else if (random.nextInt(10) == 0) {
            viewers.remove(0).session.onClose();
          }
        }
        case 6 ->
            viewers.stream()
                .filter(v -> random.nextInt(10) == 0)
                .forEach(v -> v.session.onMessage("{\"type\":\"resync\"}"));
        default -> {
          hub.tick();
          JsonObject fresh = state().toJson();
          viewers.stream().filter(v -> v.ready).forEach(v -> assertEquals(fresh, v.picture));
        }
      }
    }
  }

  /** Mostly at the end; now and then one that another node told late. */
  private void addEvent(Random random, int number) {
    int late = Math.min(events.size(), random.nextInt(10) == 0 ? 1 + random.nextInt(300) : 0);
    events.add(events.size() - late, new JsonObject().put("id", "e" + number));
    if (events.size() > StreamState.EVENTS) {
      events.remove(0);
    }
  }

  /** A dashboard: applies what it gets and checks that nothing is missing. */
  private final class Viewer implements StreamHub.Client {
    private final List<JsonObject> got = new ArrayList<>();
    private StreamHub.Session session;
    private JsonObject picture;
    private String lastText;
    private long seq;
    private int closed;
    private boolean ready = true;

    private void open() {
      session = hub.open(this, new JsonObject().put("type", "hello"));
    }

    private void toggle() {
      ready = !ready;
      if (ready) {
        session.onReady();
      }
    }

    private void verifyPicture() {
      assertEquals(state().toJson(), picture);
    }

    private List<String> types() {
      return got.stream().map(message -> message.getString("type")).toList();
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void send(String text) {
      JsonObject message = new JsonObject(text);
      got.add(message);
      lastText = text;
      switch (message.getString("type")) {
        case "snapshot" -> {
          seq = message.getLong("seq");
          picture = message.getJsonObject("state");
        }
        case "patch" -> {
          assertEquals(++seq, message.getLong("seq"), "no gap");
          message.getJsonArray("ops").forEach(op -> apply((JsonObject) op));
        }
        default -> {}
      }
    }

    private void apply(JsonObject op) {
      if (op.getString("op").equals("event")) {
        JsonArray shown = picture.getJsonArray("events").add(op.getJsonObject("value"));
        while (shown.size() > StreamState.EVENTS) {
          shown.remove(0);
        }
        return;
      }
      JsonArray path = op.getJsonArray("path");
      JsonObject parent =
          path.size() == 1 ? picture : picture.getJsonObject(path.getString(0));
      String key = path.getString(path.size() - 1);
      if (op.getString("op").equals("put")) {
        parent.put(key, op.getValue("value"));
      } else {
        parent.remove(key);
      }
    }

    @Override
    public void close(int status, String reason) {
      closed = status;
    }
  }

  private static final class Clock implements Scheduler {
    private long nanos;

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public long wallMillis() {
      return 1_795_478_400_000L + nanos / 1_000_000;
    }

    @Override
    public Scheduled after(Duration delay, Runnable task) {
      return () -> {};
    }

    @Override
    public Scheduled every(Duration period, Runnable task) {
      return () -> {};
    }
  }
}
