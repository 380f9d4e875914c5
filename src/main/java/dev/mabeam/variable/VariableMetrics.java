package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.ledger.Fault;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * {@code mabeam.variable.reads} and {@code .writes} by consistency and outcome, {@code
 * mabeam.variable.gossip.messages} and {@code .bytes} by kind, {@code mabeam.variable.conflicts} by
 * strategy, {@code mabeam.variable.ledger.faults} by reason, {@code mabeam.variable.lag} and {@code mabeam.variable.clock.ahead}. No tag names a
 * variable or a node. Any thread.
 */
final class VariableMetrics {
  /** The level of a call whose variable nobody knows. */
  static final String NONE = "none";

  private final MeterRegistry registry;
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();
  private final Map<Call, Counter> calls = new ConcurrentHashMap<>();
  private final Timer lag;
  private final Counter ahead;
  private final Counter readsHere;
  private final Counter writesHere;

  /** What a call is counted as. */
  private record Call(String what, String level, String outcome) {}

  VariableMetrics(MeterRegistry registry) {
    this.registry = registry;
    lag =
        Timer.builder("mabeam.variable.lag")
            .description("From a write to its arrival here, by the two nodes' wall clocks")
            .register(registry);
    ahead =
        Counter.builder("mabeam.variable.clock.ahead")
            .description("Writes stamped by a clock that is further ahead than is taken over")
            .register(registry);
    readsHere = counter("reads", Consistency.EVENTUAL.word(), "ok");
    writesHere = counter("writes", Consistency.EVENTUAL.word(), "ok");
  }

  /** A read that this node answered itself. */
  void readHere() {
    readsHere.increment();
  }

  /** A write that was done where it was asked for. */
  void writtenHere() {
    writesHere.increment();
  }

  /**
   * @param level is asked when it has ended
   */
  <T> Future<T> read(Supplier<String> level, Future<T> outcome) {
    return counted("reads", level, outcome);
  }

  /**
   * @param level is asked when it has ended
   */
  <T> Future<T> written(Supplier<String> level, Future<T> outcome) {
    return counted("writes", level, outcome);
  }

  private <T> Future<T> counted(String what, Supplier<String> level, Future<T> outcome) {
    return outcome.onComplete(
        done ->
            counter(what, level.get(), done.succeeded() ? "ok" : outcome(done.cause()))
                .increment());
  }

  private static String outcome(Throwable failure) {
    ErrorCode code = MabeamException.of(failure).code();
    return code.name().toLowerCase(Locale.ROOT);
  }

  private Counter counter(String what, String level, String outcome) {
    return calls.computeIfAbsent(
        new Call(what, level, outcome),
        key ->
            Counter.builder("mabeam.variable." + what)
                .description("What was asked of variables on this node, by level and outcome")
                .tag("consistency", level)
                .tag("outcome", outcome)
                .register(registry));
  }

  void sent(String kind, int bytes) {
    gossip("messages", kind).increment();
    gossip("bytes", kind).increment(bytes);
  }

  private Counter gossip(String what, String kind) {
    return counters.computeIfAbsent(
        what + kind,
        key ->
            Counter.builder("mabeam.variable.gossip." + what)
                .description("What this node sent to other replicas, by kind")
                .tag("kind", kind)
                .register(registry));
  }

  void conflict(String strategy) {
    counters
        .computeIfAbsent(
            "conflicts" + strategy,
            key ->
                Counter.builder("mabeam.variable.conflicts")
                    .description("States that arrived here and left more than one value")
                    .tag("strategy", strategy)
                    .register(registry))
        .increment();
  }

  /** Something of a ledger was refused. */
  void fault(Fault.Reason reason) {
    counters
        .computeIfAbsent(
            "faults" + reason,
            key ->
                Counter.builder("mabeam.variable.ledger.faults")
                    .description("What other nodes sent of a ledger and this one refused")
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .register(registry))
        .increment();
  }

  void lag(long millis) {
    lag.record(Duration.ofMillis(Math.max(0, millis)));
  }

  void ahead() {
    ahead.increment();
  }
}
