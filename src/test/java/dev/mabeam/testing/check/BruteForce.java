package dev.mabeam.testing.check;

import java.util.ArrayList;
import java.util.List;

/** Tries every order of every subset that it has to: too slow for anything, too simple to be wrong. */
final class BruteForce {
  private BruteForce() {}

  static <S, I, O> boolean linearizable(
      List<Operation<I, O>> operations, SequentialModel<S, I, O> model) {
    return explains(operations, model, model.initial());
  }

  private static <S, I, O> boolean explains(
      List<Operation<I, O>> left, SequentialModel<S, I, O> model, S state) {
    if (left.stream().noneMatch(Operation::completed)) {
      return true;
    }
    for (Operation<I, O> next : left) {
      boolean tooLate = left.stream().anyMatch(other -> other.returned() < next.invoked());
      SequentialModel.Step<S, O> step = model.apply(state, next.input());
      if (tooLate || next.completed() && !step.output().equals(next.output())) {
        continue;
      }
      List<Operation<I, O>> rest = new ArrayList<>(left);
      rest.remove(next);
      if (explains(rest, model, step.state())) {
        return true;
      }
    }
    return false;
  }
}
