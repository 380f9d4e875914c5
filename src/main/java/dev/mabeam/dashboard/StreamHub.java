package dev.mabeam.dashboard;

import dev.mabeam.time.Scheduler;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Shows every open dashboard the same moving picture: hello, then a snapshot with its sequence
 * number, then every {@link #TICK} a patch with the next number, empty or not. The messages are
 * described with the operation {@code stream} in {@code openapi.json}.
 *
 * <p>State, diff and text of a tick are made once, however many watch, and not at all when nobody
 * does. Invariants: a snapshot with number n is the state after patch n, so snapshot and later
 * patches have no gap; a client whose connection is full gets nothing until it is ready again, and
 * then a snapshot. A client that dies is found by its connection filling up, or closing.
 *
 * <p>Runs on one event loop; sends never block.
 */
final class StreamHub {
  static final Duration TICK = Duration.ofMillis(500);
  /** How long a client may not read before it is closed. */
  static final Duration PATIENCE = Duration.ofSeconds(30);
  /** How many streams one node serves. */
  static final int MAX_CLIENTS = 64;

  static final int TOO_SLOW = 1008;
  static final int NOT_UNDERSTOOD = 1007;
  static final int GOING_AWAY = 1001;

  private static final System.Logger LOG = System.getLogger(StreamHub.class.getName());

  /** A connection to one dashboard. */
  interface Client {
    /** Whether what is sent now leaves soon, and does not pile up here. */
    boolean isReady();

    void send(String text);

    void close(int status, String reason);
  }

  private final Supplier<StreamState> source;
  private final Scheduler scheduler;
  private final Set<Session> sessions = new LinkedHashSet<>();
  private Scheduler.Scheduled ticking = () -> {};
  private StreamState state;
  private String snapshot;
  private long seq;
  private long snapshotsSent;
  private long patchesSent;

  StreamHub(Supplier<StreamState> source, Scheduler scheduler) {
    this.source = source;
    this.scheduler = scheduler;
  }

  void start() {
    ticking = scheduler.every(TICK, this::tick);
  }

  void stop() {
    ticking.cancel();
    List.copyOf(sessions).forEach(session -> session.end(GOING_AWAY, "the node stops"));
  }

  boolean isFull() {
    return sessions.size() >= MAX_CLIENTS;
  }

  int size() {
    return sessions.size();
  }

  long snapshotsSent() {
    return snapshotsSent;
  }

  long patchesSent() {
    return patchesSent;
  }

  /** Begins to show {@code client} the picture. */
  Session open(Client client, JsonObject hello) {
    if (state == null) {
      advance(source.get());
    }
    Session session = new Session(client);
    sessions.add(session);
    client.send(hello.encode());
    session.sendSnapshot();
    return session;
  }

  void tick() {
    if (sessions.isEmpty()) {
      state = null;
      snapshot = null;
      return;
    }
    try {
      StreamState next = source.get();
      JsonArray ops = state.diff(next);
      advance(next);
      String patch = patch(ops);
      List.copyOf(sessions).forEach(session -> session.tick(patch));
    } catch (RuntimeException failure) {
      LOG.log(System.Logger.Level.ERROR, "a tick of the dashboard's stream failed", failure);
    }
  }

  private void advance(StreamState next) {
    state = next;
    snapshot = null;
    seq++;
  }

  private String patch(JsonArray ops) {
    return new JsonObject()
        .put("type", "patch")
        .put("seq", seq)
        .put("at", scheduler.wallMillis())
        .put("ops", ops)
        .encode();
  }

  private String snapshot() {
    if (snapshot == null) {
      snapshot =
          new JsonObject()
              .put("type", "snapshot")
              .put("seq", seq)
              .put("state", state.toJson())
              .encode();
    }
    return snapshot;
  }

  /** One client, from hello to its end. */
  final class Session {
    private final Client client;
    private boolean wantsSnapshot;
    private boolean behind;
    private long behindSince;

    private Session(Client client) {
      this.client = client;
    }

    /** The client sent something. */
    void onMessage(String text) {
      if (isResync(text)) {
        // Answered with the next tick, so that a client cannot ask for more than one a tick.
        wantsSnapshot = true;
      } else {
        end(NOT_UNDERSTOOD, "the only message is {\"type\":\"resync\"}");
      }
    }

    /** The client is ready after it was not. */
    void onReady() {
      if (behind && sessions.contains(this) && client.isReady()) {
        behind = false;
        sendSnapshot();
      }
    }

    /** The client has gone. */
    void onClose() {
      sessions.remove(this);
    }

    private void tick(String patch) {
      if (!client.isReady()) {
        fallBehind();
      } else if (behind || wantsSnapshot) {
        behind = false;
        sendSnapshot();
      } else {
        patchesSent++;
        client.send(patch);
      }
    }

    private void fallBehind() {
      if (!behind) {
        behind = true;
        behindSince = scheduler.nanos();
      } else if (scheduler.nanos() - behindSince > PATIENCE.toNanos()) {
        end(TOO_SLOW, "nothing was read for " + PATIENCE.toSeconds() + " s");
      }
    }

    private void sendSnapshot() {
      wantsSnapshot = false;
      snapshotsSent++;
      client.send(snapshot());
    }

    private void end(int status, String reason) {
      sessions.remove(this);
      client.close(status, reason);
    }
  }

  private static boolean isResync(String text) {
    try {
      return "resync".equals(new JsonObject(text).getValue("type"));
    } catch (DecodeException | ClassCastException notAnObject) {
      return false;
    }
  }
}
