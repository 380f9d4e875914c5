package dev.mabeam.bench;

import dev.mabeam.agent.Agents;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/**
 * Asks agents on a node again and again until each has answered from another one. Moments are of
 * {@link System#nanoTime}, which all processes of a Linux machine share.
 */
final class Survival {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final Vertx vertx;
  private final Agents agents;
  private final String node;
  private final long pauseMillis;
  private long failed;
  private String failure = "";
  private long forgotten;
  private long doubled;

  private Survival(Vertx vertx, Agents agents, String node, long pauseMillis) {
    this.vertx = vertx;
    this.agents = agents;
    this.node = node;
    this.pauseMillis = pauseMillis;
  }

  /**
   * Completes with the moments in which the agents answered from elsewhere, and what of their
   * state was missing then.
   */
  static Future<JsonObject> watch(
      Vertx vertx, Context context, Agents agents, List<String> ids, String node) {
    Survival survival = new Survival(vertx, agents, node, ids.size() > 100 ? 100 : 1);
    Promise<JsonObject> result = Promise.promise();
    context.runOnContext(
        none ->
            Future.all(ids.stream().map(id -> survival.watch(id, 1, 0)).toList())
                .map(all -> survival.result(all.list()))
                .onComplete(result));
    return result.future();
  }

  private JsonObject result(List<Long> moments) {
    return new JsonObject()
        .put("moments", new JsonArray(moments))
        .put("failed", failed)
        .put("failure", failure)
        .put("forgotten", forgotten)
        .put("doubled", doubled);
  }

  /**
   * @param answered the highest number that was answered
   */
  private Future<Long> watch(String id, long number, long answered) {
    return agents
        .ask(id, Buffer.buffer(8).appendLong(number), DEADLINE)
        .map(answer -> Tally.decode((Buffer) answer))
        .transform(
            outcome -> {
              if (outcome.failed()) {
                failed++;
                failure = failure.isEmpty() ? id + ": " + outcome.cause() : failure;
                return later().compose(none -> watch(id, number + 1, answered));
              }
              Tally tally = outcome.result();
              if (tally.node().startsWith(node + "#")) {
                return later().compose(none -> watch(id, number + 1, number));
              }
              forgotten += tally.missed() > number - answered - 1 ? 1 : 0;
              doubled += tally.duplicated();
              return Future.succeededFuture(System.nanoTime());
            });
  }

  private Future<Void> later() {
    Promise<Void> later = Promise.promise();
    vertx.setTimer(pauseMillis, tick -> later.complete());
    return later.future();
  }
}
