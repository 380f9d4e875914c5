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
    return choose(key, own, Set.of(), stores);
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
    Set<String> before = Set.copyOf(have);
    List<String> next = choose(key, own, before, stores);
    return Set.copyOf(next).equals(before) ? Optional.empty() : Optional.of(next);
  }

  /** One after the other: first of a zone without any, then who has it, then by rank. */
  private static List<String> choose(
      String key, String own, Set<String> have, Collection<Stores.Store> stores) {
    List<String> chosen = new ArrayList<>(List.of(own));
    Set<String> zones = new HashSet<>();
    stores.stream().filter(one -> one.id().equals(own)).forEach(one -> zones.add(one.zone()));
    List<Stores.Store> left =
        new ArrayList<>(
            ranked(key, stores).stream()
                .filter(one -> one.stays() && !one.id().equals(own))
                .toList());
    while (chosen.size() < COPIES && !left.isEmpty()) {
      Stores.Store next =
          left.stream()
              .min(
                  Comparator.comparing((Stores.Store one) -> zones.contains(one.zone()))
                      .thenComparing(one -> !have.contains(one.id())))
              .orElseThrow();
      left.remove(next);
      chosen.add(next.id());
      zones.add(next.zone());
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
