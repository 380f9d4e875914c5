package dev.mabeam.variable;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;

/**
 * Gets something done at a node that takes it: here if this one does, else at one of the others, in
 * random order, until the deadline.
 *
 * <p>Another one is asked if it is certain that the one before did nothing: nobody served the
 * address, or it answered that it does not take it. If it did not answer at all, only
 * what may be done twice is asked of another. So a failure with TIMEOUT may have taken effect, and
 * one with UNAVAILABLE has not.
 */
final class Access {
  static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final String self;
  private final Bus bus;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Function<String, VariableInfo> definition;

  Access(VariableContext context, Function<String, VariableInfo> definition) {
    this.self = context.nodeId();
    this.bus = context.bus();
    this.scheduler = context.scheduler();
    this.random = context.random();
    this.definition = definition;
  }

  /**
   * One operation.
   *
   * @param verb the last word of the address
   * @param takers the nodes that do it; this one alone if it does
   * @param here does it on this node
   * @param body what to send to another, with that many milliseconds left
   * @param changes whether it changes anything
   * @param repeatable whether it may be done on two nodes
   * @param deadline how long it may take
   */
  record Operation(
      String name,
      String verb,
      Function<VariableInfo, List<String>> takers,
      Function<VariableInfo, Future<VariableValue>> here,
      LongFunction<JsonObject> body,
      boolean changes,
      boolean repeatable,
      Duration deadline) {}

  Future<VariableValue> run(Operation operation) {
    Promise<VariableValue> result = Promise.promise();
    new Run(operation, result).start();
    return result.future();
  }

  /** One operation under way. */
  private final class Run {
    private final Operation operation;
    private final Promise<VariableValue> result;
    private final long endNanos;
    private List<String> left = List.of();
    private boolean unknown;
    private Throwable behind;
    private MabeamException refusal;

    Run(Operation operation, Promise<VariableValue> result) {
      this.operation = operation;
      this.result = result;
      endNanos = scheduler.nanos() + operation.deadline().toNanos();
    }

    void start() {
      guarded(this::round);
    }

    /** What a step throws is the outcome. */
    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException failure) {
        failed(failure);
      }
    }

    /** A refusal here and now says nothing of a replica that was asked before. */
    private void failed(Throwable failure) {
      result.fail(unknown && operation.changes() ? late() : failure);
    }

    private void round() {
      VariableInfo info = definition.apply(operation.name());
      left = new ArrayList<>(operation.takers().apply(info));
      if (left.remove(self)) {
        Collections.shuffle(left, new Random(random.nextLong()));
        operation.here().apply(info).onComplete(result::complete, this::notHere);
        return;
      }
      Collections.shuffle(left, new Random(random.nextLong()));
      next();
    }

    private void notHere(Throwable failure) {
      if (isForAnother(failure)) {
        guarded(this::next);
      } else {
        failed(failure);
      }
    }

    private void next() {
      long millis = millisLeft();
      if (millis <= 0) {
        result.fail(outOfTime());
      } else if (left.isEmpty()) {
        scheduler.after(PAUSE, () -> guarded(this::round));
      } else {
        ask(left.remove(left.size() - 1), millis);
      }
    }

    private void ask(String node, long millis) {
      long patience = operation.repeatable() ? Math.min(PATIENCE.toMillis(), millis) : millis;
      bus.request(
              Addresses.node(node, "variable", operation.verb()),
              operation.body().apply(patience),
              Duration.ofMillis(patience))
          .onComplete(
              answer -> guarded(() -> answered(answer)),
              failure -> guarded(() -> notAnswered(failure)));
    }

    private void answered(JsonObject answer) {
      Future<VariableValue> outcome = Remote.read(() -> Remote.unwrap(answer));
      if (outcome.failed() && isForAnother(outcome.cause())) {
        next();
      } else {
        outcome.onComplete(result::complete, this::failed);
      }
    }

    private void notAnswered(Throwable failure) {
      boolean certain = code(failure) == ErrorCode.NOT_FOUND;
      unknown |= !certain;
      if (certain || operation.repeatable()) {
        next();
      } else {
        result.fail(late());
      }
    }

    /** Whether nothing was done and another one may be able to. */
    private boolean isForAnother(Throwable failure) {
      if (code(failure) == ErrorCode.SESSION_UNAVAILABLE) {
        behind = failure;
        return true;
      }
      if (code(failure) == ErrorCode.UNAVAILABLE) {
        refusal = MabeamException.of(failure);
        return true;
      }
      return false;
    }

    private Throwable outOfTime() {
      if (behind != null && !(unknown && operation.changes())) {
        return behind;
      }
      return unknown ? late() : unavailable();
    }

    private long millisLeft() {
      return (endNanos - scheduler.nanos()) / 1_000_000;
    }

    private MabeamException late() {
      return new MabeamException(
          ErrorCode.TIMEOUT,
          "no replica of '" + operation.name() + "' answered the " + operation.verb() + " in time",
          operation.repeatable()
              ? "whether it took effect is unknown; asking the same again is safe"
              : "whether it took effect is unknown; read before you write it again");
    }

    /** A replica that was reached and could not is another matter than none that was. */
    private MabeamException unavailable() {
      if (refusal != null) {
        return new MabeamException(
            ErrorCode.UNAVAILABLE,
            "no replica of '" + operation.name() + "' could: " + refusal.getMessage(),
            "nothing was done; " + (refusal.hint().isEmpty() ? "try again" : refusal.hint()));
      }
      return new MabeamException(
          ErrorCode.UNAVAILABLE,
          "no replica of '" + operation.name() + "' can be reached",
          "nothing was done; try again when one of its replicas is there");
    }
  }

  private static ErrorCode code(Throwable failure) {
    return MabeamException.of(failure).code();
  }
}
