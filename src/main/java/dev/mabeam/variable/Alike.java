package dev.mabeam.variable;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One for all that are equal: variables are many, and most have the options and the replicas of
 * others. Only for what nobody changes. Any thread.
 */
final class Alike {
  private static final int MOST = 10_000;
  private static final Map<Object, Object> KNOWN = new ConcurrentHashMap<>();

  private Alike() {}

  @SuppressWarnings("unchecked") // What is equal to a T here is a T.
  static <T> T of(T value) {
    if (KNOWN.size() >= MOST) {
      KNOWN.clear();
    }
    Object before = KNOWN.putIfAbsent(value, value);
    return before == null ? value : (T) before;
  }
}
