package dev.mabeam.testing.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Decides whether replicas that have had time and peace have become what they have to be: equal,
 * and what the writes that were acknowledged and survived come to, whatever the order in which they
 * arrived.
 *
 * <p>Writes are of slices: each names a key and the epoch of whoever owns it, and of one epoch's
 * writes to one key the order is known; of those without an epoch, which is 0, it is not. Values
 * are unique. A write of unknown outcome, or one whose
 * stores have all died, may have happened or not.
 */
public final class Convergence {
  private Convergence() {}

  /** What one replica has in the end: a version vector, and a value by key. */
  public record Copy(String node, Map<String, Long> version, Map<String, Object> value) {}

  /**
   * One write.
   *
   * @param order its place among the writes of that epoch to that key
   * @param version what its acknowledgement said, or null if there was none
   * @param survives whether a store that acknowledged it has lived all the time
   */
  public record Written(
      String key,
      long epoch,
      long order,
      Object value,
      Map<String, Long> version,
      boolean survives) {
    boolean mustStand() {
      return version != null && survives;
    }

    boolean isAfter(Written other) {
      return epoch != other.epoch ? epoch > other.epoch : epoch > 0 && order > other.order;
    }
  }

  /** What stands against it, if anything. */
  public static Optional<String> violation(List<Copy> copies, List<Written> writes) {
    for (Copy copy : copies) {
      Copy first = copies.get(0);
      if (!copy.version.equals(first.version) || !copy.value.equals(first.value)) {
        return Optional.of("replicas differ: " + first + " and " + copy);
      }
    }
    return copies.isEmpty() ? Optional.empty() : violation(copies.get(0), writes);
  }

  private static Optional<String> violation(Copy copy, List<Written> writes) {
    Map<Object, Written> byValue = new HashMap<>();
    writes.forEach(write -> byValue.put(write.value, write));
    for (Map.Entry<String, Object> entry : copy.value.entrySet()) {
      Written source = byValue.get(entry.getValue());
      if (source == null || !source.key.equals(entry.getKey())) {
        return Optional.of("nobody wrote " + entry);
      }
    }
    for (Written write : writes) {
      Written standing = byValue.get(copy.value.get(write.key));
      if (write.mustStand() && !contains(copy.version, write.version)) {
        return Optional.of("lost: " + write + ", the replicas have " + copy.version);
      }
      if (write.mustStand() && (standing == null || write.isAfter(standing))) {
        return Optional.of("older: " + write + " was acknowledged, " + standing + " stands");
      }
    }
    return Optional.empty();
  }

  private static boolean contains(Map<String, Long> all, Map<String, Long> some) {
    return some.entrySet().stream()
        .allMatch(each -> all.getOrDefault(each.getKey(), 0L) >= each.getValue());
  }

  /** Fails with what stands against it. */
  public static void require(List<Copy> copies, List<Written> writes) {
    violation(copies, Objects.requireNonNull(writes))
        .ifPresent(
            why -> {
              throw new AssertionError("not converged: " + why);
            });
  }
}
