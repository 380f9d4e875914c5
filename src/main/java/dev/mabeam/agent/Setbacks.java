package dev.mabeam.agent;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How long an agent rests that has lost what it did, before it begins again: not at all the first
 * time, then longer each time, as when one is placed again that does not start. An agent that went
 * well for {@link #REMEMBERED} begins anew.
 */
final class Setbacks {
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  static final Duration REMEMBERED = Duration.ofMinutes(1);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  private record Setback(int count, long nanos) {}

  private final Map<String, Setback> last = new HashMap<>();

  /** It has had one more. */
  Duration pause(String id, long nowNanos) {
    Setback before = last.get(id);
    boolean again = before != null && nowNanos - before.nanos() < REMEMBERED.toNanos();
    int count = again ? before.count() + 1 : 1;
    last.put(id, new Setback(count, nowNanos));
    if (count == 1) {
      return Duration.ZERO;
    }
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(5, count - 2));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  /** It is not here any more. */
  void forget(String id) {
    last.remove(id);
  }
}
