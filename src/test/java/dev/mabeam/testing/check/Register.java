package dev.mabeam.testing.check;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One number that is read, written, or changed if it is what the caller thinks; 0 at first. */
public final class Register {
  /** What can be asked. */
  public sealed interface Op {}

  /** Answers the value. */
  public record Read() implements Op {}

  /** Answers 0. */
  public record Write(long value) implements Op {}

  /** Answers 1 if the value was the expected one and is now the new one, else 0. */
  public record Cas(long expected, long value) implements Op {}

  public static final SequentialModel<Long, Op, Long> MODEL =
      new SequentialModel<>() {
        @Override
        public Long initial() {
          return 0L;
        }

        @Override
        public Step<Long, Long> apply(Long state, Op op) {
          if (op instanceof Write write) {
            return new Step<>(write.value(), 0L);
          }
          if (op instanceof Cas cas) {
            return cas.expected() == state
                ? new Step<>(cas.value(), 1L)
                : new Step<>(state, 0L);
          }
          return new Step<>(state, state);
        }
      };

  /** What stands for every value that nobody saw. */
  private static final long UNSEEN = Long.MIN_VALUE;

  private Register() {}

  /**
   * The same history, for a faster {@link WingGong}: values that no read answered and no
   * compare-and-set expected are one, since nobody could tell them apart.
   */
  public static List<Operation<Op, Long>> simplified(List<Operation<Op, Long>> history) {
    Set<Long> seen = new HashSet<>();
    for (Operation<Op, Long> operation : history) {
      if (operation.input() instanceof Cas cas) {
        seen.add(cas.expected());
      } else if (operation.input() instanceof Read && operation.completed()) {
        seen.add(operation.output());
      }
    }
    return history.stream().map(operation -> simplified(operation, seen)).toList();
  }

  private static Operation<Op, Long> simplified(Operation<Op, Long> operation, Set<Long> seen) {
    Op input = operation.input();
    if (input instanceof Write write && !seen.contains(write.value())) {
      input = new Write(UNSEEN);
    } else if (input instanceof Cas cas && !seen.contains(cas.value())) {
      input = new Cas(cas.expected(), UNSEEN);
    }
    return new Operation<>(
        operation.process(), input, operation.output(), operation.invoked(), operation.returned());
  }
}
