package dev.mabeam.testing.check;

import dev.mabeam.testing.check.SessionHistory.Guarantee;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A few random operations on one register, and every explanation of them: an order of the writes,
 * and for each read a set of writes that it has seen and of which it shows the last. Too slow for
 * anything, too simple to be wrong.
 */
final class SmallRegister {
  private static final int WRITES = 3;
  private static final int OPS = 7;

  /** {@code value} is 0 for a read of nothing. */
  private record Op(int session, boolean writes, int value) {}

  final SessionHistory history = new SessionHistory();
  private final List<Op> ops = new ArrayList<>();
  private final int[] seen = new int[OPS];

  SmallRegister(Random random) {
    List<SessionHistory.Session> sessions = List.of(history.session(), history.session());
    int written = 0;
    for (int i = 0; i < OPS; i++) {
      int session = random.nextInt(2);
      boolean writes = written < WRITES && (random.nextInt(2) == 0 || OPS - i == WRITES - written);
      if (writes) {
        ops.add(new Op(session, true, ++written));
        sessions.get(session).wrote("x", written);
      } else {
        // Mostly what was written last, so that about as many hold as do not.
        int value = random.nextInt(4) > 0 ? written : random.nextInt(WRITES + 1);
        ops.add(new Op(session, false, value));
        sessions.get(session).read("x", value == 0 ? null : value);
      }
    }
  }

  boolean isExplained(Set<Guarantee> promised) {
    return isExplained(promised, new ArrayList<>());
  }

  private boolean isExplained(Set<Guarantee> promised, List<Integer> order) {
    if (order.size() == WRITES) {
      return keepsOrder(promised, order) && hasSeen(promised, order, 0);
    }
    for (int write = 1; write <= WRITES; write++) {
      if (!order.contains(write)) {
        order.add(write);
        if (isExplained(promised, order)) {
          return true;
        }
        order.remove(order.size() - 1);
      }
    }
    return false;
  }

  private boolean keepsOrder(Set<Guarantee> promised, List<Integer> order) {
    for (int i = 0; i < OPS; i++) {
      for (int j = i + 1; j < OPS; j++) {
        Op first = ops.get(i);
        Op second = ops.get(j);
        if (promised.contains(Guarantee.MONOTONIC_WRITES)
            && first.session == second.session && first.writes && second.writes
            && order.indexOf(first.value) > order.indexOf(second.value)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Tries every set of writes for the reads from {@code at} on. */
  private boolean hasSeen(Set<Guarantee> promised, List<Integer> order, int at) {
    if (at == OPS) {
      return keeps(promised, order);
    }
    if (ops.get(at).writes) {
      return hasSeen(promised, order, at + 1);
    }
    for (int set = 0; set < 1 << WRITES; set++) {
      if (last(order, set) == ops.get(at).value) {
        seen[at] = set;
        if (hasSeen(promised, order, at + 1)) {
          return true;
        }
      }
    }
    return false;
  }

  private static int last(List<Integer> order, int set) {
    int last = 0;
    for (int write : order) {
      last = has(set, write) ? write : last;
    }
    return last;
  }

  private static boolean has(int set, int write) {
    return (set & 1 << write - 1) != 0;
  }

  private boolean keeps(Set<Guarantee> promised, List<Integer> order) {
    for (int i = 0; i < OPS; i++) {
      for (int j = i + 1; j < OPS; j++) {
        Op first = ops.get(i);
        Op second = ops.get(j);
        if (first.session == second.session && !keeps(promised, order, i, j)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean keeps(Set<Guarantee> promised, List<Integer> order, int i, int j) {
    Op first = ops.get(i);
    Op second = ops.get(j);
    if (first.writes && !second.writes) {
      return !promised.contains(Guarantee.READ_YOUR_WRITES) || has(seen[j], first.value);
    }
    if (!first.writes && !second.writes) {
      return !promised.contains(Guarantee.MONOTONIC_READS) || (seen[i] & ~seen[j]) == 0;
    }
    if (first.writes) {
      return !promised.contains(Guarantee.MONOTONIC_WRITES)
          || everybodyHas(second.value, 1 << first.value - 1);
    }
    return !promised.contains(Guarantee.WRITES_FOLLOW_READS)
        || last(order, seen[i] | 1 << second.value - 1) == second.value
            && everybodyHas(second.value, seen[i]);
  }

  /** Whoever has seen that write has seen those. */
  private boolean everybodyHas(int write, int those) {
    for (int i = 0; i < OPS; i++) {
      if (!ops.get(i).writes && has(seen[i], write) && (those & ~seen[i]) != 0) {
        return false;
      }
    }
    return true;
  }
}
