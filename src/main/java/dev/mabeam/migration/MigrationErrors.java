package dev.mabeam.migration;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;

/** Why an agent is not moved, in words. */
final class MigrationErrors {
  private MigrationErrors() {}

  static MabeamException noAgent(String id) {
    return new MabeamException(
        ErrorCode.AGENT_NOT_FOUND,
        "there is no agent '" + id + "'",
        "list the agents to see their ids");
  }

  static MabeamException noNode(String idOrName) {
    return new MabeamException(
        ErrorCode.NOT_FOUND,
        "'" + idOrName + "' is no node of the cluster, or not any more",
        "'mabeam nodes' lists them, with those that failed");
  }

  static MabeamException thereAlready(AgentInfo agent) {
    return new MabeamException(
        ErrorCode.ALREADY_ON_TARGET_NODE,
        "agent '" + agent.id() + "' is on " + agent.node() + " already",
        "nothing has to be done");
  }

  static MabeamException notNow(AgentInfo agent) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "agent '" + agent.id() + "' "
            + (agent.node().isEmpty() ? "has no node just now" : "is still starting"),
        agent.node().isEmpty() ? "it is recovered where there is room" : "try again in a moment");
  }

  static MabeamException notOpen(String id, String nodeId) {
    return new MabeamException(
        ErrorCode.MIGRATING,
        "agent '" + id + "' is being recovered on " + nodeId,
        "try again when it takes messages");
  }

  static MabeamException notHere(String id, String nodeId) {
    return new MabeamException(
        ErrorCode.STALE_EPOCH,
        "agent '" + id + "' is not on " + nodeId + " any more, or at another epoch",
        "look where it is, and ask again");
  }

  static MabeamException forgotten(String id, String nodeId) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "node " + nodeId + " does not know of that move of agent '" + id + "'",
        "look where the agent is");
  }

  static MabeamException unreachable(String node, Throwable silence) {
    MabeamException why = MabeamException.of(silence);
    return new MabeamException(
        why.code() == ErrorCode.NOT_FOUND ? ErrorCode.UNAVAILABLE : why.code(),
        "node " + node + " does not answer: " + why.getMessage(),
        "it is starting, stopping, gone or cut off",
        why);
  }

  static MabeamException undrained(String node) {
    return new MabeamException(
        ErrorCode.CONFLICT,
        "node " + node + " gets agents again, by request",
        "drain it again if it is to be empty");
  }

  static MabeamException closed(String node) {
    return new MabeamException(ErrorCode.UNAVAILABLE, "node " + node + " is closing");
  }
}
