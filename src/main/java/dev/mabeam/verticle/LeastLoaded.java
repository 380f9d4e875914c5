package dev.mabeam.verticle;

import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Orders the nodes that can take a verticle, the best first.
 *
 * <p>Only active nodes. The lowest load wins, in tenths, since smaller differences are noise; each
 * verticle placed so lately that the load cannot show it yet counts as a tenth more, so a burst
 * spreads. Of equal nodes the one that hosts fewer verticles wins, then the lower id.
 */
final class LeastLoaded {
  private LeastLoaded() {}

  /**
   * @param hosted how many verticles run or start on a node, by its id
   * @param justPlaced how many of these the node's load does not show yet, by its id
   */
  static List<NodeInfo> order(
      List<NodeInfo> nodes, ToIntFunction<String> hosted, ToIntFunction<String> justPlaced) {
    return nodes.stream()
        .filter(node -> node.status() == NodeStatus.ACTIVE)
        .sorted(
            Comparator.comparingInt(
                    (NodeInfo node) ->
                        (int) (node.load() * 10) + justPlaced.applyAsInt(node.id()))
                .thenComparingInt(node -> hosted.applyAsInt(node.id()))
                .thenComparing(NodeInfo::id))
        .toList();
  }
}
