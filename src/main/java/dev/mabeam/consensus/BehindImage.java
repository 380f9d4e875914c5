package dev.mabeam.consensus;

import io.microraft.impl.log.RaftLog;
import io.microraft.impl.state.RaftState;
import io.microraft.model.log.LogEntry;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.RaftMessage;
import java.util.List;

/**
 * Lets an endpoint follow from its image on. The engine, asked to append after the entry that its
 * image ends with, looks for that entry in its log, where it is not any more, and refuses for good
 * if entries that only it has come after the image. Whatever an image holds is committed, so an
 * endpoint can say yes to the image's index whoever asks.
 *
 * <p>The engine looks at nothing if it is asked to append from the log's very beginning. So the
 * request is put to it that way, without the leader's commit index (which would be read against the
 * wrong end), and its answer, which counts from there, is moved on by the image's index.
 */
final class BehindImage {
  private final RaftState state;
  private long movedBy;

  BehindImage(RaftState state) {
    this.state = state;
  }

  RaftMessage heard(RaftMessage message) {
    if (message instanceof AppendEntriesRequest request
        && request.getTerm() >= state.term()
        && cannotSee(request)) {
      return fromTheImage(request);
    }
    return message;
  }

  private boolean cannotSee(AppendEntriesRequest request) {
    RaftLog log = state.log();
    long image = log.snapshotIndex();
    return image > 0
        && request.getPreviousLogIndex() == image
        && request.getPreviousLogTerm() == log.snapshotEntry().getTerm()
        && log.lastLogOrSnapshotIndex() > image
        && !log.containsLogEntry(image);
  }

  private AppendEntriesRequest fromTheImage(AppendEntriesRequest request) {
    List<LogEntry> entries = request.getLogEntries();
    int same = 0;
    while (same < entries.size() && has(entries.get(same))) {
      same++;
    }
    var builder =
        LogCodec.MODEL
            .createAppendEntriesRequestBuilder()
            .setGroupId(request.getGroupId())
            .setSender(request.getSender())
            .setTerm(request.getTerm())
            .setQuerySequenceNumber(request.getQuerySequenceNumber())
            .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber())
            .setLogEntries(entries.subList(same, entries.size()));
    if (same > 0) {
      LogEntry last = entries.get(same - 1);
      return builder
          .setPreviousLogIndex(last.getIndex())
          .setPreviousLogTerm(last.getTerm())
          .setCommitIndex(request.getCommitIndex())
          .build();
    }
    movedBy = request.getPreviousLogIndex();
    return builder.setPreviousLogIndex(0).setPreviousLogTerm(0).setCommitIndex(0).build();
  }

  private boolean has(LogEntry entry) {
    LogEntry own = state.log().getLogEntry(entry.getIndex());
    return own != null && own.getTerm() == entry.getTerm();
  }

  RaftMessage toSend(RaftMessage message) {
    if (movedBy == 0 || !(message instanceof AppendEntriesSuccessResponse response)) {
      return message;
    }
    return LogCodec.MODEL
        .createAppendEntriesSuccessResponseBuilder()
        .setGroupId(response.getGroupId())
        .setSender(response.getSender())
        .setTerm(response.getTerm())
        .setLastLogIndex(response.getLastLogIndex() + movedBy)
        .setQuerySequenceNumber(response.getQuerySequenceNumber())
        .setFlowControlSequenceNumber(response.getFlowControlSequenceNumber())
        .build();
  }

  /** The message that was heard last is dealt with. */
  void handled() {
    movedBy = 0;
  }
}
