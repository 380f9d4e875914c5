package dev.mabeam.variable.version;

import java.util.Comparator;

/**
 * One write.
 *
 * @param store the id of the replica's store that took it
 * @param n its number among the writes of that store, from 1
 */
public record Dot(String store, long n) implements Comparable<Dot> {
  private static final Comparator<Dot> ORDER =
      Comparator.comparing(Dot::store).thenComparingLong(Dot::n);

  @Override
  public int compareTo(Dot other) {
    return ORDER.compare(this, other);
  }
}
