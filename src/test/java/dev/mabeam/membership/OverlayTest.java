package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.MabeamException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OverlayTest {
  private static final List<String> FIVE = List.of("a", "b", "c", "d", "e");

  @Test
  void shouldPutEachBetweenTwoInARing() {
    assertEquals(List.of("b", "e"), Overlay.neighbours(Topology.RING, FIVE, "a"));
    assertEquals(List.of("b", "d"), Overlay.neighbours(Topology.RING, FIVE, "c"));
  }

  @Test
  void shouldTieAllToAllInAMesh() {
    assertEquals(List.of("a", "b", "d", "e"), Overlay.neighbours(Topology.MESH, FIVE, "c"));
  }

  @Test
  void shouldTieAllToTheFirstInAStar() {
    assertEquals(List.of("b", "c", "d", "e"), Overlay.neighbours(Topology.STAR, FIVE, "a"));
    assertEquals(List.of("a"), Overlay.neighbours(Topology.STAR, FIVE, "e"));
  }

  @ParameterizedTest
  @EnumSource(Topology.class)
  void shouldReachEveryoneInBothDirectionsWhateverTheSize(Topology topology) {
    for (int size = 1; size <= 9; size++) {
      List<String> members = IntStream.range(0, size).mapToObj(i -> "n" + i).toList();
      Set<String> reached = new HashSet<>(Set.of(members.get(0)));
      for (int step = 0; step < size; step++) {
        for (String member : List.copyOf(reached)) {
          List<String> neighbours = Overlay.neighbours(topology, members, member);
          for (String neighbour : neighbours) {
            assertTrue(Overlay.neighbours(topology, members, neighbour).contains(member));
          }
          reached.addAll(neighbours);
        }
      }
      assertEquals(Set.copyOf(members), reached);
    }
  }

  @ParameterizedTest
  @EnumSource(Topology.class)
  void shouldGiveNoNeighboursToOneAloneOrOutside(Topology topology) {
    assertEquals(List.of(), Overlay.neighbours(topology, List.of("a"), "a"));
    assertEquals(List.of(), Overlay.neighbours(topology, FIVE, "x"));
    assertEquals(List.of(), Overlay.neighbours(topology, List.of(), "x"));
    assertEquals(topology, Topology.fromJson(topology.json()));
  }

  @Test
  void shouldRefuseATopologyThatIsUnknown() {
    assertThrows(MabeamException.class, () -> Topology.fromJson("tree"));
  }
}
