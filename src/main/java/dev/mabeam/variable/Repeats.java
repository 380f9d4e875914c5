package dev.mabeam.variable;

import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Has each request done once, of the newest {@link #MOST}; a repeat gets the same outcome. */
final class Repeats<T> {
  static final int MOST = 4_096;

  private final Map<String, Future<T>> outcomes =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Future<T>> eldest) {
          return size() > MOST;
        }
      };

  Future<T> once(String id, Supplier<Future<T>> task) {
    Future<T> before = outcomes.get(id);
    if (before != null) {
      return before;
    }
    Future<T> outcome = task.get();
    outcomes.put(id, outcome);
    return outcome;
  }
}
