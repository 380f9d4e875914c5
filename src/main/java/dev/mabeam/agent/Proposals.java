package dev.mabeam.agent;

import dev.mabeam.consensus.Decisions;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * This node's commands to the directory. What is asked for while commands are under way becomes one
 * command, so a thousand deployments take a handful of decisions. On the room's context.
 *
 * <p>Without a majority nothing waits longer than the command that found out: what waits behind it
 * fails with it.
 */
final class Proposals {
  static final int MOST_IN_FLIGHT = 2;
  static final int MOST_OPS = 256;
  /** A specification may have a large config. */
  private static final int MOST_WEIGHT = 200_000;

  private record Waiting(Op op, Promise<Long> result) {
    int weight() {
      return op instanceof Op.Deploy deploy && !deploy.spec().config().isEmpty()
          ? deploy.spec().config().encode().length()
          : 100;
    }
  }

  private final Decisions decisions;
  private final Executor context;
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private int inFlight;

  Proposals(Decisions decisions, Executor context) {
    this.decisions = decisions;
    this.context = context;
  }

  /**
   * Completes with the agent's epoch once it is decided and applied here. Fails with what the
   * directory refused it with, or as {@link Decisions#propose} does.
   */
  Future<Long> submit(Op op) {
    Promise<Long> result = Promise.promise();
    waiting.add(new Waiting(op, result));
    propose();
    return result.future();
  }

  private void propose() {
    while (inFlight < MOST_IN_FLIGHT && !waiting.isEmpty()) {
      List<Waiting> batch = batch();
      inFlight++;
      decisions
          .propose(AgentDirectory.NAME, Op.command(batch.stream().map(Waiting::op).toList()))
          .onComplete(answer -> context.execute(() -> decided(batch, answer)));
    }
  }

  private List<Waiting> batch() {
    List<Waiting> batch = new ArrayList<>();
    int weight = 0;
    while (batch.size() < MOST_OPS && weight < MOST_WEIGHT && !waiting.isEmpty()) {
      Waiting next = waiting.poll();
      weight += next.weight();
      batch.add(next);
    }
    return batch;
  }

  private void decided(List<Waiting> batch, AsyncResult<Buffer> answer) {
    inFlight--;
    if (answer.failed()) {
      fail(batch, answer.cause());
      if (MabeamException.of(answer.cause()).code() == ErrorCode.INSUFFICIENT_CONSENSUS) {
        List<Waiting> behind = List.copyOf(waiting);
        waiting.clear();
        fail(behind, answer.cause());
      }
    } else {
      JsonArray results = answer.result().toJsonObject().getJsonArray("results");
      for (int i = 0; i < batch.size(); i++) {
        settle(batch.get(i).result(), results.getJsonObject(i));
      }
    }
    propose();
  }

  private static void fail(List<Waiting> all, Throwable why) {
    all.forEach(each -> each.result().fail(why));
  }

  private static void settle(Promise<Long> promise, JsonObject result) {
    JsonObject error = result.getJsonObject("error");
    if (error != null) {
      promise.fail(MabeamException.fromJson(error));
    } else {
      promise.complete(result.getLong("epoch"));
    }
  }
}
