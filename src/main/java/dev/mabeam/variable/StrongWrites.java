package dev.mabeam.variable;

import dev.mabeam.consensus.Decisions;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.consistency.Decided;
import dev.mabeam.variable.consistency.Strong;
import dev.mabeam.variable.consistency.Writing;
import dev.mabeam.variable.conflict.Write;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * Brings this node's writes of strong variables into the log. Those that come while {@link
 * #MOST_COMMANDS} commands are under way wait and share the next one, so what is under way grows
 * with how long a decision takes, and the cost of a decision is shared.
 *
 * <p>A write that has not been proposed at its deadline is certainly not applied:
 * INSUFFICIENT_CONSENSUS. Of one that was, the log says what it is certain of; a command is given
 * up at the deadline of its first write, and what it carried besides, which is only a little later,
 * is proposed again if it is certain that it was not applied.
 *
 * <p>On the room's thread.
 */
final class StrongWrites implements Decided {
  /** How many commands of one node are under way. */
  static final int MOST_COMMANDS = 4;

  private static final int MOST_WRITES = 256;
  private static final long MOST_BYTES = 256 << 10;
  private static final int MOST_WAITING = 10_000;
  private static final long MOST_WAITING_BYTES = 64L << 20;
  private static final Duration LOOK = Duration.ofMillis(50);

  /** A write under way. */
  private record Pending(
      VariableInfo info,
      StrongValues.Command command,
      Object value,
      long bytes,
      long endNanos,
      Promise<VariableValue> promise) {}

  private final String self;
  private final Decisions decisions;
  private final VariableDefinitions definitions;
  private final Predicate<String> heard;
  private final Scheduler scheduler;
  private final Deque<Pending> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private int underWay;
  private boolean flushSet;
  private boolean looking;
  private boolean resting;

  StrongWrites(VariableContext context) {
    self = context.nodeId();
    decisions = context.decisions();
    definitions = context.definitions();
    heard = context.heard();
    scheduler = context.scheduler();
  }

  @Override
  public String nodeId() {
    return self;
  }

  @Override
  public boolean hears(String nodeId) {
    return heard.test(nodeId);
  }

  @Override
  public Future<Void> barrier(Duration deadline) {
    return decisions.barrier(deadline);
  }

  @Override
  public long index() {
    return decisions.appliedIndex();
  }

  @Override
  public VariableValue value(String name, boolean stale) {
    // The index first: what is read after it is at least as new.
    long index = decisions.appliedIndex();
    VariableInfo info =
        definitions
            .definition(name)
            .filter(there -> there.options().consistency() == Consistency.STRONG)
            .orElseThrow(() -> Offered.noSuch(name));
    StrongValues.Held held = definitions.values().get(name);
    return value(info, held == null ? StrongValues.first(info) : held, index, stale);
  }

  /** What a reader of {@code held} gets who knows the log up to {@code index}. */
  VariableValue value(VariableInfo info, StrongValues.Held held, long index, boolean stale) {
    Object value = held.value(StrongValues.resolution(info));
    return value(
        info.name(), Replica.share(value), held.version(), held.deleted(), index, stale);
  }

  private VariableValue value(
      String name, Object value, long version, boolean deleted, long index, boolean stale) {
    return new VariableValue(
        value,
        new JsonObject().put(Strong.LOG, version),
        List.of(),
        self,
        stale,
        Strong.token(name, Math.max(version, index)),
        deleted);
  }

  @Override
  public Future<VariableValue> decide(VariableInfo variable, Writing writing) {
    StrongValues.Command command = command(variable, writing);
    long bytes = 64 + command.bytes();
    if (waiting.size() >= MOST_WAITING || waitingBytes + bytes > MOST_WAITING_BYTES) {
      throw new MabeamException(
          ErrorCode.OVERLOADED,
          "too many strong writes wait on node " + self,
          "try again in a moment");
    }
    long end = scheduler.nanos() + Math.max(1, writing.millis()) * 1_000_000;
    Object value = writing.write().value();
    Pending pending = new Pending(variable, command, value, bytes, end, Promise.promise());
    waiting.add(pending);
    waitingBytes += bytes;
    flushSoon();
    return pending.promise.future();
  }

  private StrongValues.Command command(VariableInfo variable, Writing writing) {
    Write write = writing.write();
    // Whoever proposes it breaks the tie of two equal stamps.
    Write by = new Write(write.value(), write.key(), write.epoch(), write.stamp(), self);
    String name = variable.name();
    return switch (writing.kind()) {
      case SET -> StrongValues.Command.of(name, StrongValues.Kind.SET, null, 0, by);
      case DELETE -> StrongValues.Command.of(name, StrongValues.Kind.DELETE, null, 0, by);
      case COMPARE_AND_SET -> {
        requireWhole(variable);
        yield StrongValues.Command.of(
            name, StrongValues.Kind.COMPARE_AND_SET, writing.expected(), 0, by);
      }
      case RESOLVE -> {
        requireWhole(variable);
        Long version = writing.seen().getLong(Strong.LOG, 0L);
        yield StrongValues.Command.of(
            name, StrongValues.Kind.SET_IF_VERSION, null, version, by);
      }
    };
  }

  private static void requireWhole(VariableInfo variable) {
    if (variable.options().conflict() == ConflictResolution.MERGE_FUNCTION) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "what is written to '" + variable.name() + "' is merged with what is there: it cannot be"
              + " written on a condition",
          "offered for the other resolutions; set what is to be merged");
    }
  }

  /** In a later turn: what comes in this one shares a command. */
  private void flushSoon() {
    if (!flushSet && !resting && underWay < MOST_COMMANDS) {
      flushSet = true;
      scheduler.execute(this::flush);
    } else if (!looking) {
      looking = true;
      scheduler.after(LOOK, this::look);
    }
  }

  /** Gives up what has waited too long. */
  private void look() {
    looking = false;
    long now = scheduler.nanos();
    waiting.removeIf(
        pending -> {
          boolean late = now - pending.endNanos >= 0;
          if (late) {
            waitingBytes -= pending.bytes;
            pending.promise.tryFail(insufficient(pending));
          }
          return late;
        });
    if (!waiting.isEmpty()) {
      looking = true;
      scheduler.after(LOOK, this::look);
    }
  }

  private static MabeamException insufficient(Pending pending) {
    return new MabeamException(
        ErrorCode.INSUFFICIENT_CONSENSUS,
        "no majority of the voters could be had to write '" + pending.command.name()
            + "': it was not written",
        "see who votes with 'mabeam status'");
  }

  private void flush() {
    flushSet = false;
    if (!looking) {
      look();
    }
    while (!resting && underWay < MOST_COMMANDS && !waiting.isEmpty()) {
      propose(next());
    }
  }

  /** Those that wait longest, as far as they have about as much time left as the first. */
  private List<Pending> next() {
    List<Pending> batch = new ArrayList<>();
    long now = scheduler.nanos();
    long most = now + (waiting.peek().endNanos - now) * 5 / 4;
    long least = waiting.peek().endNanos;
    long bytes = 0;
    while (!waiting.isEmpty() && batch.size() < MOST_WRITES) {
      Pending next = waiting.peek();
      boolean fits =
          bytes + next.bytes <= MOST_BYTES
              && next.endNanos - most <= 0
              && next.endNanos - least >= 0;
      if (!batch.isEmpty() && !fits) {
        break;
      }
      batch.add(waiting.poll());
      bytes += next.bytes;
      waitingBytes -= next.bytes;
    }
    return batch;
  }

  private void propose(List<Pending> batch) {
    underWay++;
    Duration left = Duration.ofNanos(Math.max(1, batch.get(0).endNanos - scheduler.nanos()));
    List<StrongValues.Command> commands = batch.stream().map(Pending::command).toList();
    decisions
        .propose(VariableDefinitions.NAME, VariableDefinitions.write(commands), left)
        .onComplete(
            answer -> onThread(() -> decided(batch, answer)),
            failure -> onThread(() -> failed(batch, MabeamException.of(failure))));
  }

  private void onThread(Runnable task) {
    scheduler.execute(
        () -> {
          underWay--;
          task.run();
          if (!waiting.isEmpty()) {
            flushSoon();
          }
        });
  }

  /** Whatever reading the answer throws is the outcome of those that have none yet. */
  private void decided(List<Pending> batch, Buffer answer) {
    try {
      done(batch, answer);
    } catch (RuntimeException defect) {
      failed(batch, MabeamException.of(defect));
    }
  }

  private void done(List<Pending> batch, Buffer answer) {
    List<StrongValues.Done> all = VariableDefinitions.written(answer);
    for (int i = 0; i < batch.size(); i++) {
      Pending pending = batch.get(i);
      StrongValues.Done done = all.get(i);
      if (done.refusal() == null) {
        pending.promise.tryComplete(value(pending, done));
      } else {
        pending.promise.tryFail(done.refusal());
      }
    }
  }

  private VariableValue value(Pending pending, StrongValues.Done done) {
    boolean merged =
        pending.info.options().conflict() == ConflictResolution.MERGE_FUNCTION;
    Object value = merged ? done.value() : pending.value;
    return value(
        pending.command.name(),
        done.deleted() ? null : Replica.share(value),
        done.version(),
        done.deleted(),
        done.version(),
        false);
  }

  private void failed(List<Pending> batch, MabeamException failure) {
    boolean certain = failure.code() == ErrorCode.INSUFFICIENT_CONSENSUS;
    long now = scheduler.nanos();
    List<Pending> again = new ArrayList<>();
    for (Pending pending : batch) {
      if (certain && pending.endNanos - now > LOOK.toNanos()) {
        again.add(pending);
      } else {
        pending.promise.tryFail(certain ? insufficient(pending) : failure);
      }
    }
    if (!again.isEmpty() && !resting) {
      resting = true;
      scheduler.after(
          LOOK,
          () -> {
            resting = false;
            flush();
          });
    }
    for (int i = again.size() - 1; i >= 0; i--) {
      waiting.addFirst(again.get(i));
      waitingBytes += again.get(i).bytes;
    }
  }
}
