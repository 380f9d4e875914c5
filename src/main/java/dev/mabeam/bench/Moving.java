package dev.mabeam.bench;

import dev.mabeam.Mabeam;
import dev.mabeam.agent.Agents;
import dev.mabeam.migration.Migrations;
import dev.mabeam.migration.Move;
import dev.mabeam.migration.Phases;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/** Agents that are moved between two nodes, or drained from one, while they get messages. */
final class Moving {
  private static final Duration PATIENCE = Duration.ofSeconds(50);
  private static final int SLOWEST = 5;

  /** The phases of a move, and the pause that a sender saw. */
  private record Pause(long nanos, Phases phases) {
    JsonObject toJson() {
      return phases.toJson().put("sender", nanos / 1e6);
    }
  }

  private final Agents agents;
  private final Migrations migrations;
  private final Steady steady;
  private final Latencies pauses = new Latencies();
  private final Latencies moves = new Latencies();
  private final Map<String, Latencies> phases = new LinkedHashMap<>();
  /** The least slow of them first. */
  private final PriorityQueue<Pause> slowest =
      new PriorityQueue<>(Comparator.comparingLong(Pause::nanos));
  private long refused;
  private String failure = "";

  private Moving(Mabeam mabeam, Context context, List<String> ids, int perSecond) {
    agents = mabeam.agents();
    migrations = mabeam.migrations();
    steady = new Steady(mabeam.vertx(), context, agents, ids, perSecond);
  }

  /**
   * Moves agents to and fro for so long, so many at a time; completes with how often, what a sender
   * saw of it, and what became of the messages.
   */
  static Future<JsonObject> toAndFro(
      Mabeam mabeam,
      Context context,
      List<String> ids,
      int perSecond,
      List<String> nodes,
      int atATime,
      Duration length) {
    Moving moving = new Moving(mabeam, context, ids, perSecond);
    return moving
        .steady
        .start()
        .compose(started -> moving.lanes(nodes, atATime, System.nanoTime() + length.toNanos()))
        .compose(done -> moving.steady.end())
        .map(moving::result);
  }

  private Future<Void> lanes(List<String> nodes, int atATime, long end) {
    List<Steady.Target> targets = steady.targets();
    int lanes = Math.min(atATime, targets.size());
    return Future.join(
            IntStream.range(0, lanes)
                .mapToObj(lane -> lane(targets, lane, lanes, nodes, end))
                .toList())
        .mapEmpty();
  }

  /** Moves the lane's agents one after the other until the time is up. */
  private Future<Void> lane(
      List<Steady.Target> targets, int index, int lanes, List<String> nodes, long end) {
    if (System.nanoTime() - end > 0) {
      return Future.succeededFuture();
    }
    int next = index + lanes;
    Steady.Target target = targets.get(index % targets.size());
    return steady
        .pauseOf(target, () -> move(target.id, nodes))
        .onSuccess(this::paused)
        .otherwiseEmpty()
        .compose(done -> lane(targets, next % (targets.size() * lanes), lanes, nodes, end));
  }

  private synchronized void paused(Steady.Disturbed<Move> moved) {
    pauses.record(moved.nanos());
    Phases each = moved.outcome().phases();
    for (Map.Entry<String, Object> phase : each.toJson()) {
      phases
          .computeIfAbsent(phase.getKey(), name -> new Latencies())
          .record((long) ((Double) phase.getValue() * 1e6));
    }
    slowest.add(new Pause(moved.nanos(), each));
    if (slowest.size() > SLOWEST) {
      slowest.poll();
    }
  }

  private Future<Move> move(String id, List<String> nodes) {
    String here = agents.get(id).map(agent -> agent.node()).orElse("");
    String there = nodes.stream().filter(node -> !here.startsWith(node + "#")).findFirst().get();
    long start = System.nanoTime();
    return migrations
        .migrate(id, there)
        .onComplete(done -> moved(System.nanoTime() - start), this::refused);
  }

  private synchronized void moved(long nanos) {
    moves.record(nanos);
  }

  private synchronized void refused(Throwable why) {
    refused++;
    failure = failure.isEmpty() ? String.valueOf(why) : failure;
  }

  private synchronized JsonObject result(JsonObject messages) {
    return new JsonObject()
        .put("moves", moves.count())
        .put("refused", refused)
        .put("why", failure)
        .put("moveP50Millis", moves.nanosAt(0.50) / 1e6)
        .put("moveP99Millis", moves.nanosAt(0.99) / 1e6)
        .put("pauseP50Millis", pauses.nanosAt(0.50) / 1e6)
        .put("pauseP99Millis", pauses.nanosAt(0.99) / 1e6)
        .put("pauseMaxMillis", pauses.nanosAt(1) / 1e6)
        .put("phases", phases())
        .put("slowest", new JsonArray(slowest.stream().map(Pause::toJson).toList()))
        .put("messages", messages);
  }

  private JsonObject phases() {
    JsonObject all = new JsonObject();
    phases.forEach(
        (phase, millis) ->
            all.put(phase + "P50Millis", millis.nanosAt(0.50) / 1e6)
                .put(phase + "P99Millis", millis.nanosAt(0.99) / 1e6));
    return all;
  }

  /** Drains a node while its agents get messages, and lets it have agents again. */
  static Future<JsonObject> drain(
      Mabeam mabeam, Context context, List<String> ids, int perSecond, String node) {
    Moving moving = new Moving(mabeam, context, ids, perSecond);
    JsonObject result = new JsonObject();
    return moving
        .steady
        .start()
        .map(started -> System.nanoTime())
        .compose(
            start ->
                mabeam
                    .migrations()
                    .drain(node, PATIENCE)
                    .map(
                        drained ->
                            result
                                .put("seconds", (System.nanoTime() - start) / 1e9)
                                .put("empty", drained.empty())
                                .put("moved", drained.moved())))
        .compose(drained -> moving.steady.end())
        .map(messages -> result.put("messages", messages))
        .compose(done -> mabeam.migrations().undrain(node).map(result));
  }
}
