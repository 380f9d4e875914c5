package dev.mabeam.testing.check;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether a history of collections that only grow is causally consistent, across all of
 * them: a read that shows a write has to show everything of that variable which precedes it. Each
 * read tells all that it has seen, so there is nothing to search for; {@link CausalHistory} is for
 * registers.
 *
 * <p>An operation precedes another if it came before it in the same session, or is a write that the
 * other one shows, or by a chain of these. Values are unique in each variable. Operations are
 * recorded in the order in which they were asked for, so a write before anybody can have read it.
 *
 * <p>A write of unknown outcome ends its session: what comes after it does not follow from it. A
 * write that is {@link Write#lost} with every store that had it is no part of the history, nor is
 * that it was read.
 */
public final class CausalSets {
  private final List<Op> ops = new ArrayList<>();
  private int sessions;

  private sealed interface Op permits Write, Read {}

  private record Read(int session, String variable, Set<Object> values) implements Op {
    @Override
    public String toString() {
      return "session " + session + " read " + variable + "=" + values;
    }
  }

  /** A write of the history. */
  public static final class Write implements Op {
    private final int session;
    private final String variable;
    private final Object value;
    private boolean lost;
    private boolean refused;
    private boolean apart;

    private Write(int session, String variable, Object value) {
      this.session = session;
      this.variable = variable;
      this.value = value;
    }

    /** It is gone with every store that had it. */
    public void lost() {
      lost = true;
    }

    /** It has certainly not happened and never will: nobody may read it. */
    public void refused() {
      refused = true;
    }

    /** It turned out to follow from nothing that its session did, nor does anything from it. */
    public void apart() {
      apart = true;
    }

    @Override
    public String toString() {
      return "session " + session + " wrote " + variable + "=" + value;
    }
  }

  /** One client, which does one thing after the other. */
  public final class Session {
    private final int number = ++sessions;

    private Session() {}

    /** To be called before anything of the write may happen. */
    public Write wrote(String variable, Object value) {
      Write write = new Write(number, variable, value);
      ops.add(write);
      return write;
    }

    /** The values of all writes that the variable contained. */
    public void read(String variable, Collection<?> values) {
      ops.add(new Read(number, variable, Set.copyOf(values)));
    }
  }

  public Session session() {
    return new Session();
  }

  /** How many operations there are. */
  public int size() {
    return ops.size();
  }

  /** The first read that misses something of its past, or nothing. */
  public Optional<String> violation() {
    Check check = new Check();
    return ops.stream().flatMap(op -> check.next(op).stream()).findFirst();
  }

  /** Fails with the read that is found. */
  public void require() {
    violation()
        .ifPresent(
            why -> {
              throw new AssertionError("not causal: " + why);
            });
  }

  /** Goes through the history with what each session and each write has seen. */
  private static final class Check {
    private final List<Write> writes = new ArrayList<>();
    private final Map<String, Map<Object, Integer>> numbers = new HashMap<>();
    private final List<BitSet> pasts = new ArrayList<>();
    private final Map<Integer, BitSet> seen = new HashMap<>();

    Optional<String> next(Op op) {
      if (op instanceof Write write) {
        take(write);
        return Optional.empty();
      }
      return look((Read) op);
    }

    private void take(Write write) {
      int number = writes.size();
      if (numbersOf(write.variable).put(write.value, number) != null) {
        throw new IllegalArgumentException("written twice: " + write);
      }
      writes.add(write);
      BitSet past = seen.computeIfAbsent(write.session, each -> new BitSet());
      pasts.add(write.apart ? new BitSet() : (BitSet) past.clone());
      if (!write.lost && !write.refused && !write.apart) {
        past.set(number);
      }
    }

    private Map<Object, Integer> numbersOf(String variable) {
      return numbers.computeIfAbsent(variable, each -> new HashMap<>());
    }

    private Optional<String> look(Read read) {
      BitSet past = seen.computeIfAbsent(read.session, each -> new BitSet());
      Set<Integer> shown = new HashSet<>();
      for (Object value : read.values) {
        Integer number = numbersOf(read.variable).get(value);
        if (number == null || writes.get(number).refused) {
          return Optional.of(read + ", of which nobody wrote " + value);
        }
        shown.add(number);
        if (!writes.get(number).lost) {
          past.or(pasts.get(number));
          past.set(number);
        }
      }
      for (int number = past.nextSetBit(0); number >= 0; number = past.nextSetBit(number + 1)) {
        if (writes.get(number).variable.equals(read.variable) && !shown.contains(number)) {
          return Optional.of(read + " misses what precedes it: " + writes.get(number));
        }
      }
      return Optional.empty();
    }
  }
}
