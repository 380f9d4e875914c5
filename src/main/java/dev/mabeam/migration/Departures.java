package dev.mabeam.migration;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The moves from this node: so many at a time, the others in the order in which they were asked
 * for, and one an agent. What has ended is remembered for a while, for those who ask what became of
 * it.
 */
final class Departures {
  private static final int REMEMBERED = 1_000;

  private final int most;
  private final Runnable changed;
  private final Map<Long, Handoff> byMove = new HashMap<>();
  private final Map<String, Long> byAgent = new HashMap<>();
  private final Map<Long, Handoff> running = new LinkedHashMap<>();
  private final Map<Long, Handoff> waiting = new LinkedHashMap<>();
  private final Deque<Long> ended = new ArrayDeque<>();
  private boolean beginning;
  private boolean closed;

  /**
   * @param most how many are under way at a time
   * @param changed hears after every change of what is shown
   */
  Departures(int most, Runnable changed) {
    this.most = most;
    this.changed = changed;
  }

  /** MIGRATING if that agent is on its way already. */
  Future<Move> add(long move, Handoff handoff) {
    if (closed) {
      return Future.failedFuture(closing());
    }
    if (byAgent.containsKey(handoff.agentId())) {
      return Future.failedFuture(migrating(handoff.agentId()));
    }
    byMove.put(move, handoff);
    byAgent.put(handoff.agentId(), move);
    waiting.put(move, handoff);
    handoff.result().onComplete(done -> ended(move, handoff));
    next();
    return handoff.result();
  }

  void requireFree(String agent) {
    if (byAgent.containsKey(agent)) {
      throw migrating(agent);
    }
  }

  private MabeamException migrating(String agent) {
    Move underWay = byMove.get(byAgent.get(agent)).shown();
    return new MabeamException(
        ErrorCode.MIGRATING,
        "agent '" + agent + "' is on its way from " + underWay.from() + " to " + underWay.to(),
        "wait until it is there; 'mabeam migrations' shows how far it is");
  }

  /** A move may end while it is begun: then the loop that began it goes on. */
  private void next() {
    if (beginning) {
      return;
    }
    beginning = true;
    while (running.size() < most && !waiting.isEmpty()) {
      Map.Entry<Long, Handoff> first = waiting.entrySet().iterator().next();
      waiting.remove(first.getKey());
      running.put(first.getKey(), first.getValue());
      first.getValue().run();
    }
    beginning = false;
    changed.run();
  }

  private void ended(long move, Handoff handoff) {
    running.remove(move);
    waiting.remove(move);
    byAgent.remove(handoff.agentId(), move);
    ended.addFirst(move);
    if (ended.size() > REMEMBERED) {
      byMove.remove(ended.removeLast());
    }
    if (!closed) {
      next();
    }
  }

  /** The move of that number, also if it has ended lately; or null. */
  Handoff get(long move) {
    return byMove.get(move);
  }

  boolean isUnderWay(long move) {
    return running.containsKey(move) || waiting.containsKey(move);
  }

  boolean moves(String agent) {
    return byAgent.containsKey(agent);
  }

  int underWay() {
    return running.size() + waiting.size();
  }

  int runningNow() {
    return running.size();
  }

  MigrationList shown(List<Drained> drains) {
    return new MigrationList(
        running.values().stream().map(Handoff::shown).toList(),
        waiting.values().stream().limit(MigrationList.WAITING).map(Handoff::shown).toList(),
        waiting.size(),
        ended.stream()
            .limit(MigrationList.RECENT)
            .map(move -> byMove.get(move).shown())
            .toList(),
        drains);
  }

  /** Begins no more; those under way go on to their end. */
  void close() {
    closed = true;
    for (Handoff handoff : new ArrayList<>(waiting.values())) {
      handoff.cancel(closing());
    }
  }

  private static MabeamException closing() {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "the agent's node is closing", "it is recovered elsewhere");
  }
}
