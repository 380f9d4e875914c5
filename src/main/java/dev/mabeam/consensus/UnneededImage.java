package dev.mabeam.consensus;

import io.microraft.RaftNodeStatus;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.log.RaftLog;
import io.microraft.impl.state.RaftGroupMembersState;
import io.microraft.impl.state.RaftState;
import io.microraft.model.log.LogEntry;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.RaftMessage;
import java.util.List;

/**
 * Looks at an image before the engine installs it. Images travel slowly, and the entries may have
 * come meanwhile; the engine would install it over them all the same, and fall back to the members
 * of the image although the log has a later change of them.
 *
 * <ul>
 *   <li>If the log has the entry that the image ends with, the image is not needed: that entry is
 *       committed, and that is all that the endpoint has to hear.
 *   <li>Else what the log has from there on contradicts what was committed, and goes; and so does a
 *       change of members that is in it.
 * </ul>
 */
final class UnneededImage {
  private final RaftNodeImpl engine;
  private final RaftState state;

  UnneededImage(RaftNodeImpl engine) {
    this.engine = engine;
    this.state = engine.state();
  }

  RaftMessage heard(RaftMessage message) {
    if (!(message instanceof InstallSnapshotRequest request)
        || request.getTerm() < state.term()
        || request.getSnapshotIndex() <= state.commitIndex()) {
      return message;
    }
    LogEntry own = state.log().getLogEntry(request.getSnapshotIndex());
    if (own != null && own.getTerm() == request.getSnapshotTerm() && request.isSenderLeader()) {
      return thatIsCommitted(request);
    }
    if (request.getSnapshotChunk() != null) {
      dropContradictions(request);
    }
    return message;
  }

  private static RaftMessage thatIsCommitted(InstallSnapshotRequest request) {
    return LogCodec.MODEL
        .createAppendEntriesRequestBuilder()
        .setGroupId(request.getGroupId())
        .setSender(request.getSender())
        .setTerm(request.getTerm())
        .setPreviousLogIndex(request.getSnapshotIndex())
        .setPreviousLogTerm(request.getSnapshotTerm())
        .setCommitIndex(request.getSnapshotIndex())
        .setQuerySequenceNumber(request.getQuerySequenceNumber())
        .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber())
        .setLogEntries(List.of())
        .build();
  }

  private void dropContradictions(InstallSnapshotRequest request) {
    RaftLog log = state.log();
    RaftGroupMembersState members = state.effectiveGroupMembers();
    boolean changing = members != state.committedGroupMembers();
    if (changing && members.getLogIndex() > request.getGroupMembersView().getLogIndex()) {
      engine.setStatus(RaftNodeStatus.ACTIVE);
      engine.revertGroupMembers();
    }
    if (log.lastLogOrSnapshotIndex() >= request.getSnapshotIndex()) {
      log.truncateEntriesFrom(request.getSnapshotIndex());
    }
  }
}
