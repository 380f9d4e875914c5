package dev.mabeam.testing.check;

/** A number that only sums up; 0 at first. */
public final class Counter {
  /** Adds and answers the total; adding 0 reads it. */
  public record Add(long amount) {}

  public static final SequentialModel<Long, Add, Long> MODEL =
      new SequentialModel<>() {
        @Override
        public Long initial() {
          return 0L;
        }

        @Override
        public Step<Long, Long> apply(Long state, Add add) {
          long total = state + add.amount();
          return new Step<>(total, total);
        }
      };

  private Counter() {}
}
