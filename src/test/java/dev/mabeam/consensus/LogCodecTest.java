package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mabeam.link.LinkAddress;
import io.microraft.MembershipChangeMode;
import io.microraft.RaftEndpoint;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.RaftMessage;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LogCodecTest {
  private static final RaftModelFactory MODEL = LogCodec.MODEL;
  private static final Endpoint A = new Endpoint("id-ä", "a", new LinkAddress("::1", 7802));
  private static final Endpoint B = new Endpoint("id-b", "b", new LinkAddress("b.example", 1));
  private static final List<RaftEndpoint> BOTH = List.of(A, B);
  private static final Buffer IMAGE = Buffer.buffer("an image");
  private static final RaftGroupMembersView VIEW =
      MODEL
          .createRaftGroupMembersViewBuilder()
          .setLogIndex(17)
          .setMembers(BOTH)
          .setVotingMembers(List.of(A))
          .build();

  private static LogEntry entry(long index, Object operation) {
    return MODEL.createLogEntryBuilder().setIndex(index).setTerm(3).setOperation(operation).build();
  }

  private static UpdateRaftGroupMembersOp change(MembershipChangeMode mode) {
    return MODEL
        .createUpdateRaftGroupMembersOpBuilder()
        .setMembers(BOTH)
        .setVotingMembers(List.of(B))
        .setEndpoint(A)
        .setMode(mode)
        .build();
  }

  private static RaftMessage append(List<LogEntry> entries) {
    return MODEL
        .createAppendEntriesRequestBuilder()
        .setGroupId("g")
        .setSender(A)
        .setTerm(4)
        .setPreviousLogTerm(2)
        .setPreviousLogIndex(9)
        .setCommitIndex(8)
        .setQuerySequenceNumber(7)
        .setFlowControlSequenceNumber(6)
        .setLogEntries(entries)
        .build();
  }

  private static RaftMessage install(boolean chunk) {
    return MODEL
        .createInstallSnapshotRequestBuilder()
        .setGroupId("g")
        .setSender(A)
        .setTerm(4)
        .setSenderLeader(true)
        .setSnapshotTerm(3)
        .setSnapshotIndex(50)
        .setTotalSnapshotChunkCount(1)
        .setSnapshotChunk(chunk ? LogCodec.chunk(50, 3, 0, 1, VIEW, new LogImage(IMAGE)) : null)
        .setSnapshottedMembers(BOTH)
        .setGroupMembersView(VIEW)
        .setQuerySequenceNumber(2)
        .setFlowControlSequenceNumber(1)
        .build();
  }

  /** One of each kind that the engine can send. */
  static List<RaftMessage> messages() {
    return List.of(
        append(List.of()),
        append(
            List.of(
                entry(10, Buffer.buffer("x")),
                entry(11, Buffer.buffer()),
                entry(12, change(MembershipChangeMode.ADD_LEARNER)),
                entry(13, change(MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER)),
                entry(14, change(MembershipChangeMode.REMOVE_MEMBER)))),
        MODEL
            .createAppendEntriesSuccessResponseBuilder()
            .setGroupId("g")
            .setSender(B)
            .setTerm(4)
            .setLastLogIndex(Long.MAX_VALUE)
            .setQuerySequenceNumber(2)
            .setFlowControlSequenceNumber(3)
            .build(),
        new LogCodec.NotAppended("g", B, 4, 10, 2, 3, 5),
        install(false),
        install(true),
        MODEL
            .createInstallSnapshotResponseBuilder()
            .setGroupId("g")
            .setSender(B)
            .setTerm(4)
            .setSnapshotIndex(50)
            .setRequestedSnapshotChunkIndex(0)
            .setQuerySequenceNumber(2)
            .setFlowControlSequenceNumber(1)
            .build(),
        MODEL
            .createPreVoteRequestBuilder()
            .setGroupId("g")
            .setSender(B)
            .setTerm(5)
            .setLastLogTerm(4)
            .setLastLogIndex(99)
            .build(),
        MODEL
            .createPreVoteResponseBuilder()
            .setGroupId("g")
            .setSender(B)
            .setTerm(5)
            .setGranted(true)
            .build(),
        MODEL
            .createVoteRequestBuilder()
            .setGroupId("g")
            .setSender(B)
            .setTerm(5)
            .setLastLogTerm(4)
            .setLastLogIndex(99)
            .setSticky(true)
            .build(),
        MODEL
            .createVoteResponseBuilder()
            .setGroupId("g")
            .setSender(B)
            .setTerm(5)
            .setGranted(false)
            .build(),
        MODEL
            .createTriggerLeaderElectionRequestBuilder()
            .setGroupId("g")
            .setSender(B)
            .setTerm(5)
            .setLastLogTerm(4)
            .setLastLogIndex(99)
            .build());
  }

  private static Buffer encode(RaftMessage message) {
    return LogCodec.encode(message, A, IMAGE);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldReadWhatItWrote(RaftMessage message) {
    RaftMessage read = LogCodec.decode("g", A, encode(message));
    assertEquals(message.getClass(), read.getClass());
    assertEquals(encode(message), encode(read));
    assertEquals(message.getSender(), read.getSender());
    assertEquals(
        ((Endpoint) message.getSender()).address(), ((Endpoint) read.getSender()).address());
    assertEquals(message.getTerm(), read.getTerm());
  }

  @Test
  void shouldReadEntriesAndImagesAsTheyWere() {
    AppendEntriesRequest append =
        assertInstanceOf(
            AppendEntriesRequest.class,
            LogCodec.decode("g", A, encode(messages().get(1))));
    assertEquals(14, append.getLogEntries().get(4).getIndex());
    assertEquals(Buffer.buffer("x"), append.getLogEntries().get(0).getOperation());
    UpdateRaftGroupMembersOp change =
        (UpdateRaftGroupMembersOp) append.getLogEntries().get(3).getOperation();
    assertEquals(MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER, change.getMode());
    assertEquals(BOTH, List.copyOf(change.getMembers()));
    assertEquals(List.of(B), List.copyOf(change.getVotingMembers()));
    InstallSnapshotRequest install =
        assertInstanceOf(
            InstallSnapshotRequest.class, LogCodec.decode("g", A, encode(install(true))));
    LogImage image = (LogImage) install.getSnapshotChunk().getOperation();
    assertEquals(IMAGE, image.encoded());
    assertEquals(17, install.getGroupMembersView().getLogIndex());
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldIgnoreWhatALaterVersionAppends(RaftMessage message) {
    Buffer longer = encode(message).appendString("something new");
    assertEquals(encode(message), encode(LogCodec.decode("g", A, longer)));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldDropWhatIsForOthersOfALaterVersionOrOfAnUnknownKind(RaftMessage message) {
    assertNull(LogCodec.decode("other", A, encode(message)));
    assertNull(LogCodec.decode("g", B, encode(message)), "it is for another endpoint");
    assertNull(LogCodec.decode("g", A, encode(message).setByte(0, (byte) 2)));
    assertNull(LogCodec.decode("g", A, encode(message).setByte(1, (byte) 31)));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void shouldFailCleanlyOnMessagesThatAreCutShort(RaftMessage message) {
    Buffer whole = encode(message);
    for (int length = 0; length < whole.length(); length++) {
      Buffer cut = whole.getBuffer(0, length);
      try {
        assertNull(LogCodec.decode("g", A, cut), "read at " + length + " of " + whole.length());
      } catch (IndexOutOfBoundsException expected) {
        assertNotNull(expected);
      }
    }
  }

  @Test
  void shouldPutPiecesTogetherAndForgetThoseOfABrokenMessage() {
    byte[] random = new byte[3 * Pieces.MAX_PIECE + 17];
    new Random(1).nextBytes(random);
    Pieces from = new Pieces("g", A, 5);
    Pieces to = new Pieces("g", B, 9);
    List<Buffer> first = new ArrayList<>();
    List<Buffer> second = new ArrayList<>();
    from.cut(B, Buffer.buffer(random), first::add);
    from.cut(B, Buffer.buffer(random), second::add);
    assertEquals(4, first.size());
    assertNull(to.join(first.get(0)));
    assertNull(to.join(first.get(2)), "the one before it is missing");
    assertNull(to.join(first.get(3)));
    for (int i = 0; i < 3; i++) {
      assertNull(to.join(second.get(i)));
    }
    assertEquals(Buffer.buffer(random), to.join(second.get(3)));
    assertNull(new Pieces("other", B, 9).join(second.get(0)));
  }
}
