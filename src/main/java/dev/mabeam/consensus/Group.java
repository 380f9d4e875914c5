package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * What this node knows of the leader and the voters: from its own log if it votes, else from the
 * log that it follows, and from who was asked and is not the leader. It is a hint where to ask;
 * whether somebody leads is only known to whoever a majority confirms it to.
 */
final class Group {
  private final List<Runnable> listeners = new ArrayList<>();
  private volatile GroupStatus status = GroupStatus.UNKNOWN;
  private boolean ownLeads;

  /** Any thread. */
  GroupStatus status() {
    return status;
  }

  /** Null if none is known. */
  LinkAddress leader() {
    Endpoint leader = status.leader();
    return leader == null ? null : leader.address();
  }

  int term() {
    return status.term();
  }

  /** Hears after each change. */
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** From the node's own log. As long as that knows a leader, nobody else is believed. */
  void own(GroupStatus current) {
    ownLeads = current.leader() != null;
    set(current);
  }

  /** The node keeps no log any more. */
  void ownEnded() {
    ownLeads = false;
  }

  /** From another node; older than what is known, it says nothing. */
  void told(GroupStatus other) {
    if (ownLeads) {
      return;
    }
    boolean voters = other.configuration() >= status.configuration();
    boolean leads =
        other.term() > status.term() || other.term() == status.term() && other.leader() != null;
    set(
        new GroupStatus(
            leads ? other.term() : status.term(),
            leads ? other.leader() : status.leader(),
            voters ? other.voters() : status.voters(),
            voters ? other.configuration() : status.configuration()));
  }

  private void set(GroupStatus next) {
    if (!next.equals(status)) {
      status = next;
      listeners.forEach(Runnable::run);
    }
  }
}
