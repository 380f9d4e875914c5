package dev.mabeam.placement;

import dev.mabeam.membership.Capacity;
import dev.mabeam.membership.NodeInfo;
import java.util.List;
import java.util.Set;

/**
 * A node as placement sees it.
 *
 * @param id {@code <name>#<incarnation>}
 * @param load what it measured lately, 0 to 1
 * @param distance from the node that places, 0 to 10
 */
public record PlacementNode(
    String id,
    String name,
    String zone,
    Set<String> capabilities,
    Capacity capacity,
    double load,
    Standing standing,
    int distance) {

  /** The capability of a node that votes and runs no agents. */
  public static final String WITNESS = "witness";

  public PlacementNode {
    capabilities = Set.copyOf(capabilities);
    load = Double.isNaN(load) ? 1 : Math.max(0, Math.min(1, load));
    distance = Math.max(0, Math.min(Distance.FARTHEST, distance));
  }

  /**
   * {@code node} as the node {@code here} sees it, which is the one that places. One that is
   * read-only itself holds that against nobody: what it places is not decided anyway, and the
   * decision says so better.
   */
  public static PlacementNode seenFrom(NodeInfo here, NodeInfo node) {
    return new PlacementNode(
        node.id(),
        node.name(),
        node.zone(),
        Set.copyOf(node.capabilities()),
        node.capacity(),
        node.load(),
        node.capabilities().contains(WITNESS) ? Standing.WITNESS : Standing.of(node.status()),
        Distance.of(here.zone().equals(node.zone()), node.rttMicros()))
        .withStanding(
            node.readOnly() && !here.readOnly() ? Standing.READ_ONLY : Standing.OPEN);
  }

  /**
   * All of {@code nodes} as the one of the id {@code here} sees them. If that one is not among
   * them, every zone is another one.
   */
  public static List<PlacementNode> seenFrom(String here, List<NodeInfo> nodes) {
    return nodes.stream()
        .filter(node -> node.id().equals(here))
        .findFirst()
        .map(self -> nodes.stream().map(node -> seenFrom(self, node)).toList())
        .orElseGet(
            () -> nodes.stream().map(node -> seenFrom(node, node).far()).toList());
  }

  private PlacementNode far() {
    return new PlacementNode(
        id, name, zone, capabilities, capacity, load, standing, distance + Distance.of(false, 0));
  }

  /** The same node in another standing; one that takes no agents for another reason stays so. */
  public PlacementNode withStanding(Standing standing) {
    return this.standing == Standing.OPEN
        ? new PlacementNode(id, name, zone, capabilities, capacity, load, standing, distance)
        : this;
  }

  boolean isCalled(String idOrName) {
    return id.equals(idOrName) || name.equals(idOrName);
  }
}
