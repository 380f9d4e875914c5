package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.time.Duration;

/** What goes wrong with messages to agents, in words. */
final class AgentErrors {
  /** Why an agent of which no store is left has no owner. */
  static final String UNCERTAIN = "state uncertain: no node is left that keeps its last checkpoint";

  private AgentErrors() {}

  static MabeamException uncertain(String id) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "agent '" + id + "' is unavailable, " + UNCERTAIN,
        "bring such a node back with its data directory, or recover it with --accept-loss from the"
            + " newest older checkpoint that is found, or from none");
  }

  static MabeamException notStarted(Entry entry, String why) {
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        "agent '" + entry.id() + "' was not started on node " + entry.owner() + ": " + why,
        "it is not deployed; deploy it again");
  }

  static MabeamException failedToStart(Entry entry, String node, Throwable failure) {
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        "agent '" + entry.id() + "' of type " + entry.spec().type() + " failed to start on " + node
            + ": " + why,
        "the log of that node has the stack trace",
        failure);
  }

  /** A start, a last message or a stop. */
  static MabeamException tooLong(String id, String what, Duration limit) {
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        what + " of agent '" + id + "' did not end within " + limit.toMillis() + " ms",
        "complete its future, do not block, and do what takes longer afterwards");
  }

  static MabeamException notFound(String id) {
    return new MabeamException(
        ErrorCode.AGENT_NOT_FOUND,
        "there is no agent '" + id + "'",
        "list the agents to see their ids, or deploy it");
  }

  /** It has no owner. */
  static MabeamException unavailable(Entry agent) {
    return agent.why().equals(UNCERTAIN)
        ? uncertain(agent.id())
        : new MabeamException(
            ErrorCode.UNAVAILABLE,
            "agent '" + agent.id() + "' has no node just now"
                + (agent.why().isEmpty() ? "" : ": " + agent.why()),
            "try again: it is placed again as soon as a node can take it");
  }

  /** The node went while the message was under way. */
  static MabeamException nodeLeft(String id, String node) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "node " + node + " of agent '" + id + "' went before it answered",
        "whether the message was handled is unknown");
  }

  /** It is volatile, and was ended while it had the message. */
  static MabeamException unanswered(String id) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "agent '" + id + "' was ended before it had answered",
        "whether the message was handled is unknown");
  }

  /** It went while the message was under way. */
  static MabeamException undeployed(String id) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "there is no agent '" + id + "' any more, and there was when the message was sent",
        "whether the message was handled is unknown");
  }

  /** It has lost what it knew of the message. */
  static MabeamException forgotten(String id) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "agent '" + id + "' began anew, or the message is too old, before it was answered",
        "whether the message was handled is unknown");
  }

  static MabeamException overloaded(String id, int limit) {
    return new MabeamException(
        ErrorCode.OVERLOADED,
        "the mailbox of agent '" + id + "' is full: " + limit + " messages wait",
        "send slower, or spread the work over more agents; this message was not taken");
  }

  static MabeamException late(String id) {
    return new MabeamException(
        ErrorCode.TIMEOUT,
        "no answer from agent '" + id + "' within the deadline",
        "whether the message was handled is unknown");
  }

  static MabeamException lateInMailbox(String id) {
    return new MabeamException(
        ErrorCode.TIMEOUT,
        "the deadline of a message to agent '" + id + "' passed in its mailbox",
        "it was not handled; send slower, or allow more time");
  }

  static MabeamException noLease(String id, String node) {
    return new MabeamException(
        ErrorCode.READ_ONLY,
        "node " + node + " of agent '" + id + "' is not confirmed by a majority",
        "it is cut off or starting, and for longer than this message could wait: it was not taken;"
            + " try again");
  }

  /** It is not known any more what became of a message. */
  static MabeamException sessionExpired(String id, String sender) {
    return new MabeamException(
        ErrorCode.SESSION_EXPIRED,
        "agent '" + id + "' does not know any more what became of this message of '" + sender
            + "': it was given up, or is older than what the agent remembers",
        "it is not handled now; whether it was before is unknown. Begin a new session");
  }

  /** An agent that is being moved cannot be heard before it is there. */
  static MabeamException notYet(String id) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "agent '" + id + "' is on its way to this node and cannot ask before it is there",
        "ask when it handles its first message, or in a timer");
  }

  static MabeamException migrating(String id) {
    return new MabeamException(
        ErrorCode.MIGRATING,
        "agent '" + id + "' is on its way to another node already",
        "wait until it has arrived");
  }

  /** Its message takes longer than a move waits. */
  static MabeamException busy(String id) {
    return new MabeamException(
        ErrorCode.TIMEOUT,
        "agent '" + id + "' is still at a message, or its checkpoint is not written",
        "try again: it has not moved");
  }

  /** This node ends. */
  static MabeamException closing(String node) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "node " + node + " is closing", "this message was not taken");
  }

  static MabeamException moves(String id) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "agent '" + id + "' is between two nodes",
        "try again; this message was not taken");
  }

  /** It has not given its state several times in a row. */
  static MabeamException rests(String id, Duration pause, MabeamException why) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        why.getMessage() + "; it begins again with its last checkpoint in " + pause.toMillis()
            + " ms",
        "this message was not taken; see the agent's snapshot()",
        why);
  }

  /** A node does not know the agent, and could not find out. */
  static MabeamException unknown(String id, Throwable failure) {
    MabeamException why = MabeamException.of(failure);
    return new MabeamException(
        why.code(),
        "agent '" + id + "' is not known here, and no majority says whether there is one: "
            + why.getMessage(),
        "try again, or ask a node that sees more of the cluster",
        why);
  }

  static MabeamException closed(String node) {
    return new MabeamException(ErrorCode.UNAVAILABLE, "node " + node + " is closing");
  }
}
