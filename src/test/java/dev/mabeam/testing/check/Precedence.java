package dev.mabeam.testing.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is known of an order of writes: pairs, each with a reason; finds a shortest circle. */
final class Precedence {
  /** Before all writes. */
  static final Object NOTHING = new Object();

  private final Map<Object, Map<Object, String>> after = new LinkedHashMap<>();

  /** The same one twice says nothing; {@link #NOTHING} comes before all. */
  void note(Object earlier, Object later, String why) {
    if (!earlier.equals(later) && earlier != NOTHING) {
      after.computeIfAbsent(earlier, each -> new LinkedHashMap<>()).putIfAbsent(later, why);
    }
  }

  /** The reasons around a shortest circle, if there is one. */
  Optional<String> circle() {
    List<String> shortest = null;
    for (Object from : after.keySet()) {
      List<String> around = around(from);
      if (around != null && (shortest == null || around.size() < shortest.size())) {
        shortest = around;
      }
    }
    return Optional.ofNullable(shortest).map(reasons -> String.join("; ", reasons));
  }

  /** Breadth first from {@code from} back to it, or to what comes before all. */
  private List<String> around(Object from) {
    Map<Object, Object> cameFrom = new HashMap<>();
    Deque<Object> next = new ArrayDeque<>(List.of(from));
    while (!next.isEmpty()) {
      Object at = next.poll();
      for (Object to : after.getOrDefault(at, Map.of()).keySet()) {
        if (to.equals(from) || to == NOTHING) {
          return reasons(cameFrom, from, at, to);
        }
        if (cameFrom.putIfAbsent(to, at) == null) {
          next.add(to);
        }
      }
    }
    return null;
  }

  private List<String> reasons(Map<Object, Object> cameFrom, Object from, Object last, Object to) {
    List<String> reasons = new ArrayList<>(List.of(after.get(last).get(to)));
    for (Object at = last; !at.equals(from); at = cameFrom.get(at)) {
      reasons.add(after.get(cameFrom.get(at)).get(at));
    }
    Collections.reverse(reasons);
    return reasons;
  }
}
