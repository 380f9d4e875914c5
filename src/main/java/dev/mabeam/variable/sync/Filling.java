package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Fills replicas that came later than the others, before they count. A replica of which this node
 * has nothing yet, or only what it had in an earlier stay, asks the other replicas:
 *
 * <pre>
 *   fill {names} ─► ◄─ {states of those that count there, empty: names that do not count there}
 * </pre>
 *
 * <p>It counts as soon as it has joined what one replica has that counts; any state that such a
 * replica pushes meanwhile does it as well. If every other replica of the set as it is decided now
 * has answered that it is waiting too, nobody has anything: whoever had it is gone. Then it counts
 * as it is, which for a replica that has nothing is the variable's first value.
 *
 * <p>One that does not answer is waited for, as long as it is in the set by decision. A set that
 * changes starts the count of empty answers anew. An answer carries what fits into one message;
 * the rest is asked for again at once.
 */
final class Filling {
  private static final System.Logger LOG = System.getLogger(Filling.class.getName());
  private static final Duration AGAIN = Duration.ofMillis(500);
  private static final int MOST_NAMES = 2_000;

  private final Channel channel;
  private final Held held;
  private final Scheduler scheduler;
  private final AntiEntropy.Joining joining;
  private final Consumer<String> onNothing;
  /** Of each that waits: who said that it has nothing, and whom to ask next. */
  private final Map<String, Wait> waiting = new LinkedHashMap<>();
  private final Set<String> asking = new HashSet<>();
  private boolean set;
  private boolean closed;

  private static final class Wait {
    private final Set<String> empty = new HashSet<>();
    private int turn;
  }

  /**
   * @param onNothing hears of a variable that no other replica has anything of
   */
  Filling(
      Channel channel,
      Held held,
      Scheduler scheduler,
      AntiEntropy.Joining joining,
      Consumer<String> onNothing) {
    this.channel = channel;
    this.held = held;
    this.scheduler = scheduler;
    this.joining = joining;
    this.onNothing = onNothing;
  }

  /** Has it filled, from the replicas as they are decided now. */
  void await(String name) {
    waiting.put(name, new Wait());
    if (!set && !closed) {
      set = true;
      scheduler.execute(this::ask);
    }
  }

  /** It counts, or is no replica any more. */
  void done(String name) {
    waiting.remove(name);
  }

  int waiting() {
    return waiting.size();
  }

  private void ask() {
    set = false;
    if (closed) {
      return;
    }
    Map<String, List<String>> questions = new HashMap<>();
    for (String name : List.copyOf(waiting.keySet())) {
      Wait wait = waiting.get(name);
      List<String> others = held.others(name);
      if (wait.empty.containsAll(others)) {
        waiting.remove(name);
        onNothing.accept(name);
      } else {
        String peer = others.get(wait.turn++ % others.size());
        questions.computeIfAbsent(peer, key -> new ArrayList<>()).add(name);
      }
    }
    questions.forEach(this::ask);
    if (!waiting.isEmpty()) {
      set = true;
      scheduler.after(AGAIN, this::ask);
    }
  }

  private void ask(String peer, List<String> names) {
    if (!asking.add(peer)) {
      return;
    }
    List<String> some = names.subList(0, Math.min(MOST_NAMES, names.size()));
    Map<String, Wait> asked = new HashMap<>();
    some.forEach(name -> asked.put(name, waiting.get(name)));
    JsonObject question = new JsonObject().put("names", new JsonArray(List.copyOf(some)));
    channel
        .ask(peer, "fill", "fill", question, some.size() * 32)
        .onComplete(answer -> answered(peer, asked, answer), failure -> failed(peer, failure));
  }

  private void failed(String peer, Throwable failure) {
    asking.remove(peer);
    LOG.log(Level.DEBUG, () -> "could not be filled by " + peer + ": " + failure);
  }

  private void answered(String peer, Map<String, Wait> asked, JsonObject answer) {
    asking.remove(peer);
    List<String> left = new ArrayList<>(asked.keySet());
    for (Messages.Received received : Messages.states(answer)) {
      joining.join(peer, received);
      left.remove(received.name());
    }
    for (String name : Messages.names(answer, "empty")) {
      Wait wait = asked.get(name);
      left.remove(name);
      if (wait != null && waiting.get(name) == wait) {
        wait.empty.add(peer);
      }
    }
    left.removeIf(name -> waiting.get(name) != asked.get(name));
    boolean progress = left.size() < asked.size();
    if (progress && answer.getBoolean("more", false)) {
      ask(peer, left);
    }
  }

  /** The other side. */
  JsonObject fill(JsonObject message) {
    Messages.Batch batch = new Messages.Batch();
    JsonArray empty = new JsonArray();
    boolean more = false;
    for (String name : Messages.names(message, "names")) {
      Held.Kept kept = held.kept(name);
      if (kept != null && kept.counts()) {
        more |= !batch.add(name, kept);
      } else if (held.awaits(name)) {
        empty.add(name);
      }
    }
    return batch.into(new JsonObject()).put("empty", empty).put("more", more);
  }

  void close() {
    closed = true;
  }
}
