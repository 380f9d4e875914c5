package dev.mabeam.consensus;

import dev.mabeam.disk.Disk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.microraft.MembershipChangeMode;
import io.microraft.RaftEndpoint;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.persistence.RestoredRaftState;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Makes a group of one out of an endpoint whose group has lost its majority for good. It works on
 * the store of a stopped node.
 *
 * <p>Guaranteed: everything that this store holds is kept, whether it was known to be committed or
 * not, and becomes committed when the endpoint leads alone; the group has a new id, so that nobody
 * of the old one talks to it. <em>Not</em> guaranteed: what was committed and never reached this
 * store. It is lost, and that is what the operator accepts.
 */
final class Survivor {
  private Survivor() {}

  /**
   * What {@link #make} did.
   *
   * @param lastIndex up to where the log goes
   * @param gone whom it does without from now on
   */
  record Made(
      Endpoint endpoint, String oldGroup, String newGroup, long lastIndex, List<Endpoint> gone) {}

  /** Fails with NOT_FOUND if no endpoint's log is there, with INTERNAL if it is corrupt. */
  static Made make(Disk disk, String newGroup) throws IOException {
    Optional<StoredState> found = ForcedStore.peek(disk);
    if (found.isEmpty()) {
      throw new MabeamException(
          ErrorCode.NOT_FOUND,
          "no log of a voter is in " + disk,
          "name the --data-dir of a node that was a voter");
    }
    StoredState state = found.get();
    Executor here = Runnable::run;
    ForcedStore store = ForcedStore.open(disk, state.group(), here, here);
    RestoredRaftState restored = store.restored().orElseThrow();
    long last = lastIndex(restored);
    Collection<RaftEndpoint> members = members(restored);
    List<Endpoint> gone =
        members.stream()
            .map(Endpoint.class::cast)
            .filter(member -> !member.equals(state.endpoint()))
            .toList();
    // First it leaves the old group: if this ends in between, it leads neither.
    store.become(state.with(state.endpoint(), true).in(newGroup));
    if (!gone.isEmpty()) {
      store.append(alone(state, restored, last + 1, gone.get(0)));
    }
    store.close();
    return new Made(
        state.endpoint(), state.group(), newGroup, gone.isEmpty() ? last : last + 1, gone);
  }

  private static LogEntry alone(
      StoredState state, RestoredRaftState restored, long index, Endpoint gone) {
    List<RaftEndpoint> self = List.of(state.endpoint());
    return LogCodec.MODEL
        .createLogEntryBuilder()
        .setIndex(index)
        .setTerm(Math.max(lastTerm(restored), state.term()))
        .setOperation(
            LogCodec.MODEL
                .createUpdateRaftGroupMembersOpBuilder()
                .setMembers(self)
                .setVotingMembers(self)
                .setEndpoint(gone)
                .setMode(MembershipChangeMode.REMOVE_MEMBER)
                .build())
        .build();
  }

  private static long lastIndex(RestoredRaftState restored) {
    List<LogEntry> entries = restored.getLogEntries();
    if (!entries.isEmpty()) {
      return entries.get(entries.size() - 1).getIndex();
    }
    return restored.getSnapshotEntry() == null ? 0 : restored.getSnapshotEntry().getIndex();
  }

  private static int lastTerm(RestoredRaftState restored) {
    List<LogEntry> entries = restored.getLogEntries();
    if (!entries.isEmpty()) {
      return entries.get(entries.size() - 1).getTerm();
    }
    return restored.getSnapshotEntry() == null ? 0 : restored.getSnapshotEntry().getTerm();
  }

  /** Of the last configuration in the store, committed or not. */
  static Collection<RaftEndpoint> members(RestoredRaftState restored) {
    RaftGroupMembersView initial =
        restored.getSnapshotEntry() == null
            ? restored.getInitialGroupMembers()
            : restored.getSnapshotEntry().getGroupMembersView();
    Collection<RaftEndpoint> members = initial.getMembers();
    for (LogEntry entry : restored.getLogEntries()) {
      if (entry.getOperation() instanceof UpdateRaftGroupMembersOp op) {
        members = op.getMembers();
      }
    }
    return members;
  }
}
