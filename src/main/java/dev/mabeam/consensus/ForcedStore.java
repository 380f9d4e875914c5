package dev.mabeam.consensus;

import dev.mabeam.disk.Disk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStore;
import io.microraft.persistence.RestoredRaftState;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * {@link LogStore} in a directory: a {@link StoredState}, a {@link Journal}, and the newest {@link
 * StoredImage}. Nothing is acknowledged, voted or promised before it is forced; one force serves
 * all entries that came since the last.
 *
 * <p>An image of this endpoint's own is written by the encoder's thread while entries go on, and
 * the entries that it stands for are deleted only when it is there for good: after a crash in
 * between, the image before it and all entries since are. An image that came from another endpoint
 * is forced before anybody is told that it came.
 *
 * <p>Once something could not be written, nothing is any more, as nobody knows what the disk holds
 * then: the log closes, and a restart reads what is there.
 */
final class ForcedStore implements LogStore {
  private static final System.Logger LOG = System.getLogger(ForcedStore.class.getName());

  private final Disk disk;
  private final Executor encoder;
  private final Executor logThread;
  private final Journal journal;
  private final RestoredRaftState restored;
  private StoredState state;
  private SnapshotChunk received;
  private Runnable onFailure = () -> {};
  private IOException failure;
  private boolean closed;

  private ForcedStore(
      Disk disk,
      Executor encoder,
      Executor logThread,
      StoredState state,
      Journal journal,
      RestoredRaftState restored) {
    this.disk = disk;
    this.encoder = encoder;
    this.logThread = logThread;
    this.state = state;
    this.journal = journal;
    this.restored = restored;
  }

  /**
   * Opens what is there, or begins. Fails with CONFLICT if it is of another group, with INTERNAL if
   * it is corrupt.
   *
   * @param group the cluster's id
   * @param encoder writes images
   * @param logThread where this is used
   */
  static ForcedStore open(Disk disk, String group, Executor encoder, Executor logThread)
      throws IOException {
    List<String> names = disk.names();
    for (String name : names) {
      if (name.endsWith(Disk.DRAFT)) {
        disk.delete(name);
      }
    }
    if (!names.contains(StoredState.FILE)) {
      refuseLeftovers(disk, names);
      StoredState state = new StoredState(group, null, false, null, 0, null);
      return new ForcedStore(
          disk, encoder, logThread, state, Journal.open(disk).journal(), null);
    }
    StoredState state = StoredState.read(disk);
    if (!state.group().equals(group)) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          disk + " is of cluster '" + state.group() + "' and not of '" + group + "'",
          "give another --data-dir, or leave the old cluster with --forget-cluster");
    }
    StoredImage image = StoredImage.newest(disk);
    Journal.Opened opened = Journal.open(disk);
    return new ForcedStore(
        disk, encoder, logThread, state, opened.journal(),
        restored(disk, state, image, opened.entries()));
  }

  private static void refuseLeftovers(Disk disk, List<String> names) {
    if (names.stream().anyMatch(name -> Journal.isIts(name) || StoredImage.isIts(name))) {
      throw Journal.corrupt(disk, StoredState.FILE, "or gone, and its log is there");
    }
  }

  /** Who the directory's endpoint is, and in which group; empty if there is none. */
  static Optional<StoredState> peek(Disk disk) throws IOException {
    return disk.names().contains(StoredState.FILE)
        ? Optional.of(StoredState.read(disk))
        : Optional.empty();
  }

  static RestoredRaftState restored(
      Disk disk, StoredState state, StoredImage image, List<LogEntry> entries) {
    long from = image == null ? 0 : image.index();
    List<LogEntry> after =
        entries.stream().filter(entry -> entry.getIndex() > from).toList();
    for (int i = 0; i < after.size(); i++) {
      if (after.get(i).getIndex() != from + 1 + i) {
        throw Journal.corrupt(
            disk, "log", "as entry " + (from + 1 + i) + " is missing in it");
      }
    }
    return new RestoredRaftState(
        LogCodec.MODEL
            .createRaftEndpointPersistentStateBuilder()
            .setLocalEndpoint(state.endpoint())
            .setVoting(votes(state, image))
            .build(),
        state.initial(),
        LogCodec.MODEL
            .createRaftTermPersistentStateBuilder()
            .setTerm(state.term())
            .setVotedFor(state.votedFor())
            .build(),
        image == null ? null : image.toEntry(),
        after);
  }

  /** Changes of the members after the image are in the entries, where the engine finds them. */
  private static boolean votes(StoredState state, StoredImage image) {
    return image == null
        ? state.voting()
        : image.members().getVotingMembers().contains(state.endpoint());
  }

  @Override
  public RaftStore engine() {
    return new Engine();
  }

  @Override
  public Optional<RestoredRaftState> restored() {
    return Optional.ofNullable(restored);
  }

  /** Puts an entry at the end, of a log that nobody runs. */
  void append(LogEntry entry) throws IOException {
    write(
        () -> {
          journal.append(entry);
          journal.force();
        });
  }

  /** Is another's from now on. */
  void become(StoredState next) throws IOException {
    write(() -> put(next));
  }

  @Override
  public void onFailure(Runnable listener) {
    onFailure = listener;
  }

  /** Waits for nobody: an image that is being written is there later, or not. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      journal.close();
      encoder.execute(this::closeDisk);
    } catch (IOException unclosed) {
      LOG.log(System.Logger.Level.WARNING, "could not close " + disk, unclosed);
    }
  }

  private void closeDisk() {
    try {
      disk.close();
    } catch (IOException unclosed) {
      LOG.log(System.Logger.Level.WARNING, "could not close " + disk, unclosed);
    }
  }

  // ---- writing --------------------------------------------------------------------------------

  @FunctionalInterface
  private interface Write {
    void run() throws IOException;
  }

  private void write(Write write) throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (closed) {
      throw new IOException(disk + " is closed");
    }
    try {
      write.run();
    } catch (IOException failed) {
      failed(failed);
      throw failed;
    }
  }

  private void failed(IOException why) {
    if (failure == null && !closed) {
      failure = why;
      LOG.log(System.Logger.Level.ERROR, "cannot write to " + disk + ": " + why.getMessage());
      onFailure.run();
    }
  }

  private void put(StoredState next) throws IOException {
    boolean same = next.equals(state);
    state = next;
    if (!same && next.whole()) {
      disk.writeWhole(StoredState.FILE, next.encode());
    }
  }

  /** On the encoder's thread; the log's hears what came of it. */
  private void writeOwn(StoredImage image) {
    try {
      image.write(disk);
      logThread.execute(() -> stands(image.index()));
    } catch (IOException failed) {
      logThread.execute(() -> failed(failed));
    }
  }

  private void stands(long index) {
    try {
      write(() -> forget(index));
    } catch (IOException told) {
      // the log closes
    }
  }

  private void forget(long index) throws IOException {
    StoredImage.deleteBefore(disk, index);
    journal.dropUntil(index);
  }

  private final class Engine implements RaftStore {
    @Override
    public void persistAndFlushLocalEndpoint(RaftEndpointPersistentState self) throws IOException {
      write(() -> put(state.with((Endpoint) self.getLocalEndpoint(), self.isVoting())));
    }

    @Override
    public void persistAndFlushInitialGroupMembers(RaftGroupMembersView members)
        throws IOException {
      boolean known = state.initial() != null;
      write(() -> put(known ? state : state.with(members)));
    }

    @Override
    public void persistAndFlushTerm(RaftTermPersistentState term) throws IOException {
      write(() -> put(state.with(term.getTerm(), (Endpoint) term.getVotedFor())));
    }

    @Override
    public void persistLogEntries(List<LogEntry> entries) throws IOException {
      write(() -> entries.forEach(journal::append));
    }

    @Override
    public void persistSnapshotChunk(SnapshotChunk chunk) throws IOException {
      LogImage image = (LogImage) chunk.getOperation();
      if (image.encoded() != null) {
        received = chunk;
      } else {
        image.bytes(
            bytes -> {
              if (!closed && failure == null) {
                encoder.execute(() -> writeOwn(StoredImage.of(chunk, bytes)));
              }
            });
        write(journal::endFile);
      }
    }

    @Override
    public void truncateLogEntriesFrom(long index) throws IOException {
      write(() -> journal.forgetFrom(index));
    }

    /** Entries go when the image that stands for them is there for good. */
    @Override
    public void truncateLogEntriesUntil(long index) {
      // see forget
    }

    /** An image comes in one piece, so there are no pieces of one that did not come. */
    @Override
    public void deleteSnapshotChunks(long index, int chunks) {
      received = null;
    }

    @Override
    public void flush() throws IOException {
      write(
          () -> {
            journal.force();
            if (received != null) {
              Buffer image = ((LogImage) received.getOperation()).encoded();
              StoredImage.of(received, image).write(disk);
              forget(received.getIndex());
              received = null;
            }
          });
    }
  }
}
