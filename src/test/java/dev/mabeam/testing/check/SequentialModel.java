package dev.mabeam.testing.check;

import java.util.function.Function;

/**
 * An object as one thread sees it: deterministic, total, without side effects.
 *
 * @param <S> states; immutable, compared by {@code equals}
 * @param <I> what is asked
 * @param <O> what is answered, compared by {@code equals}
 */
public interface SequentialModel<S, I, O> {
  /** What an operation came to. */
  record Step<S, O>(S state, O output) {}

  S initial();

  Step<S, O> apply(S state, I input);

  /** The same object, asked by something that {@code input} is a part of. */
  default <J> SequentialModel<S, J, O> askedBy(Function<J, I> input) {
    SequentialModel<S, I, O> same = this;
    return new SequentialModel<>() {
      @Override
      public S initial() {
        return same.initial();
      }

      @Override
      public Step<S, O> apply(S state, J asked) {
        return same.apply(state, input.apply(asked));
      }
    };
  }
}
