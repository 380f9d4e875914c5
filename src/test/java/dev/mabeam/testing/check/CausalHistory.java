package dev.mabeam.testing.check;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides whether a history of reads and writes of several registers is causally consistent: no
 * read misses a write that is in its past. By the bad patterns of Bouajjani, Enea, Guerraoui and
 * Hamza, On Verifying Causal Consistency, POPL 2017; without one of them a history is causal.
 *
 * <pre>{@code
 * CausalHistory history = new CausalHistory();
 * CausalHistory.Session alice = history.session();
 * alice.wrote("x", 1);
 * alice.read("y", null);
 * history.require();
 * }</pre>
 *
 * <p>Values are unique in each variable; null is the value that nobody wrote. What happened in a
 * session is in its order; an operation <em>precedes</em> another if it came before it in the same
 * session, or is a write that the other one read, or by a chain of these.
 *
 * <ul>
 *   <li><b>CyclicCO</b>: something precedes itself.
 *   <li><b>ThinAirRead</b>: a value was read that nobody wrote.
 *   <li><b>WriteCOInitRead</b>: nothing was read, though a write of that variable precedes the read.
 *   <li><b>WriteCORead</b>: a write was read, though another one of that variable lies between.
 *   <li><b>CyclicCF</b>: there is no one order of all writes which explains the reads of everybody:
 *       of two concurrent writes some saw the one stand, and some the other. This one is for stores
 *       that settle concurrent writes the same way everywhere ({@link #alsoConverges}).
 * </ul>
 *
 * <p>A write of unknown outcome ends its session: what comes after it does not follow from it.
 * A write that is {@link Write#lost} with every store that had it is no part of the history, nor
 * is what read it.
 */
public final class CausalHistory {
  private final List<Op> ops = new ArrayList<>();
  private int sessions;

  /** One operation, in the order of its session. */
  private static class Op {
    final int session;
    final String variable;
    final Object value;

    Op(int session, String variable, Object value) {
      this.session = session;
      this.variable = variable;
      this.value = value;
    }

    boolean writes() {
      return false;
    }

    @Override
    public String toString() {
      return "session " + session + (writes() ? " wrote " : " read ") + variable + "=" + value;
    }
  }

  /** A write of the history. */
  public static final class Write extends Op {
    private boolean lost;

    private Write(int session, String variable, Object value) {
      super(session, variable, value);
    }

    @Override
    boolean writes() {
      return true;
    }

    /** It is gone with every store that had it. */
    public void lost() {
      lost = true;
    }
  }

  /** One client, which does one thing after the other. */
  public final class Session {
    private final int number = ++sessions;

    private Session() {}

    public Write wrote(String variable, Object value) {
      Write write = new Write(number, variable, Objects.requireNonNull(value));
      ops.add(write);
      return write;
    }

    /** {@code value} is null for a variable that nobody had written. */
    public void read(String variable, Object value) {
      ops.add(new Op(number, variable, value));
    }
  }

  public Session session() {
    return new Session();
  }

  /** How many operations there are. */
  public int size() {
    return ops.size();
  }

  /** The first bad pattern, or nothing if each read has everything of its past. */
  public Optional<String> violation() {
    return new Check(ops).violation(false);
  }

  /** The same, and everybody sees the same of concurrent writes stand. */
  public Optional<String> alsoConverges() {
    return new Check(ops).violation(true);
  }

  /** Fails with the pattern that is found. */
  public void require() {
    violation().ifPresent(CausalHistory::fail);
  }

  /** Fails with the pattern that is found by {@link #alsoConverges}. */
  public void requireConvergence() {
    alsoConverges().ifPresent(CausalHistory::fail);
  }

  private static void fail(String why) {
    throw new AssertionError("not causal: " + why);
  }

  private static final class Check {
    private record Key(String variable, Object value) {}

    private final List<Op> ops = new ArrayList<>();
    private final Map<Key, Integer> writes = new HashMap<>();
    private final Map<String, List<Integer>> byVariable = new HashMap<>();

    Check(List<Op> all) {
      Map<Key, Write> lost = new HashMap<>();
      for (Op op : all) {
        if (op instanceof Write write && write.lost) {
          lost.put(key(op), write);
        }
      }
      for (Op op : all) {
        if (!lost.containsKey(key(op))) {
          if (op.writes()) {
            if (writes.put(key(op), ops.size()) != null) {
              throw new IllegalArgumentException("written twice: " + op);
            }
            byVariable.computeIfAbsent(op.variable, v -> new ArrayList<>()).add(ops.size());
          }
          ops.add(op);
        }
      }
    }

    private static Key key(Op op) {
      return new Key(op.variable, op.value);
    }

    Optional<String> violation(boolean converges) {
      for (Op op : ops) {
        if (!op.writes() && op.value != null && !writes.containsKey(key(op))) {
          return Optional.of("ThinAirRead: " + op + ", which nobody wrote");
        }
      }
      BitSet[] before = closure(direct());
      Optional<String> found = cycle(before, "CyclicCO");
      if (found.isPresent()) {
        return found;
      }
      for (int i = 0; i < ops.size(); i++) {
        Op read = ops.get(i);
        if (!read.writes()) {
          int source = read.value == null ? -1 : writes.get(key(read));
          for (int write : byVariable.getOrDefault(read.variable, List.of())) {
            if (before[i].get(write) && source < 0) {
              return Optional.of("WriteCOInitRead: " + read + " after " + ops.get(write));
            }
            if (before[i].get(write) && before[write].get(Math.max(0, source))) {
              return Optional.of("WriteCORead: " + read + " after " + ops.get(write));
            }
          }
        }
      }
      return converges ? cycle(closure(arbitrated(before)), "CyclicCF") : Optional.empty();
    }

    /** What comes right before each: in its session, and what it read. */
    private BitSet[] direct() {
      BitSet[] direct = new BitSet[ops.size()];
      Map<Integer, Integer> last = new HashMap<>();
      for (int i = 0; i < direct.length; i++) {
        direct[i] = new BitSet();
        Integer previous = last.put(ops.get(i).session, i);
        if (previous != null) {
          direct[i].set(previous);
        }
        if (!ops.get(i).writes() && ops.get(i).value != null) {
          direct[i].set(writes.get(key(ops.get(i))));
        }
      }
      return direct;
    }

    /** Causal order, and that a write which a read had in its past lost against the one it saw. */
    private BitSet[] arbitrated(BitSet[] before) {
      BitSet[] order = direct();
      for (int i = 0; i < before.length; i++) {
        Op read = ops.get(i);
        if (!read.writes() && read.value != null) {
          int source = writes.get(key(read));
          for (int write : byVariable.get(read.variable)) {
            if (write != source && before[i].get(write)) {
              order[source].set(write);
            }
          }
        }
      }
      return order;
    }

    /** Everything before each, by repeated union; histories are some thousand operations long. */
    private static BitSet[] closure(BitSet[] direct) {
      BitSet[] before = new BitSet[direct.length];
      for (int i = 0; i < before.length; i++) {
        before[i] = (BitSet) direct[i].clone();
      }
      boolean more = true;
      while (more) {
        more = false;
        for (int i = 0; i < before.length; i++) {
          int size = before[i].cardinality();
          for (int j = direct[i].nextSetBit(0); j >= 0; j = direct[i].nextSetBit(j + 1)) {
            before[i].or(before[j]);
          }
          more |= before[i].cardinality() > size;
        }
      }
      return before;
    }

    private Optional<String> cycle(BitSet[] before, String pattern) {
      for (int i = 0; i < before.length; i++) {
        if (before[i].get(i)) {
          return Optional.of(pattern + ": " + ops.get(i) + " precedes itself");
        }
      }
      return Optional.empty();
    }
  }
}
