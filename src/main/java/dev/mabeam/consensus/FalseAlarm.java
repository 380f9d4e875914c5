package dev.mabeam.consensus;

import io.microraft.RaftEndpoint;
import io.microraft.RaftRole;
import io.microraft.impl.state.RaftState;

/**
 * Ends a pre-vote whose reason is gone. A follower that took the leader for dead, and then heard it
 * after all, stays what the engine calls a pre-candidate, and the engine lets no pre-candidate take
 * a leader for dead a second time. As soon as that has happened to a majority, the leader's death
 * would be the end.
 */
final class FalseAlarm {
  private FalseAlarm() {}

  /** To be called when a message was handled. */
  static void handled(RaftState state) {
    RaftEndpoint leader = state.leader();
    boolean over =
        leader != null
            && state.preCandidateState() != null
            && state.role() == RaftRole.FOLLOWER;
    if (over) {
      // To the term that it is in: this keeps the vote and forgets the rest.
      state.toFollower(state.term());
      state.leader(leader);
    }
  }
}
