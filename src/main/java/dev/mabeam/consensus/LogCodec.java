package dev.mabeam.consensus;

import io.microraft.MembershipChangeMode;
import io.microraft.RaftEndpoint;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.InstallSnapshotRequest.InstallSnapshotRequestBuilder;
import io.microraft.model.message.InstallSnapshotResponse;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.PreVoteResponse;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.TriggerLeaderElectionRequest;
import io.microraft.model.message.VoteRequest;
import io.microraft.model.message.VoteResponse;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The engine's messages and entries as bytes.
 *
 * <pre>
 *   message   version:1  kind:1  group:string  to:string  sender:endpoint  term:4  …
 *   entry     term:4  kind:1  length:4  …
 *   string    length:2  UTF-8
 *   endpoint  id:string  node:string  host:string  port:2
 * </pre>
 *
 * <p>A later version may append to a message and to an entry of a known kind; what is not known is
 * not read. A message of an unknown kind or a higher version is dropped by whoever gets it, which
 * the protocol stands: messages get lost anyway.
 */
final class LogCodec {
  static final RaftModelFactory MODEL = new DefaultRaftModelFactory();
  static final byte VERSION = 1;

  /** A piece of a message that is too long for one frame; see {@link Pieces}. */
  static final byte PIECE = 32;

  /** Tells an endpoint that it was removed; see {@link MicroRaftLog}. */
  static final byte REMOVED = 33;

  private static final byte APPEND = 1;
  private static final byte APPENDED = 2;
  private static final byte NOT_APPENDED = 3;
  private static final byte INSTALL = 4;
  private static final byte WANTED = 5;
  private static final byte PRE_VOTE = 6;
  private static final byte PRE_VOTED = 7;
  private static final byte VOTE = 8;
  private static final byte VOTED = 9;
  private static final byte TAKE_OVER = 10;

  private static final byte COMMAND = 0;
  private static final byte MEMBERS = 1;

  private LogCodec() {}

  /** A message, or null if this version does not know it or it is not meant for {@code self}. */
  static RaftMessage decode(String group, Endpoint self, Buffer bytes) {
    LogWire in = open(group, self, bytes);
    return in == null
        ? null
        : decode(kind(bytes), new Head(group, in.readEndpoint(), in.readInt()), in);
  }

  /** At the sender; or null if this is not for {@code self}: an address may have had others. */
  static LogWire open(String group, Endpoint self, Buffer bytes) {
    LogWire in = new LogWire(bytes);
    byte version = in.readByte();
    in.readByte();
    boolean mine = in.readString().equals(group) && in.readString().equals(self.id());
    return version <= VERSION && mine ? in : null;
  }

  /** The index of the configuration without {@code self}; 0 if it is not meant for it. */
  static long removal(String group, Endpoint self, Buffer bytes) {
    LogWire in = open(group, self, bytes);
    if (in == null) {
      return 0;
    }
    in.readEndpoint();
    in.readInt();
    return in.readLong();
  }

  static byte kind(Buffer bytes) {
    return bytes.getByte(1);
  }

  /** What every message begins with. */
  static Buffer begin(
      byte kind, Object group, Endpoint to, RaftEndpoint sender, int term, int sizeHint) {
    Buffer out = Buffer.buffer(sizeHint).appendByte(VERSION).appendByte(kind);
    LogWire.writeString(out, (String) group);
    LogWire.writeString(out, to.id());
    LogWire.writeEndpoint(out, (Endpoint) sender);
    return out.appendInt(term);
  }

  /**
   * @param image what the chunk's operation holds, if the message carries a chunk
   */
  static Buffer encode(RaftMessage message, Endpoint to, Buffer image) {
    if (message instanceof AppendEntriesRequest m) {
      return append(m, to);
    }
    if (message instanceof AppendEntriesSuccessResponse m) {
      return begin(APPENDED, m, to)
          .appendLong(m.getLastLogIndex())
          .appendLong(m.getQuerySequenceNumber())
          .appendLong(m.getFlowControlSequenceNumber());
    }
    if (message instanceof AppendEntriesFailureResponse m) {
      return begin(NOT_APPENDED, m, to)
          .appendLong(m.getExpectedNextIndex())
          .appendLong(m.getQuerySequenceNumber())
          .appendLong(m.getFlowControlSequenceNumber())
          .appendLong(m instanceof NotAppended known ? known.lastLogIndex() : -1);
    }
    if (message instanceof InstallSnapshotRequest m) {
      return install(m, to, image);
    }
    if (message instanceof InstallSnapshotResponse m) {
      return begin(WANTED, m, to)
          .appendLong(m.getSnapshotIndex())
          .appendInt(m.getRequestedSnapshotChunkIndex())
          .appendLong(m.getQuerySequenceNumber())
          .appendLong(m.getFlowControlSequenceNumber());
    }
    return vote(message, to);
  }

  private static Buffer vote(RaftMessage message, Endpoint to) {
    if (message instanceof PreVoteRequest m) {
      return begin(PRE_VOTE, m, to).appendInt(m.getLastLogTerm()).appendLong(m.getLastLogIndex());
    }
    if (message instanceof PreVoteResponse m) {
      return begin(PRE_VOTED, m, to).appendByte(bit(m.isGranted()));
    }
    if (message instanceof VoteRequest m) {
      return begin(VOTE, m, to)
          .appendInt(m.getLastLogTerm())
          .appendLong(m.getLastLogIndex())
          .appendByte(bit(m.isSticky()));
    }
    if (message instanceof VoteResponse m) {
      return begin(VOTED, m, to).appendByte(bit(m.isGranted()));
    }
    if (message instanceof TriggerLeaderElectionRequest m) {
      return begin(TAKE_OVER, m, to).appendInt(m.getLastLogTerm()).appendLong(m.getLastLogIndex());
    }
    throw new IllegalArgumentException("no codec for " + message.getClass());
  }

  private static Buffer begin(byte kind, RaftMessage message, Endpoint to) {
    return begin(kind, message.getGroupId(), to, message.getSender(), message.getTerm(), 128);
  }

  private static byte bit(boolean value) {
    return (byte) (value ? 1 : 0);
  }

  private static Buffer append(AppendEntriesRequest m, Endpoint to) {
    List<LogEntry> entries = m.getLogEntries();
    Buffer out =
        begin(
                APPEND,
                m.getGroupId(),
                to,
                m.getSender(),
                m.getTerm(),
                192 + 128 * entries.size())
            .appendInt(m.getPreviousLogTerm())
            .appendLong(m.getPreviousLogIndex())
            .appendLong(m.getCommitIndex())
            .appendLong(m.getQuerySequenceNumber())
            .appendLong(m.getFlowControlSequenceNumber())
            .appendInt(entries.size());
    if (!entries.isEmpty()) {
      out.appendLong(entries.get(0).getIndex());
      entries.forEach(entry -> writeEntry(out, entry));
    }
    return out;
  }

  private static Buffer install(InstallSnapshotRequest m, Endpoint to, Buffer image) {
    Buffer out =
        begin(
                INSTALL,
                m.getGroupId(),
                to,
                m.getSender(),
                m.getTerm(),
                512 + (image == null ? 0 : image.length()))
            .appendByte(bit(m.isSenderLeader()))
            .appendInt(m.getSnapshotTerm())
            .appendLong(m.getSnapshotIndex())
            .appendInt(m.getTotalSnapshotChunkCount())
            .appendLong(m.getQuerySequenceNumber())
            .appendLong(m.getFlowControlSequenceNumber());
    LogWire.writeEndpoints(out, m.getSnapshottedMembers());
    writeMembers(out, m.getGroupMembersView());
    SnapshotChunk chunk = m.getSnapshotChunk();
    out.appendByte(bit(chunk != null));
    if (chunk != null) {
      out.appendInt(chunk.getSnapshotChunkIndex());
      LogWire.writeBytes(out, image);
    }
    return out;
  }

  static void writeEntry(Buffer out, LogEntry entry) {
    out.appendInt(entry.getTerm());
    if (entry.getOperation() instanceof Buffer command) {
      out.appendByte(COMMAND);
      LogWire.writeBytes(out, command);
    } else if (entry.getOperation() instanceof UpdateRaftGroupMembersOp op) {
      Buffer bytes = Buffer.buffer(256);
      LogWire.writeEndpoints(bytes, op.getMembers());
      LogWire.writeEndpoints(bytes, op.getVotingMembers());
      LogWire.writeEndpoint(bytes, (Endpoint) op.getEndpoint());
      bytes.appendByte(mode(op.getMode()));
      out.appendByte(MEMBERS);
      LogWire.writeBytes(out, bytes);
    } else {
      throw new IllegalArgumentException("no codec for " + entry.getOperation().getClass());
    }
  }

  static LogEntry readEntry(long index, LogWire in) {
    int term = in.readInt();
    byte kind = in.readByte();
    Buffer bytes = in.readBytes();
    return MODEL.createLogEntryBuilder()
        .setIndex(index)
        .setTerm(term)
        .setOperation(kind == COMMAND ? bytes : operation(kind, bytes))
        .build();
  }

  private static UpdateRaftGroupMembersOp operation(byte kind, Buffer bytes) {
    if (kind != MEMBERS) {
      throw new IllegalArgumentException("an entry of unknown kind " + kind);
    }
    LogWire in = new LogWire(bytes);
    return MODEL.createUpdateRaftGroupMembersOpBuilder()
        .setMembers(in.readEndpoints())
        .setVotingMembers(in.readEndpoints())
        .setEndpoint(in.readEndpoint())
        .setMode(mode(in.readByte()))
        .build();
  }

  private static byte mode(MembershipChangeMode mode) {
    return switch (mode) {
      case ADD_LEARNER -> 1;
      case ADD_OR_PROMOTE_TO_FOLLOWER -> 2;
      case REMOVE_MEMBER -> 3;
    };
  }

  private static MembershipChangeMode mode(byte mode) {
    return switch (mode) {
      case 1 -> MembershipChangeMode.ADD_LEARNER;
      case 2 -> MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER;
      case 3 -> MembershipChangeMode.REMOVE_MEMBER;
      default -> throw new IllegalArgumentException("a change of unknown kind " + mode);
    };
  }

  static void writeMembers(Buffer out, RaftGroupMembersView members) {
    out.appendLong(members.getLogIndex());
    LogWire.writeEndpoints(out, members.getMembers());
    LogWire.writeEndpoints(out, members.getVotingMembers());
  }

  static RaftGroupMembersView readMembers(LogWire in) {
    return MODEL.createRaftGroupMembersViewBuilder()
        .setLogIndex(in.readLong())
        .setMembers(in.readEndpoints())
        .setVotingMembers(in.readEndpoints())
        .build();
  }

  private record Head(String group, Endpoint sender, int term) {}

  private static RaftMessage decode(byte kind, Head head, LogWire in) {
    return switch (kind) {
      case APPEND -> readAppend(head, in);
      case APPENDED ->
          MODEL.createAppendEntriesSuccessResponseBuilder()
              .setGroupId(head.group)
              .setSender(head.sender)
              .setTerm(head.term)
              .setLastLogIndex(in.readLong())
              .setQuerySequenceNumber(in.readLong())
              .setFlowControlSequenceNumber(in.readLong())
              .build();
      case NOT_APPENDED ->
          new NotAppended(
              head.group, head.sender, head.term, in.readLong(), in.readLong(), in.readLong(),
              in.readLong());
      case INSTALL -> readInstall(head, in);
      case WANTED ->
          MODEL.createInstallSnapshotResponseBuilder()
              .setGroupId(head.group)
              .setSender(head.sender)
              .setTerm(head.term)
              .setSnapshotIndex(in.readLong())
              .setRequestedSnapshotChunkIndex(in.readInt())
              .setQuerySequenceNumber(in.readLong())
              .setFlowControlSequenceNumber(in.readLong())
              .build();
      default -> readVote(kind, head, in);
    };
  }

  private static RaftMessage readVote(byte kind, Head head, LogWire in) {
    return switch (kind) {
      case PRE_VOTE ->
          MODEL.createPreVoteRequestBuilder()
              .setGroupId(head.group)
              .setSender(head.sender)
              .setTerm(head.term)
              .setLastLogTerm(in.readInt())
              .setLastLogIndex(in.readLong())
              .build();
      case PRE_VOTED ->
          MODEL.createPreVoteResponseBuilder()
              .setGroupId(head.group)
              .setSender(head.sender)
              .setTerm(head.term)
              .setGranted(in.readBoolean())
              .build();
      case VOTE ->
          MODEL.createVoteRequestBuilder()
              .setGroupId(head.group)
              .setSender(head.sender)
              .setTerm(head.term)
              .setLastLogTerm(in.readInt())
              .setLastLogIndex(in.readLong())
              .setSticky(in.readBoolean())
              .build();
      case VOTED ->
          MODEL.createVoteResponseBuilder()
              .setGroupId(head.group)
              .setSender(head.sender)
              .setTerm(head.term)
              .setGranted(in.readBoolean())
              .build();
      case TAKE_OVER ->
          MODEL.createTriggerLeaderElectionRequestBuilder()
              .setGroupId(head.group)
              .setSender(head.sender)
              .setTerm(head.term)
              .setLastLogTerm(in.readInt())
              .setLastLogIndex(in.readLong())
              .build();
      default -> null;
    };
  }

  private static RaftMessage readAppend(Head head, LogWire in) {
    var builder =
        MODEL.createAppendEntriesRequestBuilder()
            .setGroupId(head.group)
            .setSender(head.sender)
            .setTerm(head.term)
            .setPreviousLogTerm(in.readInt())
            .setPreviousLogIndex(in.readLong())
            .setCommitIndex(in.readLong())
            .setQuerySequenceNumber(in.readLong())
            .setFlowControlSequenceNumber(in.readLong());
    int count = in.readInt();
    List<LogEntry> entries = new ArrayList<>();
    long first = count == 0 ? 0 : in.readLong();
    for (int i = 0; i < count; i++) {
      entries.add(readEntry(first + i, in));
    }
    return builder.setLogEntries(entries).build();
  }

  private static RaftMessage readInstall(Head head, LogWire in) {
    InstallSnapshotRequestBuilder builder =
        MODEL.createInstallSnapshotRequestBuilder()
            .setGroupId(head.group)
            .setSender(head.sender)
            .setTerm(head.term)
            .setSenderLeader(in.readBoolean());
    int term = in.readInt();
    long index = in.readLong();
    int count = in.readInt();
    builder
        .setSnapshotTerm(term)
        .setSnapshotIndex(index)
        .setTotalSnapshotChunkCount(count)
        .setQuerySequenceNumber(in.readLong())
        .setFlowControlSequenceNumber(in.readLong())
        .setSnapshottedMembers(in.readEndpoints());
    RaftGroupMembersView members = readMembers(in);
    SnapshotChunk chunk = null;
    if (in.readBoolean()) {
      chunk = chunk(index, term, in.readInt(), count, members, new LogImage(in.readBytes()));
    }
    return builder.setGroupMembersView(members).setSnapshotChunk(chunk).build();
  }

  static SnapshotChunk chunk(
      long index, int term, int chunk, int chunks, RaftGroupMembersView members, LogImage image) {
    return MODEL.createSnapshotChunkBuilder()
        .setIndex(index)
        .setTerm(term)
        .setSnapshotChunkIndex(chunk)
        .setSnapshotChunkCount(chunks)
        .setGroupMembersView(members)
        .setOperation(image)
        .build();
  }

  /** That an endpoint could not append, and how far its log goes. */
  record NotAppended(
      String group,
      Endpoint sender,
      int term,
      long expectedNextIndex,
      long querySequenceNumber,
      long flowControlSequenceNumber,
      long lastLogIndex)
      implements AppendEntriesFailureResponse {
    static NotAppended of(AppendEntriesFailureResponse response, long lastLogIndex) {
      return new NotAppended(
          (String) response.getGroupId(),
          (Endpoint) response.getSender(),
          response.getTerm(),
          response.getExpectedNextIndex(),
          response.getQuerySequenceNumber(),
          response.getFlowControlSequenceNumber(),
          lastLogIndex);
    }

    NotAppended expecting(long nextIndex) {
      return new NotAppended(
          group, sender, term, nextIndex, querySequenceNumber, flowControlSequenceNumber,
          lastLogIndex);
    }

    @Override
    public Object getGroupId() {
      return group;
    }

    @Override
    public RaftEndpoint getSender() {
      return sender;
    }

    @Override
    public int getTerm() {
      return term;
    }

    @Override
    public long getExpectedNextIndex() {
      return expectedNextIndex;
    }

    @Override
    public long getQuerySequenceNumber() {
      return querySequenceNumber;
    }

    @Override
    public long getFlowControlSequenceNumber() {
      return flowControlSequenceNumber;
    }
  }
}
