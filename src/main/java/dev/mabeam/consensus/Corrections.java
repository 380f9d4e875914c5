package dev.mabeam.consensus;

import io.microraft.RaftRole;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.PreVoteResponse;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.VoteResponse;

/**
 * What MicroRaft 0.7 is told, and says, differently from what came and from what it would say. Each
 * has a test in the simulation that fails without it; {@code docs/decisions/014} lists them.
 *
 * <ul>
 *   <li>{@link BehindImage}: an endpoint whose log is an image and entries that only it has could
 *       not be brought up to date.
 *   <li>{@link UnneededImage}: an image could be installed over later entries.
 *   <li>{@link BehindLeader}: an endpoint that is n entries behind took n round trips to say so.
 *   <li>An endpoint that had begun to look for votes, and then heard from its leader again, went on
 *       looking for good, and did not notice when that leader died. Here hearing from the leader
 *       ends it.
 *   <li>A leader that is removing itself, and comes back before it knows that it has, counted its own
 *       vote among those of a group that it is not in. Here it leaves the election to the others.
 * </ul>
 */
final class Corrections {
  private final RaftNodeImpl engine;
  private final RaftState state;
  private final Endpoint self;
  private final MicroRaftLog.Rules rules;
  private final BehindImage behindImage;
  private final UnneededImage unneededImage;

  Corrections(RaftNodeImpl engine, Endpoint self, MicroRaftLog.Rules rules) {
    this.engine = engine;
    this.state = engine.state();
    this.self = self;
    this.rules = rules;
    this.behindImage = new BehindImage(state);
    this.unneededImage = new UnneededImage(engine);
  }

  /** Has the engine handle it; on the engine's thread, when nothing of the engine is running. */
  void hear(RaftMessage message) {
    if (grantsVote(message) && removed() && rules.removedOnesAbstain()) {
      return;
    }
    if (comesFromTheLeader(message) && looksForVotes() && rules.leadersEndPreVotes()) {
      engine.toFollower(state.term());
    }
    RaftMessage heard = unneededImage.heard(BehindLeader.heard(message, state));
    for (RaftMessage each : behindImage.heard(heard)) {
      engine.handle(each);
      behindImage.handled();
    }
  }

  RaftMessage toSend(RaftMessage message) {
    RaftMessage told = behindImage.toSend(message);
    return told instanceof AppendEntriesFailureResponse response
        ? LogCodec.NotAppended.of(response, state.log().lastLogOrSnapshotIndex())
        : told;
  }

  private static boolean grantsVote(RaftMessage message) {
    return message instanceof PreVoteResponse || message instanceof VoteResponse;
  }

  private boolean removed() {
    return !state.effectiveGroupMembers().getVotingMembers().contains(self);
  }

  private boolean comesFromTheLeader(RaftMessage message) {
    boolean leads =
        message instanceof AppendEntriesRequest
            || message instanceof InstallSnapshotRequest install && install.isSenderLeader();
    return leads && message.getTerm() == state.term();
  }

  private boolean looksForVotes() {
    return state.role() == RaftRole.FOLLOWER && state.preCandidateState() != null;
  }
}
