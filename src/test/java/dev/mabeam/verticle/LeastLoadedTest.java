package dev.mabeam.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LeastLoadedTest {
  private static final Map<String, Integer> NONE = Map.of();

  private static List<String> order(
      List<NodeInfo> nodes, Map<String, Integer> hosted, Map<String, Integer> justPlaced) {
    return LeastLoaded.order(
            nodes, id -> hosted.getOrDefault(id, 0), id -> justPlaced.getOrDefault(id, 0))
        .stream()
        .map(NodeInfo::id)
        .toList();
  }

  @Test
  void shouldPreferTheLowerLoad() {
    List<NodeInfo> nodes =
        List.of(Nodes.loaded("a", 1, 0.9), Nodes.loaded("b", 2, 0.2), Nodes.loaded("c", 3, 0.5));
    assertEquals(List.of("b#2", "c#3", "a#1"), order(nodes, NONE, NONE));
  }

  @Test
  void shouldTakeOnlyActiveNodes() {
    List<NodeInfo> nodes =
        java.util.Arrays.stream(NodeStatus.values())
            .map(status -> Nodes.node(status.json(), 1, status, 0))
            .toList();
    assertEquals(List.of("active#1"), order(nodes, NONE, NONE));
  }

  @Test
  void shouldTakeLoadsWithinATenthForEqualAndLookAtWhatIsHosted() {
    List<NodeInfo> nodes = List.of(Nodes.loaded("a", 1, 0.11), Nodes.loaded("b", 2, 0.18));
    assertEquals(List.of("b#2", "a#1"), order(nodes, Map.of("a#1", 1), NONE));
    assertEquals(List.of("a#1", "b#2"), order(nodes, Map.of("b#2", 1), NONE));
  }

  @Test
  void shouldTakeTheLowerIdOfEqualNodes() {
    List<NodeInfo> nodes = List.of(Nodes.loaded("b", 2, 0.1), Nodes.loaded("a", 7, 0.1));
    assertEquals(List.of("a#7", "b#2"), order(nodes, NONE, NONE));
  }

  @Test
  void shouldSpreadABurstOverNodesWhoseLoadFiguresStandStill() {
    List<NodeInfo> nodes =
        List.of(Nodes.loaded("a", 1, 0.02), Nodes.loaded("b", 2, 0.3), Nodes.loaded("c", 3, 0.31));
    Map<String, Integer> placed = new HashMap<>();
    for (int i = 0; i < 12; i++) {
      placed.merge(order(nodes, placed, placed).get(0), 1, Integer::sum);
    }
    assertEquals(Map.of("a#1", 6, "b#2", 3, "c#3", 3), placed);
  }

  @Test
  void shouldFindNoneWhenNoNodeIsThere() {
    assertEquals(List.of(), order(List.of(), NONE, NONE));
  }
}
