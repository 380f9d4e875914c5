package dev.mabeam.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.membership.Capacity;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacementNodeTest {
  @Test
  void shouldSeeNodesFromTheOneThatPlaces() {
    List<NodeInfo> nodes =
        List.of(
            info("n1#1", NodeStatus.ACTIVE, "east", 0),
            info("n2#2", NodeStatus.SUSPECT, "east", 10_000),
            info("n3#3", NodeStatus.ACTIVE, "west", 300));
    assertEquals(
        List.of(
            seen("n1", "n1#1", "east", Standing.OPEN, 0),
            seen("n2", "n2#2", "east", Standing.SUSPECT, 3),
            seen("n3", "n3#3", "west", Standing.OPEN, 4)),
        PlacementNode.seenFrom("n1#1", nodes));
    assertEquals(
        List.of(4, 7, 0),
        PlacementNode.seenFrom("n3#3", nodes).stream().map(PlacementNode::distance).toList());
  }

  @Test
  void shouldTakeEveryZoneForAnotherWhileItIsNotThereItself() {
    assertEquals(
        List.of(seen("n1", "n1#1", "east", Standing.OPEN, 4)),
        PlacementNode.seenFrom("n9#9", List.of(info("n1#1", NodeStatus.ACTIVE, "east", 0))));
  }

  @Test
  void shouldKnowAWitnessByItsCapability() {
    NodeInfo witness =
        new NodeInfo(
            "n1#1", "n1", 1, NodeStatus.ACTIVE, List.of(PlacementNode.WITNESS), new Capacity(1, 1),
            0, 0, "east", 0, 0, 0, "", "", 1);
    assertEquals(
        List.of(Standing.WITNESS),
        PlacementNode.seenFrom("n1#1", List.of(witness)).stream()
            .map(PlacementNode::standing)
            .toList());
  }

  @Test
  void shouldPassByANodeThatHasLostItsLeaseUnlessItHasNoneItself() {
    NodeInfo here = info("n1#1", NodeStatus.ACTIVE, "east", 0);
    NodeInfo without = readOnly("n2#2", NodeStatus.ACTIVE);
    assertEquals(Standing.READ_ONLY, PlacementNode.seenFrom(here, without).standing());
    assertEquals(
        Standing.PARTITIONED,
        PlacementNode.seenFrom(here, readOnly("n2#2", NodeStatus.PARTITIONED)).standing());
    NodeInfo hereWithout = readOnly("n1#1", NodeStatus.ACTIVE);
    assertEquals(Standing.OPEN, PlacementNode.seenFrom(hereWithout, without).standing());
  }

  private static NodeInfo readOnly(String id, NodeStatus status) {
    return NodeInfo.fromJson(info(id, status, "east", 0).toJson().put("readOnly", true));
  }

  private static NodeInfo info(String id, NodeStatus status, String zone, long rttMicros) {
    return new NodeInfo(
        id, id.substring(0, 2), 1, status, List.of("gpu"), new Capacity(512, 2), 0.5, 3, zone, 0, 0,
        rttMicros, "", "", 1);
  }

  private static PlacementNode seen(
      String name, String id, String zone, Standing standing, int distance) {
    return new PlacementNode(
        id, name, zone, Set.of("gpu"), new Capacity(512, 2), 0.5, standing, distance);
  }
}
