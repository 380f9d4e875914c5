package dev.mabeam.testing.check;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides in n log n whether a history of a register is linearizable in which no value is written
 * twice, and 0 never: Gibbons and Korach, Testing Shared Memories, SIAM J. Computing 26 (1997),
 * section 4.
 *
 * <p>A write and the reads that saw it are a cluster. Its zone lies between the first response and
 * the last invocation in it. If the response comes first the zone is <em>forward</em>: the
 * register certainly held the value all that while. Else it is <em>backward</em>: one instant
 * within it would do. A history is linearizable exactly when no read returns before its write
 * begins, no two forward zones overlap, and no backward zone lies inside a forward one.
 *
 * <p>A write whose outcome is unknown ends never; if nobody read it, it may as well not have
 * happened, and is left out.
 */
public final class Zones {
  private static final long BEFORE_ALL = Long.MIN_VALUE;

  private static final class Cluster {
    final long value;
    Operation<Register.Op, Long> write;
    long written = Operation.NEVER;
    long firstReturn = Operation.NEVER;
    long lastInvoke = BEFORE_ALL;
    int reads;

    Cluster(long value) {
      this.value = value;
    }

    void take(long invoked, long returned) {
      lastInvoke = Math.max(lastInvoke, invoked);
      firstReturn = Math.min(firstReturn, returned);
    }

    boolean forward() {
      return firstReturn < lastInvoke;
    }

    long from() {
      return Math.min(firstReturn, lastInvoke);
    }

    long to() {
      return Math.max(firstReturn, lastInvoke);
    }

    @Override
    public String toString() {
      return "value " + value + " in [" + from() + ".." + to() + "]";
    }
  }

  private Zones() {}

  /** Refuses compare-and-set and values that are written twice as arguments. */
  public static Verdict check(List<Operation<Register.Op, Long>> operations) {
    Map<Long, Cluster> clusters = new HashMap<>();
    Cluster initial = clusters.computeIfAbsent(0L, Cluster::new);
    initial.written = BEFORE_ALL;
    initial.take(BEFORE_ALL, BEFORE_ALL + 1);
    Set<Long> written = new HashSet<>(Set.of(0L));
    for (Operation<Register.Op, Long> operation : operations) {
      if (operation.input() instanceof Register.Write write) {
        if (!written.add(write.value())) {
          throw new IllegalArgumentException("written twice: " + write.value());
        }
        Cluster cluster = clusters.computeIfAbsent(write.value(), Cluster::new);
        cluster.write = operation;
        cluster.written = operation.invoked();
        cluster.take(operation.invoked(), operation.returned());
      } else if (operation.input() instanceof Register.Cas) {
        throw new IllegalArgumentException("zones know reads and writes only: " + operation);
      } else if (operation.completed()) {
        Cluster cluster = clusters.computeIfAbsent(operation.output(), Cluster::new);
        cluster.reads++;
        cluster.take(operation.invoked(), operation.returned());
      }
    }
    clusters.values().removeIf(c -> c.reads == 0 && c.write != null && !c.write.completed());
    return judge(new ArrayList<>(clusters.values()));
  }

  private static Verdict judge(List<Cluster> clusters) {
    List<Cluster> forward = new ArrayList<>();
    for (Cluster cluster : clusters) {
      if (cluster.firstReturn < cluster.written) {
        return Verdict.refused("read before it was written: " + cluster);
      }
      if (cluster.forward()) {
        forward.add(cluster);
      }
    }
    forward.sort(Comparator.comparingLong(Cluster::from));
    for (int i = 1; i < forward.size(); i++) {
      if (forward.get(i).from() < forward.get(i - 1).to()) {
        return Verdict.refused(forward.get(i - 1) + " overlaps " + forward.get(i));
      }
    }
    for (Cluster cluster : clusters) {
      Cluster around = cluster.forward() ? null : lastBefore(forward, cluster.from());
      if (around != null && cluster.to() < around.to()) {
        return Verdict.refused(cluster + " lies inside " + around);
      }
    }
    return Verdict.OK;
  }

  /** The last of {@code sorted} that begins before {@code time}: no other can be around it. */
  private static Cluster lastBefore(List<Cluster> sorted, long time) {
    int low = 0;
    int high = sorted.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted.get(middle).from() < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? null : sorted.get(low - 1);
  }
}
