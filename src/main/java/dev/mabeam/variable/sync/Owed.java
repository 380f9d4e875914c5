package dev.mabeam.variable.sync;

import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which node has still to be told of which variable, each until it has what was there when it came
 * to be owed. Names and versions only, what is sent is what is here then; so many a node at most,
 * and what is beyond that is left to {@link AntiEntropy}.
 */
final class Owed {
  private final Lines lines;
  private final Held held;
  private final int most;
  private final Map<String, Map<String, VersionVector>> byPeer = new LinkedHashMap<>();

  Owed(Lines lines, Held held, int most) {
    this.lines = lines;
    this.held = held;
    this.most = most;
  }

  /** Has all of {@code peers} told, now and again until they have what is here now. */
  void owe(String name, Collection<String> peers) {
    VersionVector seen = held.kept(name).state().seen();
    for (String peer : peers) {
      Map<String, VersionVector> names =
          byPeer.computeIfAbsent(peer, key -> new LinkedHashMap<>());
      if (names.containsKey(name) || names.size() < most) {
        names.put(name, seen);
      }
      lines.offer(peer, name);
    }
    lines.flushNext();
  }

  void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    Map<String, VersionVector> names = byPeer.get(peer);
    VersionVector seen = names == null ? null : names.get(name);
    if (seen != null && outcome != Held.Joined.ABSENT && sent.seen().containsAll(seen)) {
      remove(peer, names, name);
    }
  }

  /** Offers {@code peer} everything that it is owed. */
  void offerAgain(String peer) {
    byPeer.getOrDefault(peer, Map.of()).keySet().forEach(name -> lines.offer(peer, name));
    lines.flushNext();
  }

  /** Drops what is owed to nodes that do not keep it any more. */
  void settle() {
    for (Map.Entry<String, Map<String, VersionVector>> each : List.copyOf(byPeer.entrySet())) {
      each.getValue().keySet().removeIf(name -> !held.others(name).contains(each.getKey()));
      if (each.getValue().isEmpty()) {
        byPeer.remove(each.getKey());
      }
    }
  }

  void drop(String name) {
    List.copyOf(byPeer.entrySet()).forEach(each -> remove(each.getKey(), each.getValue(), name));
  }

  private void remove(String peer, Map<String, VersionVector> names, String name) {
    names.remove(name);
    if (names.isEmpty()) {
      byPeer.remove(peer);
    }
  }

  void forget(String peer) {
    byPeer.remove(peer);
  }

  /** To whom anything is owed. */
  List<String> peers() {
    return List.copyOf(byPeer.keySet());
  }

  boolean isEmpty() {
    return byPeer.isEmpty();
  }
}
