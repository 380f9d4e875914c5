package dev.mabeam.consensus;

import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStore;
import io.microraft.persistence.RestoredRaftState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** The disk of a simulated machine: what an endpoint stored is there for its next life. No images. */
final class SurvivingStore implements LogStore, RaftStore {
  private final TreeMap<Long, LogEntry> entries = new TreeMap<>();
  private RaftEndpointPersistentState endpoint;
  private RaftGroupMembersView initial;
  private RaftTermPersistentState term;

  @Override
  public RaftStore engine() {
    return this;
  }

  @Override
  public Optional<RestoredRaftState> restored() {
    return endpoint == null
        ? Optional.empty()
        : Optional.of(
            new RestoredRaftState(
                endpoint, initial, term, null, new ArrayList<>(entries.values())));
  }

  @Override
  public void onFailure(Runnable listener) {
    // it cannot fail
  }

  @Override
  public void close() {
    // what is kept stays
  }

  @Override
  public void persistAndFlushLocalEndpoint(RaftEndpointPersistentState state) {
    endpoint = state;
  }

  @Override
  public void persistAndFlushInitialGroupMembers(RaftGroupMembersView members) {
    initial = members;
  }

  @Override
  public void persistAndFlushTerm(RaftTermPersistentState state) {
    term = state;
  }

  @Override
  public void persistLogEntries(List<LogEntry> added) {
    added.forEach(entry -> entries.put(entry.getIndex(), entry));
  }

  @Override
  public void persistSnapshotChunk(SnapshotChunk chunk) {
    throw new IllegalStateException("this store keeps no images");
  }

  @Override
  public void truncateLogEntriesFrom(long from) {
    entries.tailMap(from, true).clear();
  }

  @Override
  public void truncateLogEntriesUntil(long until) {
    entries.headMap(until, true).clear();
  }

  @Override
  public void deleteSnapshotChunks(long index, int count) {
    throw new IllegalStateException("this store keeps no images");
  }

  @Override
  public void flush() {
    // it is kept already
  }
}
