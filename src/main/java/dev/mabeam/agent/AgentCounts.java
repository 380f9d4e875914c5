package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.System.Logger.Level;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * What this node has sent, handled and failed at. Meters: {@code mabeam.agent.asks} and {@code
 * mabeam.agent.tells} by outcome (sent from here), {@code mabeam.agent.handled}, {@code
 * mabeam.agent.failed} and {@code mabeam.agent.broken} (here), {@code mabeam.agent.waiting}; and
 * {@code mabeam.fenced.answers}, what agents here would have said after this node had lost its lease
 * for good, which outlasts the room as the node does. No tag names an agent. Any thread.
 */
final class AgentCounts {
  private static final System.Logger LOG = System.getLogger(AgentCounts.class.getName());

  /** How a message ended for its sender. */
  enum Outcome {
    OK,
    NOT_FOUND,
    OVERLOADED,
    UNAVAILABLE,
    READ_ONLY,
    TIMEOUT,
    /** The agent failed, or anything else. */
    FAILED;

    static Outcome of(Throwable failure) {
      if (failure == null) {
        return OK;
      }
      return switch (failure instanceof MabeamException ours ? ours.code() : ErrorCode.INTERNAL) {
        case AGENT_NOT_FOUND -> NOT_FOUND;
        case OVERLOADED -> OVERLOADED;
        case UNAVAILABLE -> UNAVAILABLE;
        case READ_ONLY, INSUFFICIENT_CONSENSUS -> READ_ONLY;
        case TIMEOUT -> TIMEOUT;
        default -> FAILED;
      };
    }
  }

  private final Map<Outcome, LongAdder> asks = adders();
  private final Map<Outcome, LongAdder> tells = adders();
  private final LongAdder handled = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder broken = new LongAdder();
  private final LongAdder waiting = new LongAdder();
  private final LongAdder unsaid = new LongAdder();
  private volatile Counter unsaidByNode;

  private static Map<Outcome, LongAdder> adders() {
    Map<Outcome, LongAdder> adders = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      adders.put(outcome, new LongAdder());
    }
    return adders;
  }

  /** A message from here has ended; {@code failure} is null if it went well. */
  void ended(boolean asked, Throwable failure) {
    (asked ? asks : tells).get(Outcome.of(failure)).increment();
  }

  void handled() {
    handled.increment();
  }

  /** An agent has not given its state, and begins again. */
  void broken() {
    broken.increment();
  }

  /** So much was not said, since it was another node's to say it. */
  void unsaid(int count) {
    unsaid.add(count);
    Counter ofNode = unsaidByNode;
    if (ofNode != null) {
      ofNode.increment(count);
    }
  }

  void waiting(int by) {
    waiting.add(by);
  }

  /** Counts, logs what is a defect of the agent's, and returns what its sender gets. */
  MabeamException agentFailed(String id, Throwable failure) {
    failed.increment();
    MabeamException ours = MabeamException.of(failure);
    if (ours.code() == ErrorCode.INTERNAL) {
      LOG.log(Level.WARNING, "agent '" + id + "' failed to handle a message", failure);
    }
    return ours;
  }

  long asks(Outcome outcome) {
    return asks.get(outcome).sum();
  }

  long tells(Outcome outcome) {
    return tells.get(outcome).sum();
  }

  long handledHere() {
    return handled.sum();
  }

  long failures() {
    return failed.sum();
  }

  long timesBroken() {
    return broken.sum();
  }

  long unsaid() {
    return unsaid.sum();
  }

  long waiting() {
    return waiting.sum();
  }

  void register(MeterRegistry registry) {
    for (Outcome outcome : Outcome.values()) {
      sent(registry, "mabeam.agent.asks", "Asks sent from here", outcome, asks.get(outcome));
      sent(registry, "mabeam.agent.tells", "Tells sent from here", outcome, tells.get(outcome));
    }
    counter(registry, "mabeam.agent.handled", "Messages that agents here handled", handled);
    counter(registry, "mabeam.agent.failed", "Messages that agents here failed at", failed);
    counter(
        registry,
        "mabeam.agent.broken",
        "How often agents here did not give their state and began again",
        broken);
    unsaidByNode =
        Counter.builder("mabeam.fenced.answers")
            .description("What agents here did not say, since the lease was lost for good")
            .register(registry);
    gauge(registry, "mabeam.agent.waiting", "Messages in mailboxes here", c -> c.waiting.sum());
  }

  private void gauge(
      MeterRegistry registry, String name, String what, ToDoubleFunction<AgentCounts> value) {
    Gauge.builder(name, this, value).description(what).strongReference(true).register(registry);
  }

  private static void sent(
      MeterRegistry registry, String name, String what, Outcome outcome, LongAdder adder) {
    FunctionCounter.builder(name, adder, LongAdder::sum)
        .description(what + ", by outcome")
        .tag("outcome", outcome.name().toLowerCase(java.util.Locale.ROOT))
        .register(registry);
  }

  private static void counter(
      MeterRegistry registry, String name, String what, LongAdder adder) {
    FunctionCounter.builder(name, adder, LongAdder::sum).description(what).register(registry);
  }
}
