package dev.mabeam.variable.sync;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One {@link Digest} for each node that keeps something which this one keeps too. What changed is
 * looked at when a digest is asked for.
 */
final class Digests {
  /** What a variable last added to the digests. */
  private record Added(int leaf, long hash, List<String> peers) {}

  private final Held held;
  private final Consumer<String> onForget;
  private final Map<String, Digest> digests = new LinkedHashMap<>();
  private final Map<String, Added> added = new HashMap<>();
  private final Map<Integer, Set<String>> byLeaf = new HashMap<>();
  private final Set<String> stale = new LinkedHashSet<>();
  private static final Digest NOTHING = new Digest();

  Digests(Held held, Consumer<String> onForget) {
    this.held = held;
    this.onForget = onForget;
  }

  /** What is here of it, or who keeps it, has changed. */
  void changed(String name) {
    stale.add(name);
  }

  /** Who keeps something that this node keeps too. */
  Set<String> peers() {
    refresh();
    return digests.keySet();
  }

  Digest of(String peer) {
    refresh();
    return digests.getOrDefault(peer, NOTHING);
  }

  /** The hashes of the variables in one leaf that {@code peer} keeps too, by name. */
  Map<String, Long> leaf(int leaf, String peer) {
    refresh();
    Map<String, Long> hashes = new TreeMap<>();
    for (String name : byLeaf.getOrDefault(leaf, Set.of())) {
      Added here = added.get(name);
      if (here.peers.contains(peer)) {
        hashes.put(name, here.hash);
      }
    }
    return hashes;
  }

  private void refresh() {
    if (stale.isEmpty()) {
      return;
    }
    stale.forEach(this::refresh);
    stale.clear();
    digests
        .entrySet()
        .removeIf(
            each -> {
              if (each.getValue().isEmpty()) {
                onForget.accept(each.getKey());
              }
              return each.getValue().isEmpty();
            });
  }

  private void refresh(String name) {
    Added before = added.remove(name);
    if (before != null) {
      before.peers.forEach(peer -> digests.get(peer).remove(before.leaf, before.hash));
    }
    Held.Kept kept = held.kept(name);
    if (kept != null && kept.counts()) {
      int leaf = before != null ? before.leaf : Digest.leaf(name);
      long hash = Digest.hash(name, kept.state().seen().fingerprint());
      Added now = new Added(leaf, hash, held.others(name));
      now.peers.forEach(
          peer -> digests.computeIfAbsent(peer, key -> new Digest()).add(leaf, hash));
      added.put(name, now);
      byLeaf.computeIfAbsent(leaf, key -> new HashSet<>()).add(name);
    } else if (before != null) {
      Set<String> names = byLeaf.get(before.leaf);
      names.remove(name);
      if (names.isEmpty()) {
        byLeaf.remove(before.leaf);
      }
    }
  }
}
