package dev.mabeam.consensus;

import io.microraft.impl.log.RaftLog;
import io.microraft.impl.state.RaftState;
import io.microraft.model.log.LogEntry;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesRequest.AppendEntriesRequestBuilder;
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
 * request's first entry is put to it that way, without the leader's commit index (which would be
 * read against the wrong end), and its answer, which counts from there, is moved on by the image's
 * index. The rest follows as a request of its own.
 */
final class BehindImage {
  private final RaftState state;
  private long movedBy;

  BehindImage(RaftState state) {
    this.state = state;
  }

  /** What the engine gets to hear instead, one after the other. */
  List<RaftMessage> heard(RaftMessage message) {
    if (message instanceof AppendEntriesRequest request
        && request.getTerm() >= state.term()
        && cannotSee(request)) {
      return fromTheImage(request);
    }
    return List.of(message);
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

  private List<RaftMessage> fromTheImage(AppendEntriesRequest request) {
    List<LogEntry> entries = request.getLogEntries();
    int same = 0;
    while (same < entries.size() && has(entries.get(same))) {
      same++;
    }
    if (same > 0) {
      return List.of(after(same, request));
    }
    movedBy = request.getPreviousLogIndex();
    RaftMessage first =
        like(request)
            .setPreviousLogIndex(0)
            .setPreviousLogTerm(0)
            .setCommitIndex(0)
            .setLogEntries(entries.subList(0, Math.min(1, entries.size())))
            .build();
    return entries.isEmpty() ? List.of(first) : List.of(first, after(1, request));
  }

  /** The request without its first entries, which are there. */
  private static RaftMessage after(int count, AppendEntriesRequest request) {
    List<LogEntry> entries = request.getLogEntries();
    LogEntry last = entries.get(count - 1);
    return like(request)
        .setPreviousLogIndex(last.getIndex())
        .setPreviousLogTerm(last.getTerm())
        .setCommitIndex(request.getCommitIndex())
        .setLogEntries(entries.subList(count, entries.size()))
        .build();
  }

  private static AppendEntriesRequestBuilder like(AppendEntriesRequest request) {
    return LogCodec.MODEL
        .createAppendEntriesRequestBuilder()
        .setGroupId(request.getGroupId())
        .setSender(request.getSender())
        .setTerm(request.getTerm())
        .setQuerySequenceNumber(request.getQuerySequenceNumber())
        .setFlowControlSequenceNumber(request.getFlowControlSequenceNumber());
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
