package dev.mabeam.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which stores are to have a key's checkpoints: the owner's, and others by rendezvous hashing, in
 * as many zones as can be. A pure function of the key and the stores there are, so that nodes agree
 * without asking; when a node comes or goes, only the sets change that it is to be in, or was in.
 */
public final class SetChooser {
  /** How many stores have each key, if there are as many. */
  public static final int COPIES = 3;

  private SetChooser() {}

  /**
   * The stores of a key that is new, or moves.
   *
   * @param own the store of the node that is to own it; first in the list
   */
  public static List<String> choose(String key, String own, Collection<Stores.Store> stores) {
    return fill(key, List.of(own), stores);
  }

  /**
   * What a set should become: without stores that are gone or go, with others in their place, with
   * more of them while there are fewer than {@link #COPIES}, and with one of another zone for one
   * of two in the same. Empty if it is as it should be.
   *
   * @param have the stores of the set
   */
  public static Optional<List<String>> better(
      String key, String own, List<String> have, Collection<Stores.Store> stores) {
    List<String> stay = new ArrayList<>(List.of(own));
    for (Stores.Store store : ranked(key, stores)) {
      if (have.contains(store.id()) && store.stays() && !stay.contains(store.id())) {
        stay.add(store.id());
      }
    }
    List<String> cut = stay.subList(0, Math.min(COPIES, stay.size()));
    List<String> next = fill(key, spread(key, cut, stores), stores);
    return new HashSet<>(next).equals(new HashSet<>(have)) ? Optional.empty() : Optional.of(next);
  }

  /** Leaves out one that shares its zone, if a zone without any has one to offer. */
  private static List<String> spread(
      String key, List<String> have, Collection<Stores.Store> stores) {
    if (have.size() < COPIES) {
      return have;
    }
    Set<String> zones = zones(have, stores);
    boolean another =
        stores.stream().anyMatch(store -> store.stays() && !zones.contains(store.zone()));
    if (zones.size() == have.size() || !another) {
      return have;
    }
    for (int last = have.size() - 1; last > 0; last--) {
      List<String> others = new ArrayList<>(have);
      others.remove(last);
      if (zones(others, stores).size() == zones.size()) {
        return others;
      }
    }
    return have;
  }

  private static Set<String> zones(List<String> ids, Collection<Stores.Store> stores) {
    Set<String> zones = new HashSet<>();
    stores.stream()
        .filter(store -> ids.contains(store.id()))
        .forEach(store -> zones.add(store.zone()));
    return zones;
  }

  private static List<String> fill(
      String key, List<String> have, Collection<Stores.Store> stores) {
    List<String> chosen = new ArrayList<>(have);
    Set<String> zones = zones(chosen, stores);
    List<Stores.Store> ranked = ranked(key, stores);
    while (chosen.size() < COPIES) {
      Optional<Stores.Store> next =
          ranked.stream()
              .filter(store -> store.stays() && !chosen.contains(store.id()))
              .min(Comparator.comparing(store -> zones.contains(store.zone())));
      if (next.isEmpty()) {
        break;
      }
      chosen.add(next.get().id());
      zones.add(next.get().zone());
    }
    return List.copyOf(chosen);
  }

  private static List<Stores.Store> ranked(String key, Collection<Stores.Store> stores) {
    record Ranked(long weight, Stores.Store store) {}
    return stores.stream()
        .map(store -> new Ranked(weight(key, store.id()), store))
        .sorted(
            Comparator.comparingLong(Ranked::weight)
                .thenComparing(ranked -> ranked.store().id()))
        .map(Ranked::store)
        .toList();
  }

  /** FNV-1a over both, stirred so that similar names are far apart. */
  private static long weight(String key, String store) {
    long hash = 0xcbf29ce484222325L;
    for (byte next : (store + "\n" + key).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ next) * 0x100000001b3L;
    }
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }
}
