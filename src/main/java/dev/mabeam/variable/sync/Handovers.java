package dev.mabeam.variable.sync;

import dev.mabeam.variable.version.Siblings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * What this node has without being a replica any more, under each strategy: told to one replica
 * after another until one has it.
 */
final class Handovers {
  private final Lines lines;
  private final Held held;
  private final RandomGenerator random;
  private final Map<String, Runnable> handovers = new HashMap<>();

  Handovers(Lines lines, Held held, RandomGenerator random) {
    this.lines = lines;
    this.held = held;
    this.random = random;
  }

  void handOver(String name, Runnable done) {
    handovers.put(name, done);
    Sample.of(held.others(name), Set.of(), 1, random).forEach(peer -> lines.offer(peer, name));
    lines.flushNext();
  }

  void keep(String name) {
    handovers.remove(name);
  }

  /** Offers again what nobody has taken yet. */
  void again() {
    List.copyOf(handovers.keySet()).forEach(name -> handOver(name, handovers.get(name)));
  }

  void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    Held.Kept kept =
        outcome != Held.Joined.ABSENT && handovers.containsKey(name) ? held.kept(name) : null;
    // An answer may be late, and whoever gave it a replica no more, or dead.
    if (kept != null
        && held.others(name).contains(peer)
        && sent.seen().containsAll(kept.state().seen())) {
      handovers.remove(name).run();
    }
  }

  boolean isQuiet() {
    return handovers.isEmpty();
  }
}
