package dev.mabeam.testing.check;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Decides whether sessions got what they were promised: any of the four guarantees of Terry and
 * others, Session Guarantees for Weakly Consistent Replicated Data, PDIS 1994, for each variable by
 * itself.
 *
 * <pre>{@code
 * SessionHistory history = new SessionHistory();
 * SessionHistory.Session alice = history.session();
 * alice.wrote("x", 1);
 * alice.read("x", 1);
 * history.require(SessionHistory.ALL);
 * }</pre>
 *
 * <p>A variable is read in one of two ways. Of a <em>collection</em> a read shows every write that
 * it contains ({@link Session#readAll}), so each guarantee is looked at directly. A
 * <em>register</em> shows one write ({@link Session#read}), and of concurrent ones the same stands
 * everywhere: there has to be one order of all writes in which each read shows the last that it
 * has seen. Each guarantee says of some pairs of writes which comes first; such an order exists
 * exactly if that makes no circle, because then each read may have seen everything up to what it
 * shows. A write that breaks the order of a session is seen in a register only by somebody who
 * reads twice: such a circle is made of two guarantees, and both are named.
 *
 * <p>Values are unique in each variable; null is what a register shows that nobody wrote. A write
 * of unknown outcome ends its session: what comes after it does not follow from it. A write that is
 * {@link Write#lost} with every store that had it is no part of the history, nor that it was read.
 */
public final class SessionHistory {
  /** What a session may be promised. */
  public enum Guarantee {
    /** A read has every write of its session. */
    READ_YOUR_WRITES,
    /** A read has whatever the reads before it had. */
    MONOTONIC_READS,
    /** Whoever has a write has those that its session did before. */
    MONOTONIC_WRITES,
    /** Whoever has a write has what its session had read before. */
    WRITES_FOLLOW_READS
  }

  public static final Set<Guarantee> ALL = EnumSet.allOf(Guarantee.class);

  private final List<Session> sessions = new ArrayList<>();
  private int size;

  /** Something that was done to one variable. */
  private abstract static class Op {
    final String who;

    Op(String who) {
      this.who = who;
    }
  }

  /** A write of the history. */
  public static final class Write extends Op {
    private final Object value;
    /** What its session had written before, and what it had read. */
    private List<Object> after = List.of();
    private Set<Object> having = Set.of();
    private boolean lost;

    private Write(String who, Object value) {
      super(who);
      this.value = value;
    }

    /** It is gone with every store that had it. */
    public void lost() {
      lost = true;
    }

    @Override
    public String toString() {
      return who + "=" + value;
    }
  }

  private static final class Read extends Op {
    /** Of a register one or none. */
    private final Set<Object> values;
    private final boolean register;

    Read(String who, Set<Object> values, boolean register) {
      super(who);
      this.values = values;
      this.register = register;
    }

    @Override
    public String toString() {
      return who + "=" + values;
    }
  }

  /** One client, which does one thing after the other. */
  public final class Session {
    private final int number = sessions.size() + 1;
    private final Map<String, List<Op>> ops = new HashMap<>();

    private Session() {}

    public Write wrote(String variable, Object value) {
      Write write =
          new Write(
              "session " + number + " wrote " + variable, Objects.requireNonNull(value));
      add(variable, write);
      return write;
    }

    /** Of a register; {@code value} is null if nobody had written it. */
    public void read(String variable, Object value) {
      Set<Object> values = value == null ? Set.of() : Set.of(value);
      add(variable, new Read("session " + number + " read " + variable, values, true));
    }

    /** Of a collection: the values of all writes that it contains. */
    public void readAll(String variable, Collection<?> values) {
      add(
          variable,
          new Read("session " + number + " read " + variable, Set.copyOf(values), false));
    }

    private void add(String variable, Op op) {
      ops.computeIfAbsent(variable, each -> new ArrayList<>()).add(op);
      size++;
    }
  }

  public Session session() {
    Session session = new Session();
    sessions.add(session);
    return session;
  }

  /** How many operations there are. */
  public int size() {
    return size;
  }

  /** The first thing against {@code promised}, which it begins with, or nothing. */
  public Optional<String> violation(Set<Guarantee> promised) {
    Set<String> variables = new HashSet<>();
    sessions.forEach(session -> variables.addAll(session.ops.keySet()));
    return variables.stream()
        .sorted()
        .flatMap(variable -> new Check(variable).violation(promised).stream())
        .findFirst();
  }

  /** Fails with what stands against {@code promised}; without any, if a value was never written. */
  public void require(Set<Guarantee> promised) {
    violation(promised)
        .ifPresent(
            why -> {
              throw new AssertionError("not kept: " + why);
            });
  }

  /** One variable. */
  private final class Check {
    private final List<List<Op>> parts = new ArrayList<>();
    private final Map<Object, Write> writes = new HashMap<>();
    private final Set<Object> lost = new HashSet<>();
    private final Precedence order = new Precedence();

    Check(String variable) {
      for (Session session : sessions) {
        List<Op> part = session.ops.getOrDefault(variable, List.of());
        for (Op op : part) {
          if (op instanceof Write write) {
            if (writes.put(write.value, write) != null) {
              throw new IllegalArgumentException("written twice: " + write);
            }
            if (write.lost) {
              lost.add(write.value);
            }
          }
        }
        parts.add(part);
      }
      parts.forEach(this::notePasts);
    }

    private void notePasts(List<Op> part) {
      List<Write> mine = new ArrayList<>();
      Set<Object> seen = new HashSet<>();
      for (Op op : part) {
        if (op instanceof Read read) {
          seen.addAll(read.values);
        } else if (op instanceof Write write && !write.lost) {
          write.after = values(mine);
          write.having = Set.copyOf(seen);
          mine.add(write);
        }
      }
    }

    Optional<String> violation(Set<Guarantee> promised) {
      for (List<Op> part : parts) {
        for (Op op : part) {
          if (op instanceof Read read && !writes.keySet().containsAll(read.values)) {
            return Optional.of("NOBODY WROTE: " + read);
          }
        }
      }
      for (List<Op> part : parts) {
        Optional<String> found = walk(part, promised);
        if (found.isPresent()) {
          return found;
        }
      }
      return order.circle();
    }

    /** Looks at a session's reads, and notes what its operations say of the order of writes. */
    private Optional<String> walk(List<Op> part, Set<Guarantee> promised) {
      List<Write> mine = new ArrayList<>();
      Set<Object> seen = new HashSet<>();
      for (Op op : part) {
        if (op instanceof Write write && !write.lost) {
          note(promised, Guarantee.MONOTONIC_WRITES, write.after, write.value, write);
          note(promised, Guarantee.WRITES_FOLLOW_READS, write.having, write.value, write);
          mine.add(write);
        } else if (op instanceof Read read && !(read.register && isLost(read))) {
          Optional<String> found = look(promised, read, values(mine), seen);
          if (found.isPresent()) {
            return found;
          }
          seen.addAll(read.values);
        }
      }
      return Optional.empty();
    }

    private boolean isLost(Read read) {
      return lost.containsAll(read.values) && !read.values.isEmpty();
    }

    private Optional<String> look(
        Set<Guarantee> promised, Read read, List<Object> mine, Set<Object> seen) {
      if (read.register) {
        Object source =
            read.values.isEmpty() ? Precedence.NOTHING : read.values.iterator().next();
        note(promised, Guarantee.READ_YOUR_WRITES, mine, source, read);
        note(promised, Guarantee.MONOTONIC_READS, seen, source, read);
        return Optional.empty();
      }
      Optional<String> found =
          missing(promised, Guarantee.READ_YOUR_WRITES, read, mine)
              .or(() -> missing(promised, Guarantee.MONOTONIC_READS, read, seen));
      for (Object value : read.values) {
        if (found.isEmpty() && !lost.contains(value)) {
          found = missingBefore(promised, read, writes.get(value));
        }
      }
      return found;
    }

    /** What the session of {@code write} had done and read before has to be in {@code read}. */
    private Optional<String> missingBefore(Set<Guarantee> promised, Read read, Write write) {
      return missing(promised, Guarantee.MONOTONIC_WRITES, read, write.after)
          .or(() -> missing(promised, Guarantee.WRITES_FOLLOW_READS, read, write.having))
          .map(why -> why + ", but has " + write);
    }

    private Optional<String> missing(
        Set<Guarantee> promised, Guarantee guarantee, Read read, Collection<Object> needed) {
      return needed.stream()
          .filter(value -> promised.contains(guarantee) && !read.values.contains(value))
          .filter(value -> !lost.contains(value))
          .findFirst()
          .map(value -> guarantee + ": " + read + " misses " + writes.get(value));
    }

    private void note(
        Set<Guarantee> promised,
        Guarantee guarantee,
        Collection<Object> earlier,
        Object later,
        Op because) {
      if (promised.contains(guarantee)) {
        earlier.stream()
            .filter(each -> !lost.contains(each))
            .forEach(each -> order.note(each, later, guarantee + ": " + because));
      }
    }

    private List<Object> values(List<Write> some) {
      return some.stream().map(write -> write.value).toList();
    }
  }
}
