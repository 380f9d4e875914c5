package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A read-modify-write: reads, has the caller's function make the next value, and writes it if
 * nothing else was written meanwhile; again until the deadline. Only of strong variables: elsewhere
 * a write that another one does not know of is no obstacle to it.
 */
final class Update {
  /** Writes {@code next}, or ends with CONFLICT if what is there is not what was {@code seen}. */
  interface IfUnchanged {
    Future<VariableValue> write(VariableValue seen, Object next, WriteOptions options);
  }

  private final UnaryOperator<Object> change;
  private final WriteOptions options;
  private final Function<ReadOptions, Future<VariableValue>> read;
  private final IfUnchanged write;
  private final Scheduler scheduler;
  private final long endNanos;

  Update(
      VariableInfo info,
      UnaryOperator<Object> change,
      WriteOptions options,
      Function<ReadOptions, Future<VariableValue>> read,
      IfUnchanged write,
      Scheduler scheduler) {
    if (info.options().consistency() != Consistency.STRONG) {
      throw Offered.not("update of a variable that is not strong", "set, resolve");
    }
    this.change = change;
    this.options = options;
    this.read = read;
    this.write = write;
    this.scheduler = scheduler;
    endNanos = scheduler.nanos() + options.deadline().toNanos();
  }

  Future<VariableValue> run() {
    ReadOptions reading =
        ReadOptions.DEFAULT
            .withConsistency(options.consistency())
            .withToken(options.token())
            .withDeadline(left());
    return read.apply(reading)
        .compose(
            seen ->
                write.write(seen, change.apply(seen.value()), options.withDeadline(left())))
        .recover(
            failure ->
                MabeamException.of(failure).code() == ErrorCode.CONFLICT && left().toMillis() > 0
                    ? run()
                    : Future.failedFuture(failure));
  }

  private Duration left() {
    return Duration.ofNanos(Math.max(1, endNanos - scheduler.nanos()));
  }
}
