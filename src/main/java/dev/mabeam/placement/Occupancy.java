package dev.mabeam.placement;

import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * What agents take of one node, kept up to date agent by agent.
 *
 * @param lately thousandths of a core that agents will take whose work the node's measured load
 *     does not show yet
 */
record Occupancy(
    int agents, long memoryMb, long cpuMillis, long lately, PMap<String, Integer> types) {
  static final Occupancy NONE = new Occupancy(0, 0, 0, 0, HashTreePMap.empty());

  Occupancy plus(PlacedAgent agent) {
    return new Occupancy(
        agents + 1,
        memoryMb + agent.memoryMb(),
        cpuMillis + agent.cpuMillis(),
        lately,
        types.plus(agent.type(), count(agent.type()) + 1));
  }

  Occupancy minus(PlacedAgent agent) {
    int left = count(agent.type()) - 1;
    return new Occupancy(
        agents - 1,
        memoryMb - agent.memoryMb(),
        cpuMillis - agent.cpuMillis(),
        lately,
        left == 0 ? types.minus(agent.type()) : types.plus(agent.type(), left));
  }

  Occupancy lately(long millis) {
    return new Occupancy(agents, memoryMb, cpuMillis, lately + millis, types);
  }

  int count(String type) {
    return types.getOrDefault(type, 0);
  }

  boolean isNone() {
    return agents == 0 && lately == 0;
  }
}
