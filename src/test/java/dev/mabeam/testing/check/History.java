package dev.mabeam.testing.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Records what clients ask and what they are told.
 *
 * <pre>{@code
 * History<Register.Op, Long> history = new History<>();
 * var call = history.invoke(1, new Register.Write(7));
 * client.write(7).onComplete(r -> call.returned(0L), failure -> call.unknown());
 * WingGong.check(history.operations(), Register.MODEL).require();
 * }</pre>
 *
 * <p>Any thread. Guaranteed: an operation whose {@code returned} came before another's {@code
 * invoke} on a real clock is before it in the history too. An operation of which nothing more was
 * heard is one of unknown outcome.
 */
public final class History<I, O> {
  private final AtomicLong clock = new AtomicLong();
  private final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();

  /** An operation under way. */
  public final class Call {
    private final int process;
    private final I input;
    private final long invoked = clock.incrementAndGet();
    private volatile Operation<I, O> result;
    private volatile boolean refused;

    private Call(int process, I input) {
      this.process = process;
      this.input = input;
    }

    /** It has happened, and this is the answer. */
    public void returned(O output) {
      result = new Operation<>(process, input, output, invoked, clock.incrementAndGet());
    }

    /** It may have happened, may still, or may never: a timeout. */
    public void unknown() {}

    /** It has certainly not happened and never will: it is no part of the history. */
    public void refused() {
      refused = true;
    }

    private Operation<I, O> operation() {
      Operation<I, O> known = result;
      return known != null
          ? known
          : new Operation<>(process, input, null, invoked, Operation.NEVER);
    }
  }

  /** To be called before anything of the operation may happen. */
  public Call invoke(int process, I input) {
    Call call = new Call(process, input);
    calls.add(call);
    return call;
  }

  /** Everything so far, without what was refused. */
  public List<Operation<I, O>> operations() {
    List<Operation<I, O>> all = new ArrayList<>();
    for (Call call : calls) {
      if (!call.refused) {
        all.add(call.operation());
      }
    }
    return all;
  }

  /**
   * Splits operations by what they concern. A history of independent objects is linearizable if
   * and only if each object's part is (Herlihy, Wing: Linearizability, 1990).
   */
  public static <K, I, O> Map<K, List<Operation<I, O>>> partition(
      List<Operation<I, O>> operations, Function<I, K> key) {
    Map<K, List<Operation<I, O>>> parts = new LinkedHashMap<>();
    for (Operation<I, O> operation : operations) {
      parts.computeIfAbsent(key.apply(operation.input()), k -> new ArrayList<>()).add(operation);
    }
    return parts;
  }
}
