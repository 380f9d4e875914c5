package dev.mabeam.consensus;

import io.microraft.RaftRole;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.InstallSnapshotResponse;
import io.microraft.model.message.PreVoteResponse;
import io.microraft.model.message.RaftMessage;

/**
 * What MicroRaft 0.7 is told, and says, differently from what came and from what it would say. Each
 * has a test in the simulation that fails without it.
 */
final class Corrections {
  /** In what the engine is helped. */
  enum What {
    /** See {@link BehindImage}. */
    BEHIND_IMAGE,
    /** See {@link UnneededImage}. */
    UNNEEDED_IMAGE,
    /** See {@link BehindLeader}. */
    BEHIND_LEADER,
    /**
     * An endpoint that had begun to look for votes, and then heard from its leader again, went on
     * looking for good, and did not notice when that leader died. Hearing from the leader ends it.
     */
    SEARCH_FOR_VOTES_ENDS,
    /**
     * An endpoint that was refused because its term is too low asked again with the same term, for
     * good; if it is the only one whose log is long enough, nobody led any more. It takes the term
     * over. (A refusal for another reason names the next term, which is nobody's yet.)
     */
    TERMS_ARE_TAKEN_OVER,
    /**
     * A leader counted what was confirmed to it in an earlier term of its own, although the log
     * that was confirmed may have lost its end since. It counts only what is of its present term.
     */
    STALE_ANSWERS,
    /** See {@link WholeMajority}. */
    WHOLE_MAJORITY
  }

  private final RaftNodeImpl engine;
  private final RaftState state;
  private final MicroRaftLog.Rules rules;
  private final BehindImage behindImage;
  private final UnneededImage unneededImage;
  private final WholeMajority wholeMajority;

  Corrections(RaftNodeImpl engine, MicroRaftLog.Rules rules) {
    this.engine = engine;
    this.state = engine.state();
    this.rules = rules;
    this.behindImage = new BehindImage(state);
    this.wholeMajority = new WholeMajority(state);
    this.unneededImage = new UnneededImage(engine);
  }

  /** Has the engine handle it; on the engine's thread, when nothing of the engine is running. */
  void hear(RaftMessage message) {
    if (refusesForTheTerm(message) && rules.corrects(What.TERMS_ARE_TAKEN_OVER)) {
      engine.toFollower(message.getTerm());
      return;
    }
    if (answersALeader(message)
        && message.getTerm() < state.term()
        && rules.corrects(What.STALE_ANSWERS)) {
      return;
    }
    if (rules.corrects(What.WHOLE_MAJORITY)) {
      if (message instanceof AppendEntriesSuccessResponse response) {
        wholeMajority.heard(response).forEach(engine::handle);
        return;
      }
      if (wholeMajority.applies() && answersALeader(message)) {
        hearFurther(confirmsNoRead(message));
        return;
      }
    }
    hearFurther(message);
  }

  private static RaftMessage confirmsNoRead(RaftMessage message) {
    if (message instanceof LogCodec.NotAppended refusal) {
      return new LogCodec.NotAppended(
          refusal.group(),
          refusal.sender(),
          refusal.term(),
          refusal.expectedNextIndex(),
          0,
          refusal.flowControlSequenceNumber(),
          refusal.lastLogIndex());
    }
    InstallSnapshotResponse wanted = (InstallSnapshotResponse) message;
    return LogCodec.MODEL
        .createInstallSnapshotResponseBuilder()
        .setGroupId(wanted.getGroupId())
        .setSender(wanted.getSender())
        .setTerm(wanted.getTerm())
        .setSnapshotIndex(wanted.getSnapshotIndex())
        .setRequestedSnapshotChunkIndex(wanted.getRequestedSnapshotChunkIndex())
        .setQuerySequenceNumber(0)
        .setFlowControlSequenceNumber(wanted.getFlowControlSequenceNumber())
        .build();
  }

  private void hearFurther(RaftMessage message) {
    if (rules.corrects(What.SEARCH_FOR_VOTES_ENDS)
        && comesFromTheLeader(message)
        && looksForVotes()) {
      engine.toFollower(state.term());
    }
    RaftMessage heard = message;
    if (rules.corrects(What.BEHIND_LEADER)) {
      heard = BehindLeader.heard(heard, state);
    }
    if (rules.corrects(What.UNNEEDED_IMAGE)) {
      heard = unneededImage.heard(heard);
    }
    if (rules.corrects(What.BEHIND_IMAGE)) {
      for (RaftMessage each : behindImage.heard(heard)) {
        engine.handle(each);
        behindImage.handled();
      }
    } else {
      engine.handle(heard);
    }
  }

  RaftMessage toSend(RaftMessage message) {
    RaftMessage told = behindImage.toSend(message);
    return told instanceof AppendEntriesFailureResponse response
        ? LogCodec.NotAppended.of(response, state.log().lastLogOrSnapshotIndex())
        : told;
  }

  private boolean refusesForTheTerm(RaftMessage message) {
    return message instanceof PreVoteResponse response
        && !response.isGranted()
        && response.getTerm() > state.term() + 1
        && state.isKnownMember(response.getSender());
  }

  private static boolean answersALeader(RaftMessage message) {
    return message instanceof AppendEntriesSuccessResponse
        || message instanceof AppendEntriesFailureResponse
        || message instanceof InstallSnapshotResponse;
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
