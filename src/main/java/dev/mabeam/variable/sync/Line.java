package dev.mabeam.variable.sync;

import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.version.Siblings;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is to be told to one node: names only, so that however often a variable changes it waits
 * once, and what it has is read when it is sent. One frame is under way at a time; a node that does
 * not answer holds up one frame and nothing else.
 *
 * <p>A frame is {@code push} with states, the answer {@code {"known":[…],"absent":[…]}}: what was
 * no news there, and what that node does not keep. The others were news.
 */
final class Line {
  private static final System.Logger LOG = System.getLogger(Line.class.getName());

  private final String peer;
  private final Channel channel;
  private final Held held;
  private final Listener listener;
  private final Set<String> waiting = new LinkedHashSet<>();
  private boolean underWay;

  /** Hears what became of each state that was sent. */
  interface Listener {
    void told(String peer, String name, Siblings sent, Held.Joined outcome);
  }

  Line(String peer, Channel channel, Held held, Listener listener) {
    this.peer = peer;
    this.channel = channel;
    this.held = held;
    this.listener = listener;
  }

  /** Has it sent with the next frame. */
  void offer(String name) {
    waiting.add(name);
  }

  /** Sends a frame if something waits, and none is under way. */
  void flush() {
    if (underWay || waiting.isEmpty()) {
      return;
    }
    Messages.Batch batch = new Messages.Batch();
    for (Iterator<String> names = waiting.iterator(); names.hasNext(); ) {
      String name = names.next();
      Held.Kept kept = held.kept(name);
      if (kept != null && !batch.add(name, kept)) {
        break;
      }
      names.remove();
    }
    if (!batch.isEmpty()) {
      send(batch);
    }
  }

  private void send(Messages.Batch batch) {
    underWay = true;
    channel
        .ask(peer, "push", "push", batch.into(new JsonObject()), batch.bytes())
        .onComplete(
            answer -> answered(batch.sent(), answer),
            failure -> {
              LOG.log(Level.DEBUG, () -> "could not tell " + peer + ": " + failure);
              next();
            });
  }

  private void answered(Map<String, Siblings> sent, JsonObject answer) {
    try {
      Set<String> known = new HashSet<>(Messages.names(answer, "known"));
      Set<String> absent = new HashSet<>(Messages.names(answer, "absent"));
      sent.forEach((name, state) -> listener.told(peer, name, state, outcome(name, known, absent)));
    } catch (MabeamException malformed) {
      LOG.log(Level.WARNING, "node " + peer + " answered a push, but not readably: " + answer);
    }
    next();
  }

  private static Held.Joined outcome(String name, Set<String> known, Set<String> absent) {
    if (absent.contains(name)) {
      return Held.Joined.ABSENT;
    }
    return known.contains(name) ? Held.Joined.KNOWN : Held.Joined.NEWS;
  }

  private void next() {
    underWay = false;
    flush();
  }

  List<String> waiting() {
    return List.copyOf(waiting);
  }
}
