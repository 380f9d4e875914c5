package dev.mabeam.variable.sync;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes whose caller waits for a majority, under each strategy. {@link #confirm} tells all
 * replicas at once, tells those again that have not answered, every round, and completes when
 * enough of them have it. If this node dies on the way, nobody knows whether enough had it; neither
 * does the caller.
 */
final class Confirming {
  private static final int MOST = 10_000;

  private final Lines lines;
  private final Held held;
  private final Scheduler scheduler;
  private final Map<String, List<Confirmation>> confirmations = new HashMap<>();
  private int confirming;
  private boolean roundSet;
  private boolean closed;

  Confirming(Lines lines, Held held, Scheduler scheduler) {
    this.lines = lines;
    this.held = held;
    this.scheduler = scheduler;
  }

  /** Whether as many wait as may. */
  boolean isOverloaded() {
    return confirming >= MOST;
  }

  /** Completes when {@code seen} is on a majority of the replicas, TIMEOUT at the deadline. */
  Future<Void> confirm(String name, VersionVector seen, Duration deadline) {
    Confirmation confirmation = new Confirmation(name, seen);
    if (confirmation.isEnough()) {
      return Future.succeededFuture();
    }
    confirming++;
    confirmations.computeIfAbsent(name, key -> new ArrayList<>()).add(confirmation);
    confirmation.timer = scheduler.after(deadline, confirmation::late);
    ask(confirmation);
    lines.flushNext();
    setRound();
    return confirmation.promise.future();
  }

  private void ask(Confirmation confirmation) {
    for (String peer : held.others(confirmation.name)) {
      if (!confirmation.having.contains(peer)) {
        lines.offer(peer, confirmation.name);
      }
    }
  }

  private void setRound() {
    if (!roundSet && !closed && !confirmations.isEmpty()) {
      roundSet = true;
      scheduler.after(Gossip.ROUND, this::round);
    }
  }

  private void round() {
    roundSet = false;
    confirmations.values().forEach(waiting -> waiting.forEach(this::ask));
    lines.flush();
    setRound();
  }

  void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    if (outcome == Held.Joined.ABSENT) {
      return;
    }
    for (Confirmation confirmation : List.copyOf(confirmations.getOrDefault(name, List.of()))) {
      if (sent.seen().containsAll(confirmation.seen)) {
        confirmation.having.add(peer);
        if (confirmation.isEnough()) {
          confirmation.end();
          confirmation.promise.complete();
        }
      }
    }
  }

  boolean isQuiet() {
    return confirmations.isEmpty();
  }

  void close() {
    closed = true;
    for (List<Confirmation> waiting : List.copyOf(confirmations.values())) {
      List.copyOf(waiting).forEach(Confirmation::late);
    }
  }

  private final class Confirmation {
    private final String name;
    private final VersionVector seen;
    private final Set<String> having = new HashSet<>();
    private final Promise<Void> promise = Promise.promise();
    private Scheduler.Scheduled timer = () -> {};

    Confirmation(String name, VersionVector seen) {
      this.name = name;
      this.seen = seen;
    }

    /** Whether a majority of the replicas as they are now has it. */
    boolean isEnough() {
      List<String> others = held.others(name);
      int self = isReplica() ? 1 : 0;
      long count = self + others.stream().filter(having::contains).count();
      return count >= (others.size() + self) / 2 + 1;
    }

    /** Not any more if the set has changed since: then only what the others have counts. */
    private boolean isReplica() {
      Held.Kept kept = held.kept(name);
      return kept != null && kept.counts() || held.awaits(name);
    }

    void late() {
      end();
      promise.fail(
          new MabeamException(
              ErrorCode.TIMEOUT,
              "'" + name + "' was written on " + (1 + having.size()) + " of "
                  + (1 + held.others(name).size()) + " replicas, which is no majority",
              "it is passed on, and will be on all of them when they can be reached"));
    }

    void end() {
      timer.cancel();
      confirming--;
      List<Confirmation> waiting = confirmations.get(name);
      waiting.remove(this);
      if (waiting.isEmpty()) {
        confirmations.remove(name);
      }
    }
  }
}
