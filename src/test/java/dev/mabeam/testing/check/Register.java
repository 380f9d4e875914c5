package dev.mabeam.testing.check;

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

  private Register() {}
}
