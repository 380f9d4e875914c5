package dev.mabeam.variable;

import dev.mabeam.consensus.Members;
import dev.mabeam.link.Member;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;

/**
 * Who should keep a variable: the members in the order that rendezvous hashing gives them for its
 * name. A node that comes or goes changes nobody else's place relative to each other.
 */
final class Ranking {
  private Ranking() {}

  static List<String> of(String variable, Members members) {
    return members.all().stream()
        .map(Member::id)
        .sorted(Comparator.comparingLong((String id) -> hash(variable, id)).thenComparing(id -> id))
        .toList();
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
