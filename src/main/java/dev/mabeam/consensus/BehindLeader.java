package dev.mabeam.consensus;

import io.microraft.impl.state.FollowerState;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.RaftMessage;

/**
 * Spares a leader the way back entry by entry. A new leader takes every log to be as long as its
 * own, and the engine takes one entry off that guess per round trip. An endpoint that could not
 * append says how long its log is, so the guess goes down to that at once. It is only a guess:
 * nothing is taken to be there before the endpoint has confirmed it.
 */
final class BehindLeader {
  private BehindLeader() {}

  static RaftMessage heard(RaftMessage message, RaftState state) {
    if (!(message instanceof LogCodec.NotAppended refused)
        || state.leaderState() == null
        || refused.term() > state.term()
        || refused.lastLogIndex() < 0) {
      return message;
    }
    FollowerState other = state.leaderState().getFollowerStateOrNull(refused.sender());
    long guess = refused.lastLogIndex() + 1;
    boolean lower =
        other != null
            && refused.expectedNextIndex() == other.nextIndex()
            && guess < other.nextIndex() - 1
            && guess > other.matchIndex();
    if (!lower) {
      return message;
    }
    // The engine takes one off.
    other.nextIndex(guess + 1);
    return refused.expecting(guess + 1);
  }
}
