package dev.mabeam.agent;

import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * What a test breaks, to see that its checker notices.
 *
 * @param writesLast what moves is an agent's last checkpoint, after which it does nothing more
 * @param finds what was carried is used only if no store has anything newer
 * @param writesFirst nothing is said before the checkpoint that contains it is written
 * @param joint while a set changes, the stores before count too
 * @param forwardsAsSent what waits for an agent that has moved goes on under its numbers
 * @param refusesOld a volatile agent handles nothing that was sent before it began
 * @param stopsFirst an id is free only when the agent that had it has stopped
 * @param session names a room as a sender, by its node's id: like no other room ever
 */
record AgentRules(
    boolean writesLast,
    boolean finds,
    boolean writesFirst,
    boolean joint,
    boolean forwardsAsSent,
    boolean refusesOld,
    boolean stopsFirst,
    UnaryOperator<String> session) {
  static final AgentRules ALL =
      new AgentRules(
          true, true, true, true, true, true, true, node -> node + "." + UUID.randomUUID());

  AgentRules withSession(UnaryOperator<String> named) {
    return new AgentRules(
        writesLast, finds, writesFirst, joint, forwardsAsSent, refusesOld, stopsFirst, named);
  }
}
