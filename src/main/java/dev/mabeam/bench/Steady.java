package dev.mabeam.bench;

import dev.mabeam.agent.Agents;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * An open loop: so many messages a second to {@link TallyAgent}s in turn, whether or not the ones
 * before have been answered, as many independent clients would send them. All on one context.
 */
final class Steady {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Buffer QUESTION = Buffer.buffer(8).appendLong(0);

  /** One of the agents, as this sender knows it. */
  static final class Target {
    final String id;
    private Tally before;
    private long sent;
    private long slowestNanos;

    private Target(String id) {
      this.id = id;
    }

    private void begin(Tally tally) {
      before = tally;
      sent = tally.last();
    }
  }

  /** What came of a disturbance, and how long a message had to wait for it. */
  record Disturbed<T>(T outcome, long nanos) {}

  private final Vertx vertx;
  private final Context context;
  private final Agents agents;
  private final List<Target> targets;
  private final double perNano;
  private final Latencies latencies = new Latencies();
  private final Promise<Void> quiet = Promise.promise();
  private long start;
  private long sent;
  private long answered;
  private long failed;
  private String failure = "";
  private long timer;
  private boolean ended;

  Steady(Vertx vertx, Context context, Agents agents, List<String> ids, int perSecond) {
    this.vertx = vertx;
    this.context = context;
    this.agents = agents;
    this.targets = ids.stream().map(Target::new).toList();
    this.perNano = perSecond / 1e9;
  }

  List<Target> targets() {
    return targets;
  }

  /** Numbers go on after those that the agents have had. */
  Future<Void> start() {
    Promise<Void> started = Promise.promise();
    context.runOnContext(
        none ->
            tallies()
                .map(
                    tallies -> {
                      for (int i = 0; i < tallies.size(); i++) {
                        targets.get(i).begin(tallies.get(i));
                      }
                      start = System.nanoTime();
                      timer = vertx.setPeriodic(1, tick -> tick());
                      return (Void) null;
                    })
                .onComplete(started));
    return started.future();
  }

  private Future<List<Tally>> tallies() {
    return Future.all(
            targets.stream().map(target -> agents.ask(target.id, QUESTION, DEADLINE)).toList())
        .map(answers -> answers.<Buffer>list().stream().map(Tally::decode).toList());
  }

  private void tick() {
    long due = (long) ((System.nanoTime() - start) * perNano);
    while (sent < due) {
      send(targets.get((int) (sent++ % targets.size())));
    }
  }

  private Future<Object> send(Target target) {
    long now = System.nanoTime();
    Future<Object> answer =
        agents.ask(target.id, Buffer.buffer(8).appendLong(++target.sent), DEADLINE);
    answer.onComplete(outcome -> onContext(() -> ended(target, now, outcome)));
    return answer;
  }

  private void onContext(Runnable task) {
    if (Vertx.currentContext() == context) {
      task.run();
    } else {
      context.runOnContext(none -> task.run());
    }
  }

  private void ended(Target target, long started, AsyncResult<Object> outcome) {
    long nanos = System.nanoTime() - started;
    answered++;
    if (outcome.failed()) {
      failed++;
      failure = failure.isEmpty() ? target.id + ": " + outcome.cause() : failure;
    }
    latencies.record(nanos);
    target.slowestNanos = Math.max(target.slowestNanos, nanos);
    if (ended && answered == sent) {
      quiet.tryComplete();
    }
  }

  /**
   * Does something with an agent and completes with what came of it, and how long, at most, a
   * message took that was under way meanwhile.
   */
  <T> Future<Disturbed<T>> pauseOf(Target target, Supplier<Future<T>> disturbance) {
    Promise<Disturbed<T>> slowest = Promise.promise();
    context.runOnContext(
        none -> {
          target.slowestNanos = 0;
          disturbance
              .get()
              .onComplete(
                  done -> {
                    sent++;
                    send(target)
                        .onComplete(
                            last ->
                                slowest.complete(new Disturbed<>(done, target.slowestNanos)));
                  },
                  slowest::fail);
        });
    return slowest.future();
  }

  /** Sends no more; completes with what became of everything, agent by agent asked at the end. */
  Future<JsonObject> end() {
    context.runOnContext(
        none -> {
          vertx.cancelTimer(timer);
          ended = true;
          if (answered == sent) {
            quiet.tryComplete();
          }
        });
    return quiet.future().compose(none -> tallies()).map(this::result);
  }

  private JsonObject result(List<Tally> tallies) {
    long lost = 0;
    long duplicated = 0;
    long missed = 0;
    for (int i = 0; i < tallies.size(); i++) {
      Target target = targets.get(i);
      lost += target.sent - tallies.get(i).last();
      duplicated += tallies.get(i).duplicated() - target.before.duplicated();
      missed += tallies.get(i).missed() - target.before.missed();
    }
    return new JsonObject()
        .put("sent", sent)
        .put("failed", failed)
        .put("failure", failure)
        .put("lost", lost)
        .put("duplicated", duplicated)
        .put("lostOrReordered", missed)
        .put("p50Micros", latencies.nanosAt(0.50) / 1e3)
        .put("p99Micros", latencies.nanosAt(0.99) / 1e3);
  }
}
