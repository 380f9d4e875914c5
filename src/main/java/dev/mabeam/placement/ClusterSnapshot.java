package dev.mabeam.placement;

import java.util.Collection;
import java.util.Optional;
import java.util.TreeMap;
import java.util.SortedMap;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * The nodes and what agents take of them, at one moment. Immutable: each change makes a new one,
 * which shares almost everything with the old, so that it costs microseconds also with many
 * thousands of agents. In whatever order the same changes of different agents are made, the
 * results are equal.
 */
public final class ClusterSnapshot {
  /** Neither nodes nor agents. */
  public static final ClusterSnapshot EMPTY =
      new ClusterSnapshot(
          new TreeMap<>(), HashTreePMap.empty(), HashTreePMap.empty(), HashTreePMap.empty());

  private final SortedMap<String, PlacementNode> nodes;
  private final PMap<String, PlacedAgent> agents;
  private final PMap<String, Occupancy> occupancy;
  private final PMap<String, Integer> types;

  private ClusterSnapshot(
      SortedMap<String, PlacementNode> nodes,
      PMap<String, PlacedAgent> agents,
      PMap<String, Occupancy> occupancy,
      PMap<String, Integer> types) {
    this.nodes = nodes;
    this.agents = agents;
    this.occupancy = occupancy;
    this.types = types;
  }

  /** With these nodes instead; what agents take of each stays, also of one that is not there. */
  public ClusterSnapshot withNodes(Collection<PlacementNode> nodes) {
    SortedMap<String, PlacementNode> byId = new TreeMap<>();
    nodes.forEach(node -> byId.put(node.id(), node));
    return new ClusterSnapshot(byId, agents, occupancy, types);
  }

  /** With this agent; if there was one of its id, instead of that. */
  public ClusterSnapshot with(PlacedAgent agent) {
    PlacedAgent before = agents.get(agent.id());
    if (agent.equals(before)) {
      return this;
    }
    ClusterSnapshot rest = before == null ? this : without(agent.id());
    return new ClusterSnapshot(
        nodes,
        rest.agents.plus(agent.id(), agent),
        rest.occupancy.plus(agent.node(), rest.occupancy(agent.node()).plus(agent)),
        rest.types.plus(agent.type(), rest.count(agent.type()) + 1));
  }

  /** Without the agent of that id, if there is one. */
  public ClusterSnapshot without(String id) {
    PlacedAgent agent = agents.get(id);
    if (agent == null) {
      return this;
    }
    int left = count(agent.type()) - 1;
    return new ClusterSnapshot(
        nodes,
        agents.minus(id),
        occupied(agent.node(), occupancy(agent.node()).minus(agent)),
        left == 0 ? types.minus(agent.type()) : types.plus(agent.type(), left));
  }

  /** With that much more work on its way to a node, or less, in thousandths of a core. */
  ClusterSnapshot lately(String node, long millis) {
    return new ClusterSnapshot(
        nodes, agents, occupied(node, occupancy(node).lately(millis)), types);
  }

  private PMap<String, Occupancy> occupied(String node, Occupancy by) {
    return by.isNone() ? occupancy.minus(node) : occupancy.plus(node, by);
  }

  /** By id. */
  Collection<PlacementNode> nodes() {
    return nodes.values();
  }

  Occupancy occupancy(String node) {
    return occupancy.getOrDefault(node, Occupancy.NONE);
  }

  Optional<PlacedAgent> agent(String id) {
    return Optional.ofNullable(agents.get(id));
  }

  /** How many agents of that type there are on all nodes. */
  int count(String type) {
    return types.getOrDefault(type, 0);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClusterSnapshot snapshot
        && nodes.equals(snapshot.nodes)
        && agents.equals(snapshot.agents)
        && occupancy.equals(snapshot.occupancy);
  }

  @Override
  public int hashCode() {
    return agents.hashCode();
  }

  @Override
  public String toString() {
    return nodes.size() + " nodes, " + agents.size() + " agents";
  }
}
