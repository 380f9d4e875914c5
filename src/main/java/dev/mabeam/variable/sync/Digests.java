package dev.mabeam.variable.sync;

import java.util.Arrays;
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
  private final Held held;
  private final Consumer<String> onForget;
  private final Map<String, Digest> digests = new LinkedHashMap<>();
  private final Leaf[] leaves = new Leaf[Digest.LEAVES];
  private Set<String> stale = new LinkedHashSet<>();
  private static final Digest NOTHING = new Digest();

  /**
   * What the variables in a leaf last added to the digests. Looked through from end to end: there
   * is one of a thousandth of the variables in each.
   */
  private static final class Leaf {
    private Keyed[] kept = new Keyed[4];
    private long[] hashes = new long[4];
    /** Lists of nodes, shared by many. */
    private Object[] peers = new Object[4];
    private int size;

    int find(String name) {
      for (int i = 0; i < size; i++) {
        if (kept[i].isKey(name)) {
          return i;
        }
      }
      return -1;
    }

    @SuppressWarnings("unchecked") // Only such are put there.
    List<String> peers(int at) {
      return (List<String>) peers[at];
    }

    void put(int at, Keyed variable, long hash, List<String> others) {
      if (at == kept.length) {
        int more = at + Math.max(4, at / 4);
        kept = Arrays.copyOf(kept, more);
        hashes = Arrays.copyOf(hashes, more);
        peers = Arrays.copyOf(peers, more);
      }
      kept[at] = variable;
      hashes[at] = hash;
      peers[at] = others;
      size = Math.max(size, at + 1);
    }

    void remove(int at) {
      size--;
      kept[at] = kept[size];
      hashes[at] = hashes[size];
      peers[at] = peers[size];
      kept[size] = null;
      peers[size] = null;
    }
  }

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
  Map<String, Long> leaf(int number, String peer) {
    refresh();
    Map<String, Long> hashes = new TreeMap<>();
    Leaf leaf = leaves[number];
    for (int i = 0; leaf != null && i < leaf.size; i++) {
      if (leaf.peers(i).contains(peer)) {
        hashes.put(leaf.kept[i].key(), leaf.hashes[i]);
      }
    }
    return hashes;
  }

  private void refresh() {
    if (stale.isEmpty()) {
      return;
    }
    Set<String> changed = stale;
    // Another one: of a set that was large, the room stays.
    stale = new LinkedHashSet<>();
    changed.forEach(this::refresh);
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
    int number = Digest.leaf(name);
    Leaf leaf = leaves[number];
    int at = leaf == null ? -1 : leaf.find(name);
    if (at >= 0) {
      long before = leaf.hashes[at];
      leaf.peers(at).forEach(peer -> digests.get(peer).remove(number, before));
    }
    Held.Kept kept = held.kept(name);
    if (kept != null && kept.counts()) {
      if (leaf == null) {
        leaf = new Leaf();
        leaves[number] = leaf;
      }
      long hash = Digest.hash(name, kept.state().seen().fingerprint());
      List<String> peers = held.others(name);
      peers.forEach(
          peer -> digests.computeIfAbsent(peer, key -> new Digest()).add(number, hash));
      leaf.put(at < 0 ? leaf.size : at, held.keyed(name), hash, peers);
    } else if (at >= 0) {
      leaf.remove(at);
    }
  }
}
