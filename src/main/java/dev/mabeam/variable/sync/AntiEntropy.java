package dev.mabeam.variable.sync;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Makes two replicas equal, whatever was lost. Every {@link #PERIOD} a node compares itself with
 * {@link Gossip#FANOUT} others, each of its peers in turn, and at once with one that answers again
 * after a silence or that it has just come to share variables with.
 *
 * <pre>
 *   A                                          B
 *   root {root} ─────────────────────────────►           both: the digest of what A and B share
 *        ◄───────────────────────────── {same} | {groups}
 *   leaves {leaves of the groups that differ} ─►
 *        ◄──────────────── {hashes of the variables in the leaves that differ}
 *   versions {version vectors of those that differ} ─►
 *        ◄──── {states that A has not seen all of, names that B has not seen all of, more}
 *   push {states of those names} ─────────────►           as {@link Gossip} does
 * </pre>
 *
 * <p>So comparing costs one small message and its answer when nothing differs, however many
 * variables there are, and otherwise grows with what differs. Lists and answers are bounded; what
 * does not fit is left to the next pass, which follows at once as long as passes bring something.
 *
 * <p>Nothing is kept from one message to the next, so either side may die, stop or lose messages
 * anywhere: what was exchanged stays joined, and the next comparison finds the rest. Two nodes that
 * for a while know different replica sets compare different things; they exchange what they find,
 * refuse what they do not keep, and are done when both know the same decisions.
 */
final class AntiEntropy {
  private static final System.Logger LOG = System.getLogger(AntiEntropy.class.getName());
  static final Duration PERIOD = Duration.ofSeconds(2);
  private static final int MOST_NAMES = 2_000;
  private static final int MOST_FETCHED = 200;
  private static final int MOST_PASSES = 1_000;

  private final Channel channel;
  private final Held held;
  private final Digests digests;
  private final Lines lines;
  private final Runnable everyTurn;
  private final Joining joining;
  private final RandomGenerator random;
  private final Set<String> running = new HashSet<>();
  private final Deque<String> turns = new ArrayDeque<>();
  private Scheduler.Scheduled timer = () -> {};
  private boolean closed;

  /** Takes over a state that {@code peer} sent. */
  interface Joining {
    Held.Joined join(String peer, Messages.Received received);
  }

  /**
   * @param everyTurn what else is to be done every {@link #PERIOD}
   */
  AntiEntropy(
      Channel channel,
      Held held,
      Digests digests,
      Lines lines,
      Runnable everyTurn,
      Joining joining,
      RandomGenerator random) {
    this.channel = channel;
    this.held = held;
    this.digests = digests;
    this.lines = lines;
    this.everyTurn = everyTurn;
    this.joining = joining;
    this.random = random;
  }

  void start(Scheduler scheduler) {
    timer = scheduler.every(PERIOD, this::turn);
  }

  void close() {
    closed = true;
    timer.cancel();
  }

  private void turn() {
    Set<String> peers = digests.peers();
    turns.retainAll(peers);
    for (int i = 0; i < Gossip.FANOUT && i < peers.size(); i++) {
      if (turns.isEmpty()) {
        List<String> again = new ArrayList<>(peers);
        Collections.shuffle(again, new Random(random.nextLong()));
        turns.addAll(again);
      }
      compare(turns.poll());
    }
    everyTurn.run();
  }

  /** Compares with {@code peer}, unless that is being done. */
  void compare(String peer) {
    if (!closed && running.add(peer)) {
      pass(peer, MOST_PASSES)
          .onComplete(
              done -> running.remove(peer),
              failure -> {
                running.remove(peer);
                LOG.log(Level.DEBUG, () -> "could not compare with " + peer + ": " + failure);
              });
    }
  }

  private Future<Void> pass(String peer, int left) {
    return ask(peer, "root", new JsonObject().put("root", digests.of(peer).root()), 20)
        .compose(answer -> answer.getBoolean("same", false) ? end() : groups(peer, answer))
        .compose(
            more -> more && left > 0 && !closed ? pass(peer, left - 1) : Future.succeededFuture());
  }

  private static Future<Boolean> end() {
    return Future.succeededFuture(false);
  }

  private Future<Boolean> groups(String peer, JsonObject answer) {
    long[] theirs = longs(answer.getJsonArray("groups"));
    long[] ours = digests.of(peer).groups();
    JsonObject leaves = new JsonObject();
    for (int group = 0; group < Digest.GROUPS; group++) {
      if (theirs[group] != ours[group]) {
        leaves.put("" + group, array(digests.of(peer).group(group)));
      }
    }
    return ask(peer, "leaves", new JsonObject().put("leaves", leaves), leaves.size() * 640)
        .compose(listed -> versions(peer, listed));
  }

  private Future<Boolean> versions(String peer, JsonObject listed) {
    Map<String, Long> theirs = hashes(listed.getJsonObject("hashes"));
    Map<String, Long> ours = new TreeMap<>();
    for (Object leaf : listed.getJsonArray("leaves")) {
      ours.putAll(digests.leaf((Integer) leaf, peer));
    }
    Set<String> names = new TreeSet<>(theirs.keySet());
    names.addAll(ours.keySet());
    names.removeIf(name -> Objects.equals(theirs.get(name), ours.get(name)));
    JsonObject versions = new JsonObject();
    int bytes = 0;
    for (String name : names) {
      Held.Kept kept = held.kept(name);
      versions.put(name, kept == null ? null : kept.state().seen().toJson());
      bytes += name.length() + 40;
    }
    return ask(peer, "versions", new JsonObject().put("versions", versions), bytes)
        .map(answer -> take(peer, answer) && (more(answer) || more(listed)));
  }

  /** Asks {@code peer} for these, without comparing; what does not come is asked for again. */
  void fetch(String peer, List<String> names) {
    JsonObject versions = new JsonObject();
    for (String name : names.subList(0, Math.min(MOST_FETCHED, names.size()))) {
      Held.Kept kept = held.kept(name);
      versions.put(name, kept == null ? null : kept.state().seen().toJson());
    }
    if (!closed) {
      ask(peer, "versions", new JsonObject().put("versions", versions), versions.size() * 60)
          .onComplete(
              answer -> take(peer, answer),
              failure ->
                  LOG.log(Level.DEBUG, () -> "could not fetch from " + peer + ": " + failure));
    }
  }

  private static boolean more(JsonObject answer) {
    return answer.getBoolean("more", false);
  }

  /** Whether it brought anything. */
  private boolean take(String peer, JsonObject answer) {
    boolean news = false;
    for (Messages.Received received : Messages.states(answer)) {
      news |= joining.join(peer, received) == Held.Joined.NEWS;
    }
    Messages.names(answer, "want").forEach(name -> lines.offer(peer, name));
    lines.flushNext();
    return news;
  }

  private Future<JsonObject> ask(String peer, String what, JsonObject message, int bytes) {
    return channel
        .ask(peer, "digest", what, message, bytes)
        .compose(
            answer ->
                answer == null
                    ? Future.failedFuture(
                        new MabeamException(ErrorCode.INVALID, "no answer of " + peer))
                    : Future.succeededFuture(answer));
  }

  /** The other side of {@link #pass}. */
  JsonObject root(String peer, JsonObject message) {
    Digest ours = digests.of(peer);
    return message.getLong("root") == ours.root()
        ? new JsonObject().put("same", true)
        : new JsonObject().put("groups", array(ours.groups()));
  }

  /** The other side of {@link #groups}. */
  JsonObject leaves(String peer, JsonObject message) {
    Digest ours = digests.of(peer);
    Map<String, Long> hashes = new LinkedHashMap<>();
    JsonArray differing = new JsonArray();
    boolean more = false;
    for (Map.Entry<String, Object> each : message.getJsonObject("leaves")) {
      int group = Integer.parseInt(each.getKey());
      long[] theirs = longs((JsonArray) each.getValue());
      long[] here = ours.group(group);
      for (int i = 0; i < here.length; i++) {
        if (theirs[i] != here[i]) {
          if (hashes.size() >= MOST_NAMES) {
            more = true;
          } else {
            differing.add(group * Digest.GROUPS + i);
            hashes.putAll(digests.leaf(group * Digest.GROUPS + i, peer));
          }
        }
      }
    }
    JsonObject listed = new JsonObject();
    hashes.forEach(listed::put);
    return new JsonObject().put("leaves", differing).put("hashes", listed).put("more", more);
  }

  /** The other side of {@link #versions}. */
  JsonObject versions(JsonObject message) {
    Messages.Batch batch = new Messages.Batch();
    JsonArray want = new JsonArray();
    boolean more = false;
    for (Map.Entry<String, Object> each : message.getJsonObject("versions")) {
      Held.Kept kept = held.kept(each.getKey());
      JsonObject theirs = (JsonObject) each.getValue();
      VersionVector seen = theirs == null ? VersionVector.EMPTY : VersionVector.fromJson(theirs);
      if (kept == null) {
        continue;
      }
      if (kept.counts() && !seen.containsAll(kept.state().seen())) {
        more |= !batch.add(each.getKey(), kept);
      }
      if (!kept.state().seen().containsAll(seen) || !kept.counts() && theirs != null) {
        want.add(each.getKey());
      }
    }
    return batch.into(new JsonObject()).put("want", want).put("more", more);
  }

  private static Map<String, Long> hashes(JsonObject json) {
    Map<String, Long> hashes = new TreeMap<>();
    json.forEach(each -> hashes.put(each.getKey(), ((Number) each.getValue()).longValue()));
    return hashes;
  }

  private static JsonArray array(long[] hashes) {
    JsonArray array = new JsonArray();
    for (long hash : hashes) {
      array.add(hash);
    }
    return array;
  }

  private static long[] longs(JsonArray array) {
    long[] hashes = new long[array.size()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = array.getLong(i);
    }
    return hashes;
  }
}
