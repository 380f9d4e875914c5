package dev.mabeam.variable.causal;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.time.HybridClock;
import dev.mabeam.time.HybridTime;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * How the index gets to every node that keeps something causal: two meet, and tell one another what
 * the other one lacks.
 *
 * <pre>
 *   meet {known, parts of the index that the other one lacks, clock} ──►
 *        ◄── {known after that, parts that the first one lacks, clock}
 * </pre>
 *
 * <p>Told to all such nodes {@link #SOON} after a write; every {@link CausalDomain#ROUND} to some in
 * turn, which repairs what was lost, and gets a newcomer the whole index; every {@link
 * CausalDomain#AGAIN} while something waits. A part names the number after which it begins; whoever
 * has a gap before it does not take it, says what it knows, and is sent the rest.
 *
 * <p><em>Not</em> guaranteed: that a meeting takes place, or when; whoever waits for something has
 * them take place again.
 */
final class Meetings {
  static final Duration SOON = Duration.ofMillis(10);
  private static final Duration DEADLINE = Duration.ofSeconds(1);
  private static final int AT_A_TIME = 3;

  private static final System.Logger LOG = System.getLogger(Meetings.class.getName());

  private final String self;
  private final Bus bus;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final HybridClock clock;
  private final CausalIndex index;
  private final Decided decided;
  private final Listener listener;
  private final Map<String, Peer> peers = new HashMap<>();
  private Bus.Registration registration = Future::succeededFuture;
  private boolean tellingSoon;
  private boolean closed;

  /** Hears what the index learns. */
  interface Listener {
    /** It tells of updates of {@code name} by {@code store}, none of which is before that. */
    void changed(String name, String store, long from);

    /** All that came at once is in the index, and some of it was news. */
    void taken();
  }

  private static final class Peer {
    private VersionVector known;
    private boolean meeting;
    private boolean again;
  }

  Meetings(
      String self,
      Bus bus,
      Scheduler scheduler,
      RandomGenerator random,
      HybridClock clock,
      CausalIndex index,
      Decided decided,
      Listener listener) {
    this.self = self;
    this.bus = bus;
    this.scheduler = scheduler;
    this.random = random;
    this.clock = clock;
    this.index = index;
    this.decided = decided;
    this.listener = listener;
  }

  static String address(String nodeId) {
    return Addresses.node(nodeId, "variable", "causal");
  }

  Future<Void> start() {
    return bus.serve(address(self), this::serve)
        .onSuccess(done -> registration = done)
        .mapEmpty();
  }

  Future<Void> close() {
    closed = true;
    return registration.close();
  }

  /** Meets everybody shortly, for something that is new here. */
  void tellSoon() {
    if (!tellingSoon && !closed) {
      tellingSoon = true;
      scheduler.after(
          SOON,
          () -> {
            tellingSoon = false;
            decided.peers().forEach(this::meet);
          });
    }
  }

  /** What is remembered of those that keep nothing causal any more goes. */
  void forgetStrangers() {
    peers.keySet().retainAll(decided.peers());
  }

  /** Meets some of those that keep something causal. */
  void meetSome() {
    some(decided.peers()).forEach(this::meet);
  }

  private List<String> some(Collection<String> all) {
    List<String> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, new Random(random.nextLong()));
    return shuffled.subList(0, Math.min(AT_A_TIME, shuffled.size()));
  }

  /** Meets that one, or again when a meeting with it that is under way is over. */
  void meet(String id) {
    Peer peer = peers.computeIfAbsent(id, key -> new Peer());
    if (closed || peer.meeting) {
      peer.again = true;
      return;
    }
    peer.meeting = true;
    peer.again = false;
    VersionVector theirs = peer.known == null ? index.known() : peer.known;
    bus.request(address(id), message(theirs), DEADLINE)
        .onComplete(
            answer -> {
              peer.meeting = false;
              met(id, peer, answer);
            },
            failure -> {
              peer.meeting = false;
              LOG.log(Level.DEBUG, () -> "could not tell " + id + " what is new: " + failure);
            });
  }

  private JsonObject message(VersionVector theirs) {
    JsonArray parts = new JsonArray();
    index.since(theirs).forEach(part -> parts.add(part.toJson()));
    return new JsonObject()
        .put("v", 1)
        .put("from", self)
        .put("known", index.known().toJson())
        .put("parts", parts)
        .put("clock", clock.now().toJson());
  }

  private void met(String id, Peer peer, JsonObject answer) {
    VersionVector before = peer.known;
    peer.known = VersionVector.fromJson(answer.getJsonObject("known"));
    take(answer);
    boolean lacks = !peer.known.containsAll(index.known());
    if (peer.again || lacks && !peer.known.equals(before)) {
      meet(id);
    }
  }

  private Future<JsonObject> serve(JsonObject message) {
    VersionVector theirs = VersionVector.fromJson(message.getJsonObject("known"));
    take(message);
    String from = message.getString("from");
    if (from != null) {
      Peer peer = peers.computeIfAbsent(from, key -> new Peer());
      peer.known = peer.known == null ? theirs : peer.known.join(theirs);
    }
    return Future.succeededFuture(message(theirs));
  }

  /**
   * Whoever knows of an update has a clock that is not before it, so that a write which follows from
   * it is later for everybody.
   */
  private void take(JsonObject message) {
    clock.observe(HybridTime.fromJson(message.getJsonArray("clock")));
    VersionVector before = index.known();
    for (Object each : message.getJsonArray("parts", new JsonArray())) {
      CausalIndex.Part part = CausalIndex.Part.fromJson((JsonObject) each);
      long from = before.of(part.store()) + 1;
      index.take(part).keySet().forEach(name -> listener.changed(name, part.store(), from));
    }
    if (!index.known().equals(before)) {
      listener.taken();
    }
  }
}
