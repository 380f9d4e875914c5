package dev.mabeam.bench;

import dev.mabeam.variable.Consistency;
import dev.mabeam.variable.SyncStrategy;
import dev.mabeam.variable.VariableOptions;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.Variables;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What a node does with variables in a benchmark. The variables are called {@code <prefix>-0} and so
 * on; moments are of {@link System#nanoTime}, which all processes of a Linux machine share.
 */
final class VariableWork {
  private final Vertx vertx;
  private final Context context;
  private final Variables variables;

  VariableWork(Vertx vertx, Context context, Variables variables) {
    this.vertx = vertx;
    this.context = context;
    this.variables = variables;
  }

  private static String name(JsonObject order, int index) {
    return order.getString("prefix") + "-" + index;
  }

  private static String[] names(JsonObject order) {
    return IntStream.range(0, order.getInteger("keys"))
        .mapToObj(index -> name(order, index))
        .toArray(String[]::new);
  }

  /** Distributes {@code keys} variables at that {@code consistency}, by {@code sync}. */
  Future<JsonObject> distribute(JsonObject order) {
    VariableOptions options = options(order);
    return Future.all(
            IntStream.range(0, order.getInteger("keys"))
                .mapToObj(index -> variables.distribute(name(order, index), options))
                .toList())
        .map(done -> new JsonObject());
  }

  /**
   * Distributes {@code keys} variables numbered from {@code from} on and writes each once, so many
   * {@code outstanding}; answers with how long each of the two took.
   */
  Future<JsonObject> fill(JsonObject order) {
    VariableOptions options = options(order);
    String value = "x".repeat(order.getInteger("bytes"));
    int from = order.getInteger("from");
    long start = System.nanoTime();
    return each(order, index -> variables.distribute(name(order, from + index), options))
        .compose(
            distributed -> {
              long then = System.nanoTime();
              return each(order, index -> variables.set(name(order, from + index), value))
                  .map(
                      written ->
                          new JsonObject()
                              .put("distributeMillis", (then - start) / 1e6)
                              .put("setMillis", (System.nanoTime() - then) / 1e6));
            });
  }

  /**
   * Calls for each of {@code keys}, so many {@code outstanding}, and again where it failed: on a
   * machine that does much else a deadline may pass.
   */
  private Future<Void> each(JsonObject order, IntFunction<Future<?>> call) {
    Promise<Void> result = Promise.promise();
    context.runOnContext(none -> new Each(order, call, result).start());
    return result.future();
  }

  private final class Each {
    private static final long PAUSE_MILLIS = 100;

    private final int keys;
    private final int outstanding;
    private final IntFunction<Future<?>> call;
    private final Promise<Void> result;
    private int failures = 10_000;
    private int sent;
    private int ended;

    Each(JsonObject order, IntFunction<Future<?>> call, Promise<Void> result) {
      keys = order.getInteger("keys");
      outstanding = order.getInteger("outstanding");
      this.call = call;
      this.result = result;
    }

    void start() {
      while (sent < Math.min(outstanding, keys)) {
        run(sent++);
      }
    }

    private void run(int index) {
      call.apply(index)
          .onComplete(outcome -> context.runOnContext(none -> ended(index, outcome)));
    }

    private void ended(int index, AsyncResult<?> outcome) {
      if (outcome.failed()) {
        if (--failures > 0) {
          vertx.setTimer(PAUSE_MILLIS, tick -> run(index));
        } else {
          result.tryFail(outcome.cause());
        }
      } else if (++ended == keys) {
        result.tryComplete();
      } else if (sent < keys) {
        run(sent++);
      }
    }
  }

  private static VariableOptions options(JsonObject order) {
    return VariableOptions.DEFAULT
        .withConsistency(Consistency.of(order.getString("consistency")))
        .withSync(SyncStrategy.of(order.getString("sync")));
  }

  /** Writes text of {@code bytes} to the variables in turn. */
  Supplier<Future<?>> writes(JsonObject order) {
    String[] names = names(order);
    String value = "x".repeat(order.getInteger("bytes"));
    int[] next = {0};
    return () -> variables.set(names[(next[0]++ & Integer.MAX_VALUE) % names.length], value);
  }

  /** How long {@code reads} reads take, each by itself, of variables that are kept here. */
  Future<JsonObject> read(JsonObject order) {
    Promise<JsonObject> result = Promise.promise();
    context.runOnContext(
        none -> {
          String[] names = names(order);
          Latencies latencies = new Latencies();
          int elsewhere = 0;
          for (int i = 0; i < order.getInteger("reads"); i++) {
            long start = System.nanoTime();
            Future<?> read = variables.get(names[i % names.length]);
            if (read.isComplete()) {
              latencies.record(System.nanoTime() - start);
            } else {
              elsewhere++;
            }
          }
          result.complete(
              new JsonObject()
                  .put("reads", latencies.count())
                  .put("notHere", elsewhere)
                  .put("p50Micros", latencies.nanosAt(0.50) / 1e3)
                  .put("p99Micros", latencies.nanosAt(0.99) / 1e3));
        });
    return result.future();
  }

  // ---- a burst, and when everybody has it -----------------------------------------------------

  /**
   * Writes the numbers from {@code from} on, {@code updates} of them, to the variables in turn, so
   * many {@code outstanding}; answers when the first was sent and the last acknowledged.
   */
  Future<JsonObject> burst(JsonObject order) {
    Promise<JsonObject> result = Promise.promise();
    context.runOnContext(none -> new Burst(order, result).start());
    return result.future();
  }

  private final class Burst {
    private final Promise<JsonObject> result;
    private final String[] names;
    private final int from;
    private final int updates;
    private final int outstanding;
    private long started;
    private int sent;
    private int ended;

    Burst(JsonObject order, Promise<JsonObject> result) {
      this.result = result;
      names = names(order);
      from = order.getInteger("from");
      updates = order.getInteger("updates");
      outstanding = order.getInteger("outstanding");
    }

    void start() {
      started = System.nanoTime();
      while (sent < Math.min(outstanding, updates)) {
        next();
      }
    }

    private void next() {
      int number = sent++;
      variables
          .set(names[number % names.length], from + number)
          .onComplete(outcome -> context.runOnContext(none -> ended(outcome)));
    }

    private void ended(AsyncResult<?> outcome) {
      if (outcome.failed()) {
        result.tryFail(outcome.cause());
        return;
      }
      ended++;
      if (sent < updates) {
        next();
      } else if (ended == updates) {
        result.tryComplete(
            new JsonObject().put("started", started).put("ended", System.nanoTime()));
      }
    }
  }

  /** Answers with the moment in which this node had the last number of each variable. */
  Future<JsonObject> converge(JsonObject order) {
    Promise<JsonObject> result = Promise.promise();
    String[] names = names(order);
    int last = order.getInteger("from") + order.getInteger("updates") - 1;
    context.runOnContext(none -> look(names, last, 0, result));
    return result.future();
  }

  /** The variable at {@code done} and those after it have yet to be seen. */
  private void look(String[] names, int last, int done, Promise<JsonObject> result) {
    int least = last - names.length + 1;
    int next = done;
    while (next < names.length) {
      Future<VariableValue> read = variables.get(names[next]);
      boolean there =
          read.succeeded() && read.result().value() instanceof Integer n && n >= least;
      if (!there) {
        int again = next;
        vertx.setTimer(1, tick -> look(names, last, again, result));
        return;
      }
      next++;
    }
    result.complete(new JsonObject().put("at", System.nanoTime()));
  }

  // ---- the longest time without a write that succeeds -------------------------------------------

  /** Writes for {@code millis}, whatever fails, so many {@code outstanding}. */
  Future<JsonObject> gaps(JsonObject order) {
    Promise<JsonObject> result = Promise.promise();
    context.runOnContext(none -> new Gaps(order, result).start(order.getInteger("outstanding")));
    return result.future();
  }

  private final class Gaps {
    private static final long PAUSE_MILLIS = 5;

    private final Promise<JsonObject> result;
    private final Supplier<Future<?>> writes;
    private final long length;
    private long end;
    private long before;
    private long longest;
    private long longestFrom;
    private long succeeded;
    private long failed;
    private String failure = "";
    private int underWay;

    Gaps(JsonObject order, Promise<JsonObject> result) {
      this.result = result;
      writes = writes(order);
      length = order.getLong("millis") * 1_000_000;
    }

    void start(int outstanding) {
      before = System.nanoTime();
      end = before + length;
      for (int i = 0; i < outstanding; i++) {
        underWay++;
        next();
      }
    }

    private void next() {
      writes.get().onComplete(outcome -> context.runOnContext(none -> ended(outcome)));
    }

    private void ended(AsyncResult<?> outcome) {
      long now = System.nanoTime();
      if (outcome.succeeded()) {
        succeeded++;
        if (now - before > longest) {
          longest = now - before;
          longestFrom = before;
        }
        before = now;
      } else {
        failed++;
        failure = failure.isEmpty() ? String.valueOf(outcome.cause()) : failure;
      }
      if (now - end >= 0) {
        underWay--;
        finish();
      } else if (outcome.succeeded()) {
        next();
      } else {
        vertx.setTimer(PAUSE_MILLIS, tick -> next());
      }
    }

    private void finish() {
      if (underWay == 0) {
        result.complete(
            new JsonObject()
                .put("longestMillis", longest / 1e6)
                .put("from", longestFrom)
                .put("succeeded", succeeded)
                .put("failed", failed)
                .put("failure", failure));
      }
    }
  }
}
