package dev.mabeam.time;

import io.vertx.core.json.JsonArray;

/**
 * A moment of a {@link HybridClock}: wall-clock milliseconds, and a counter that orders what
 * happened within one.
 *
 * @param millis since 1970
 * @param counter 0 and up
 */
public record HybridTime(long millis, long counter) implements Comparable<HybridTime> {
  /** Before every moment that a clock gives. */
  public static final HybridTime ZERO = new HybridTime(0, 0);

  /** The moment right after this one. */
  public HybridTime next() {
    return new HybridTime(millis, counter + 1);
  }

  @Override
  public int compareTo(HybridTime other) {
    int byMillis = Long.compare(millis, other.millis);
    return byMillis != 0 ? byMillis : Long.compare(counter, other.counter);
  }

  /** {@code [millis,counter]}. */
  public JsonArray toJson() {
    return new JsonArray().add(millis).add(counter);
  }

  /** The inverse of {@link #toJson}. */
  public static HybridTime fromJson(JsonArray json) {
    return new HybridTime(json.getLong(0), json.getLong(1));
  }
}
