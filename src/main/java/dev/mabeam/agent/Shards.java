package dev.mabeam.agent;

import dev.mabeam.bus.Addresses;

/**
 * The addresses that a node's agents are reached at: a few, each served by one of the event loops
 * that the agents run on. A message comes in on the loop of its agent, and an answer on the loop of
 * its asker, with no hop in between; where that is not so, as for an agent with a context of its
 * own, a hop is all that is lost. The number is part of the protocol.
 */
final class Shards {
  static final int COUNT = 4;

  private Shards() {}

  /**
   * Where that agent is reached.
   *
   * @param used how many of the addresses the sender uses: a power of two, and always the same, so
   *     that what it sends to an agent keeps its order
   */
  static int of(String agent, int used) {
    return spread(agent) & (used - 1);
  }

  static int spread(String agent) {
    int hash = agent.hashCode();
    return hash ^ (hash >>> 15);
  }

  static String address(String nodeId, int shard) {
    return Addresses.node(nodeId, "agent", "deliver." + shard);
  }
}
