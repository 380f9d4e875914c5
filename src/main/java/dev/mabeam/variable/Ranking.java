package dev.mabeam.variable;

import dev.mabeam.consensus.Members;
import dev.mabeam.link.Member;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who should keep a variable: the members in the order that rendezvous hashing gives them for its
 * name. A node that comes or goes changes nobody else's place relative to each other.
 *
 * <p>Places are given so that the replicas are in as many zones as can be: to the first in rank of
 * a zone in which there is none yet, and where there is no such node, or nobody knows zones, to the
 * first in rank.
 */
final class Ranking {
  private Ranking() {}

  static List<String> of(String variable, Members members) {
    return members.all().stream()
        .map(Member::id)
        .sorted(Comparator.comparingLong((String id) -> hash(variable, id)).thenComparing(id -> id))
        .toList();
  }

  /**
   * {@code left}, and so many of {@code ranked} that there are {@code wanted}.
   *
   * @param zones of the nodes that told theirs
   */
  static List<String> filled(
      List<String> left, List<String> ranked, int wanted, Map<String, String> zones) {
    List<String> chosen = new ArrayList<>(left);
    List<String> candidates = new ArrayList<>(ranked);
    candidates.removeAll(left);
    Set<String> taken = new HashSet<>();
    left.forEach(node -> taken.add(zones.get(node)));
    while (chosen.size() < wanted && !candidates.isEmpty()) {
      String next =
          candidates.stream()
              .filter(node -> zones.containsKey(node) && !taken.contains(zones.get(node)))
              .findFirst()
              .orElse(candidates.get(0));
      candidates.remove(next);
      chosen.add(next);
      taken.add(zones.get(next));
    }
    return chosen;
  }

  /** FNV-1a over both, then mixed: FNV alone leaves ids that differ at the end close together. */
  private static long hash(String variable, String nodeId) {
    long hash = 0xcbf29ce484222325L;
    for (byte each : (variable + "\n" + nodeId).getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (each & 0xff)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return hash ^ (hash >>> 31);
  }
}
