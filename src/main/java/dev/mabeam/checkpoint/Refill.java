package dev.mabeam.checkpoint;

import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.List;

/**
 * Has the sets of this node's keys follow the stores that there are, some at a time, so that
 * neither decisions nor copies come all at once. What was asked for and did not come is asked for
 * again.
 */
final class Refill {
  private static final int AT_A_TIME = 64;
  private static final int PATIENCE_TICKS = 20;

  private final Stores stores;
  private final String own;
  private final SetDecisions decisions;
  private final Set<Owned> toLookAt = new LinkedHashSet<>();
  /** Whose change was asked for, and how many ticks ago. */
  private final Map<Owned, Integer> asked = new LinkedHashMap<>();
  private Map<String, Stores.Store> seen = Map.of();

  Refill(Stores stores, String own, SetDecisions decisions) {
    this.stores = stores;
    this.own = own;
    this.decisions = decisions;
  }

  /** A key is new here, or has another set. */
  void moved(Owned owned) {
    asked.remove(owned);
    toLookAt.add(owned);
  }

  void ended(Owned owned) {
    asked.remove(owned);
    toLookAt.remove(owned);
  }

  void tick(Collection<Owned> all) {
    Map<String, Stores.Store> now = stores.all();
    if (now != seen) {
      seen = now;
      toLookAt.addAll(all);
    }
    for (Map.Entry<Owned, Integer> waiting : List.copyOf(asked.entrySet())) {
      asked.put(waiting.getKey(), waiting.getValue() + 1);
      if (waiting.getValue() >= PATIENCE_TICKS) {
        asked.remove(waiting.getKey());
        toLookAt.add(waiting.getKey());
      }
    }
    Iterator<Owned> next = toLookAt.iterator();
    while (next.hasNext() && asked.size() < AT_A_TIME) {
      Owned owned = next.next();
      next.remove();
      look(owned, now);
    }
  }

  /** One thing at a time: a set that is being filled is looked at once it is. */
  private void look(Owned owned, Map<String, Stores.Store> now) {
    CheckpointSet set = owned.set();
    if (set.stores().isEmpty()) {
      return;
    }
    if (owned.joint()) {
      // It counts as asked for: so many are filled at a time.
      asked.put(owned, 0);
      return;
    }
    Optional<List<String>> better =
        SetChooser.better(owned.key(), own, set.stores(), now.values());
    if (better.isPresent()) {
      asked.put(owned, 0);
      decisions.change(owned.key(), owned.epoch(), set.version(), better.get());
    }
  }
}
