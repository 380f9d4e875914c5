package dev.mabeam.agent;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * Chooses the nodes for this node's deployments, and follows the directory to know what is where.
 * All of it is called on the room's context.
 */
public interface Places {
  /**
   * The id of the node that is to have this agent. It is reserved there until {@link #placed} or
   * {@link #givenUp} says what became of it.
   *
   * @throws dev.mabeam.error.MabeamException NO_SUITABLE_NODES, with the reason a node
   */
  default String choose(AgentSpec spec) {
    return choose(spec, Set.of());
  }

  /** The same, but on none of these nodes. */
  String choose(AgentSpec spec, Set<String> without);

  /**
   * Reserves a place for this agent on that very node, as {@link #choose} does.
   *
   * @throws dev.mabeam.error.MabeamException NO_SUITABLE_NODES, with what refuses it there
   */
  void reserve(AgentSpec spec, String node);

  /** Fails as {@link #reserve} would, and reserves nothing. */
  void requireRoom(AgentSpec spec, String node);

  /**
   * The node that would clearly be better than {@code node} for this agent, which is there. Nothing
   * is reserved.
   */
  default Optional<String> better(AgentSpec spec, String node) {
    return Optional.empty();
  }

  /** The directory has this agent, with the node that it names. */
  default void placed(AgentInfo agent) {}

  /** The directory has no agent of that id, or none with a node. */
  default void notPlaced(String id) {}

  /** A deployment has failed, and the directory is as it was. */
  default void givenUp(String id) {}

  /** All agents that have a node: the directory was read as a whole. */
  default void replaced(Collection<AgentInfo> agents) {}
}
