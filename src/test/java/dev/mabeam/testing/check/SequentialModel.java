package dev.mabeam.testing.check;

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
}
