package dev.mabeam.testing;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which nodes of a {@link TestCluster} do not hear each other. Safe for any thread. */
final class Cuts {
  private record Pair(String one, String other) {
    static Pair of(String a, String b) {
      return a.compareTo(b) < 0 ? new Pair(a, b) : new Pair(b, a);
    }
  }

  private final Set<Pair> cut = ConcurrentHashMap.newKeySet();

  void cut(String a, String b) {
    cut.add(Pair.of(a, b));
  }

  void heal(String a, String b) {
    cut.remove(Pair.of(a, b));
  }

  boolean between(String a, String b) {
    return !cut.isEmpty() && cut.contains(Pair.of(a, b));
  }
}
