package dev.mabeam.agent;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Answers of user code, kept until the test lets them go; agents find theirs by their id. */
public final class Gates {
  private static final Map<String, Promise<Object>> GATES = new ConcurrentHashMap<>();

  private Gates() {}

  /** Called by user code. */
  public static Future<Object> gate(String id) {
    return GATES.computeIfAbsent(id, none -> Promise.promise()).future();
  }

  static boolean reached(String id) {
    return GATES.containsKey(id);
  }

  static void open(String id, Object answer) {
    GATES.get(id).complete(answer);
  }

  static void openAll() {
    GATES.values().forEach(gate -> gate.tryComplete("end"));
    GATES.clear();
  }
}
