package dev.mabeam.testing.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * Decides whether a history of any sequential object is linearizable, by searching for an order:
 * Wing and Gong, Testing and Verifying Concurrent Objects, J. Parallel and Distributed Computing
 * 17 (1993), with the memoization of Lowe, Testing for Linearizability, Concurrency and
 * Computation 29 (2017): a configuration, which is the set of operations put in order so far and
 * the state that they lead to, is searched once.
 *
 * <p>An operation whose outcome is unknown may be put anywhere after its invocation, or nowhere. It
 * is tried after those with an answer, and only where it could not as well not have happened: it
 * has to change the state, and some answer has to depend on that before the state is what it would
 * be anyway. For the same reason, what leads to a state with some of these operations is not searched again with more of
 * them: whatever explains the rest then explains it with fewer; and of those that were asked the same,
 * the first is tried first.
 *
 * <p>The problem is NP-complete; what keeps it cheap is that few operations overlap. Split the
 * history by object first ({@link #checkByKey}).
 */
public final class WingGong<S, I, O> {
  private static final int NONE = -1;

  /**
   * What was searched already, but for the operations of unknown outcome. Those with an answer are
   * numbered by their responses: all before {@code first} are in order, and beyond it only some
   * that overlap with it.
   */
  private record Configuration<S>(int first, BitSet ahead, S state) {}

  /**
   * @param without the state after it, had the last operation of unknown outcome not happened; null
   *     if that operation is known to be needed, or there is none
   */
  private record Taken<S>(int operation, S before, S without) {}

  private final SequentialModel<S, I, O> model;
  /** First those with an answer, by response; then the others, by invocation. */
  private final List<Operation<I, O>> operations;
  private final int answered;
  private final int answeredHead;
  private final int unknownHead;
  /** Of each the one before that is unknown too and was asked the same, or {@link #NONE}. */
  private final int[] twins;
  private final int[] next;
  private final int[] previous;
  private final BitSet ordered = new BitSet();
  private final BitSet unknownOrdered = new BitSet();
  /** With which operations of unknown outcome each was searched; none contains another. */
  private final Map<Configuration<S>, List<BitSet>> searched = new HashMap<>();
  private final Deque<Taken<S>> order = new ArrayDeque<>();
  private S state;
  private int furthest = NONE;
  private final Set<S> stuckIn = new HashSet<>();

  private WingGong(List<Operation<I, O>> history, SequentialModel<S, I, O> model) {
    this.model = model;
    this.state = model.initial();
    this.operations = new ArrayList<>(history);
    Comparator<Operation<I, O>> byResponse = Comparator.comparingLong(Operation::returned);
    operations.sort(byResponse.thenComparingLong(Operation::invoked));
    this.answered = (int) history.stream().filter(Operation::completed).count();
    this.answeredHead = operations.size();
    this.unknownHead = answeredHead + 1;
    this.next = new int[unknownHead + 1];
    this.previous = new int[unknownHead + 1];
    this.twins = twins();
    link();
  }

  /** Whether some order explains every answer of {@code history}. */
  public static <S, I, O> Verdict check(
      List<Operation<I, O>> history, SequentialModel<S, I, O> model) {
    return new WingGong<>(history, model).search();
  }

  /** The same for many objects of a kind, each on its own. */
  public static <K, S, I, O> Verdict checkByKey(
      List<Operation<I, O>> history, Function<I, K> key, SequentialModel<S, I, O> model) {
    for (Map.Entry<K, List<Operation<I, O>>> part : History.partition(history, key).entrySet()) {
      Verdict verdict = check(part.getValue(), model);
      if (!verdict.linearizable()) {
        return Verdict.refused(part.getKey() + ": " + verdict.why());
      }
    }
    return Verdict.OK;
  }

  /** Two rings of what is not yet in order, each by invocation. */
  private void link() {
    ring(0, answered, answeredHead);
    ring(answered, operations.size(), unknownHead);
  }

  private void ring(int from, int to, int head) {
    List<Integer> members = new ArrayList<>();
    for (int i = from; i < to; i++) {
      members.add(i);
    }
    members.sort(Comparator.comparingLong(i -> operations.get(i).invoked()));
    int last = head;
    for (int operation : members) {
      next[last] = operation;
      previous[operation] = last;
      last = operation;
    }
    next[last] = head;
    previous[head] = last;
  }

  private int[] twins() {
    int[] found = new int[operations.size()];
    Arrays.fill(found, NONE);
    Map<I, Integer> last = new HashMap<>();
    for (int i = answered; i < operations.size(); i++) {
      Integer twin = last.put(operations.get(i).input(), i);
      found[i] = twin == null ? NONE : twin;
    }
    return found;
  }

  private Verdict search() {
    int candidate = next[answeredHead];
    while (true) {
      int first = ordered.nextClearBit(0);
      if (first == answered) {
        return Verdict.OK;
      }
      note(first);
      candidate = feasible(candidate, operations.get(first).returned());
      if (candidate != unknownHead) {
        candidate = take(candidate) ? next[answeredHead] : next[candidate];
      } else if (order.isEmpty()) {
        return Verdict.refused(explain());
      } else {
        candidate = next[giveBack()];
      }
    }
  }

  /** The first from {@code candidate} on that was invoked before {@code response}, if any. */
  private int feasible(int candidate, long response) {
    int at = candidate;
    if (at < answered && operations.get(at).invoked() < response) {
      return at;
    }
    if (at < answered || at == answeredHead) {
      at = next[unknownHead];
    }
    return at != unknownHead && operations.get(at).invoked() < response ? at : unknownHead;
  }

  /** Puts it next in the order, if its answer fits and that has not been tried before. */
  private boolean take(int candidate) {
    Operation<I, O> operation = operations.get(candidate);
    if (twins[candidate] != NONE && !unknownOrdered.get(twins[candidate] - answered)) {
      return false;
    }
    SequentialModel.Step<S, O> step = model.apply(state, operation.input());
    boolean fits =
        operation.completed()
            ? Objects.equals(step.output(), operation.output())
            : !step.state().equals(state);
    if (!fits) {
      return false;
    }
    S without = withoutTheLast(operation);
    if (step.state().equals(without)) {
      return false;
    }
    mark(candidate, true);
    if (!isNew(configuration(step.state()))) {
      mark(candidate, false);
      return false;
    }
    order.push(new Taken<>(candidate, state, operation.completed() ? without : state));
    state = step.state();
    next[previous[candidate]] = next[candidate];
    previous[next[candidate]] = previous[candidate];
    return true;
  }

  private int giveBack() {
    Taken<S> taken = order.pop();
    int operation = taken.operation();
    next[previous[operation]] = operation;
    previous[next[operation]] = operation;
    mark(operation, false);
    state = taken.before();
    return operation;
  }

  private void mark(int operation, boolean set) {
    if (operation < answered) {
      ordered.set(operation, set);
    } else {
      unknownOrdered.set(operation - answered, set);
    }
  }

  /** The state after this one, had the last of unknown outcome not happened; null if it must. */
  private S withoutTheLast(Operation<I, O> operation) {
    S before = order.isEmpty() ? null : order.peek().without();
    if (before == null) {
      return null;
    }
    SequentialModel.Step<S, O> step = model.apply(before, operation.input());
    return operation.completed() && !Objects.equals(step.output(), operation.output())
        ? null
        : step.state();
  }

  private Configuration<S> configuration(S after) {
    int first = ordered.nextClearBit(0);
    return new Configuration<>(
        first, ordered.get(first, Math.max(first, ordered.length())), after);
  }

  private boolean isNew(Configuration<S> configuration) {
    List<BitSet> before = searched.computeIfAbsent(configuration, none -> new ArrayList<>(1));
    for (BitSet fewer : before) {
      if (contains(unknownOrdered, fewer)) {
        return false;
      }
    }
    before.removeIf(more -> contains(more, unknownOrdered));
    before.add((BitSet) unknownOrdered.clone());
    return true;
  }

  private static boolean contains(BitSet all, BitSet some) {
    BitSet missing = (BitSet) some.clone();
    missing.andNot(all);
    return missing.isEmpty();
  }

  private void note(int first) {
    if (first > furthest) {
      furthest = first;
      stuckIn.clear();
    }
    if (first == furthest && stuckIn.size() < 8) {
      stuckIn.add(state);
    }
  }

  private String explain() {
    return "nothing explains " + operations.get(furthest) + "; before it the state is one of "
        + stuckIn;
  }
}
