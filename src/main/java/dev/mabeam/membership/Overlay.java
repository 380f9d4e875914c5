package dev.mabeam.membership;

import java.util.List;
import java.util.stream.Stream;

/** The overlay network over the members of a view: a pure function, the same on every node. */
final class Overlay {
  private Overlay() {}

  /**
   * The members beside {@code self}, in order. Each is a neighbour of each of its own neighbours.
   *
   * @param members sorted, without duplicates
   * @return empty if {@code self} is not one of the members
   */
  static List<String> neighbours(Topology topology, List<String> members, String self) {
    int place = members.indexOf(self);
    if (place < 0) {
      return List.of();
    }
    int size = members.size();
    Stream<String> chosen =
        switch (topology) {
          case MESH -> members.stream();
          case STAR -> place == 0 ? members.stream() : Stream.of(members.get(0));
          case RING ->
              Stream.of(members.get((place + size - 1) % size), members.get((place + 1) % size));
        };
    return chosen.filter(member -> !member.equals(self)).distinct().sorted().toList();
  }
}
