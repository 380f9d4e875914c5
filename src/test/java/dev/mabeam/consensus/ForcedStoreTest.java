package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.disk.Disk;
import dev.mabeam.disk.FileDisk;
import dev.mabeam.disk.SimDisk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.testing.sim.Seeds;
import io.microraft.RaftEndpoint;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.persistence.RaftStore;
import io.microraft.persistence.RestoredRaftState;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForcedStoreTest {
  private static final Logger LOGGER = Logger.getLogger("dev.mabeam.consensus");
  private static final Endpoint SELF = new Endpoint("e1", "a", new LinkAddress("a", 1));
  private static final Endpoint OTHER = new Endpoint("e2", "b", new LinkAddress("b", 1));
  private static final RaftGroupMembersView INITIAL = members(0, SELF);

  private final SimDisk disk = new SimDisk();
  /** What the encoder's thread has to do. */
  private final Deque<Runnable> encoder = new ArrayDeque<>();

  private ForcedStore open(Disk at) throws IOException {
    return ForcedStore.open(at, "g", encoder::add, Runnable::run);
  }

  private static RaftGroupMembersView members(long index, Endpoint... voters) {
    List<RaftEndpoint> all = List.of(voters);
    return LogCodec.MODEL
        .createRaftGroupMembersViewBuilder()
        .setLogIndex(index)
        .setMembers(all)
        .setVotingMembers(all)
        .build();
  }

  private static LogEntry entry(long index, int term) {
    return LogCodec.MODEL
        .createLogEntryBuilder()
        .setIndex(index)
        .setTerm(term)
        .setOperation(Buffer.buffer("entry " + index + " of term " + term))
        .build();
  }

  private static List<LogEntry> entries(long from, long to, int term) {
    return LongStream.rangeClosed(from, to).mapToObj(index -> entry(index, term)).toList();
  }

  private RaftStore begin() throws IOException {
    return begin(open(disk));
  }

  private static RaftStore begin(ForcedStore in) throws IOException {
    RaftStore store = in.engine();
    store.persistAndFlushLocalEndpoint(
        LogCodec.MODEL
            .createRaftEndpointPersistentStateBuilder()
            .setLocalEndpoint(SELF)
            .setVoting(true)
            .build());
    store.persistAndFlushInitialGroupMembers(INITIAL);
    return store;
  }

  private static void vote(RaftStore store, int term, Endpoint votedFor) throws IOException {
    store.persistAndFlushTerm(
        LogCodec.MODEL
            .createRaftTermPersistentStateBuilder()
            .setTerm(term)
            .setVotedFor(votedFor)
            .build());
  }

  private static void force(RaftStore store, List<LogEntry> entries) throws IOException {
    store.persistLogEntries(entries);
    store.flush();
  }

  private RestoredRaftState restored(Disk at) throws IOException {
    return open(at).restored().orElseThrow();
  }

  private static List<String> texts(RestoredRaftState restored) {
    return texts(restored.getLogEntries());
  }

  private static List<String> texts(List<LogEntry> entries) {
    return entries.stream()
        .map(entry -> entry.getIndex() + ":" + entry.getTerm() + ":" + entry.getOperation())
        .toList();
  }

  private void runEncoder() {
    while (!encoder.isEmpty()) {
      encoder.poll().run();
    }
  }

  @Test
  void shouldRememberWhoItIsAndWhomItVotedFor() throws IOException {
    vote(begin(), 7, OTHER);
    disk.losePower(new Random(1));
    RestoredRaftState restored = restored(disk);
    assertEquals(SELF, restored.getLocalEndpointPersistentState().getLocalEndpoint());
    assertTrue(restored.getLocalEndpointPersistentState().isVoting());
    assertEquals(7, restored.getTermPersistentState().getTerm());
    assertEquals(OTHER, restored.getTermPersistentState().getVotedFor());
    assertEquals(List.of(SELF), List.copyOf(restored.getInitialGroupMembers().getMembers()));
  }

  @Test
  void shouldHaveNothingBeforeAnythingWasKept() throws IOException {
    assertTrue(open(disk).restored().isEmpty());
    assertTrue(open(disk).restored().isEmpty());
  }

  @Test
  void shouldReadBackWhatWasForcedAndWhatWasTakenBack() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 10, 1));
    store.truncateLogEntriesFrom(8);
    force(store, entries(8, 9, 2));
    disk.losePower(new Random(1));
    List<LogEntry> expected = new ArrayList<>(entries(1, 7, 1));
    expected.addAll(entries(8, 9, 2));
    assertEquals(texts(expected), texts(restored(disk)));
  }

  @Test
  void shouldForceOnceForAllEntriesThatCameSince() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 1, 1));
    int before = disk.forces;
    for (int i = 2; i < 100; i++) {
      store.persistLogEntries(entries(i, i, 1));
    }
    store.flush();
    store.flush();
    assertEquals(before + 1, disk.forces);
  }

  @Test
  void shouldCutATornTailWhereverItTore() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 3, 1));
    String file = "log-0000000000000001";
    int forced = disk.forced(file);
    force(store, entries(4, 6, 1));
    Buffer whole = disk.read(file);
    for (int length = forced; length <= whole.length(); length++) {
      SimDisk torn = disk.copy();
      torn.replace(file, whole.getBuffer(0, length));
      long last = length == whole.length() ? 6 : 3;
      assertEquals(texts(entries(1, last, 1)), texts(restored(torn)), "torn at " + length);
      ForcedStore goesOn = open(torn);
      force(goesOn.engine(), entries(last + 1, last + 2, 1));
      assertEquals(texts(entries(1, last + 2, 1)), texts(restored(torn)), "torn at " + length);
    }
  }

  @Test
  void shouldCutATornTailOfGarbage() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 3, 1));
    String file = "log-0000000000000001";
    int forced = disk.forced(file);
    force(store, entries(4, 6, 1));
    Buffer whole = disk.read(file);
    for (int at = forced; at < whole.length(); at++) {
      SimDisk torn = disk.copy();
      torn.replace(file, whole.copy().setByte(at, (byte) ~whole.getByte(at)));
      assertEquals(texts(entries(1, 3, 1)), texts(restored(torn)), "garbage at " + at);
    }
  }

  @Test
  void shouldRefuseWhatIsCorruptInTheMiddleWhereverItIs() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 3, 1));
    String file = "log-0000000000000001";
    int middle = disk.forced(file);
    force(store, entries(4, 6, 1));
    Buffer whole = disk.read(file);
    for (int at = 0; at < middle; at++) {
      SimDisk rotten = disk.copy();
      rotten.replace(file, whole.copy().setByte(at, (byte) (whole.getByte(at) ^ 4)));
      MabeamException refusal = assertThrows(MabeamException.class, () -> open(rotten));
      assertEquals(ErrorCode.INTERNAL, refusal.code());
      assertTrue(refusal.getMessage().contains(file), refusal::getMessage);
    }
  }

  @Test
  void shouldRefuseAStateOrAnImageThatIsCorrupt() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 10, 1));
    store.persistSnapshotChunk(chunk(10, image("ten")));
    store.flush();
    runEncoder();
    for (String file : List.of("state", "image-0000000000000010")) {
      Buffer whole = disk.read(file);
      for (int at = 0; at < whole.length(); at++) {
        SimDisk rotten = disk.copy();
        rotten.replace(file, whole.copy().setByte(at, (byte) (whole.getByte(at) ^ 4)));
        MabeamException refusal = assertThrows(MabeamException.class, () -> open(rotten));
        assertTrue(refusal.getMessage().contains(file), refusal::getMessage);
      }
    }
  }

  @Test
  void shouldRefuseALogWhoseStateOrOneOfWhoseFilesIsGone() throws IOException {
    RaftStore store = begin();
    for (int i = 1; i <= 3; i++) {
      force(store, entries(i, i, 1));
      store.persistSnapshotChunk(chunk(i, image("never encoded")));
    }
    SimDisk noState = disk.copy();
    noState.delete("state");
    assertThrows(MabeamException.class, () -> open(noState));
    SimDisk noMiddle = disk.copy();
    noMiddle.delete("log-0000000000000002");
    assertThrows(MabeamException.class, () -> open(noMiddle));
  }

  @Test
  void shouldRefuseAnotherClustersDirectory() throws IOException {
    begin();
    MabeamException refusal =
        assertThrows(
            MabeamException.class,
            () -> ForcedStore.open(disk, "other", Runnable::run, Runnable::run));
    assertEquals(ErrorCode.CONFLICT, refusal.code());
  }

  // ---- images ---------------------------------------------------------------------------------

  private LogImage image(String text) {
    return new LogImage(() -> Buffer.buffer(text), encoder::add, Runnable::run);
  }

  private static SnapshotChunk chunk(long index, LogImage image) {
    return LogCodec.chunk(index, 1, 0, 1, members(0, SELF), image);
  }

  private static String imageOf(RestoredRaftState restored) {
    SnapshotChunk chunk =
        (SnapshotChunk) ((List<?>) restored.getSnapshotEntry().getOperation()).get(0);
    return ((LogImage) chunk.getOperation()).encoded().toString();
  }

  @Test
  void shouldKeepTheEntriesUntilItsImageIsThereForGood() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 10, 1));
    store.persistSnapshotChunk(chunk(10, image("ten")));
    store.flush();
    store.truncateLogEntriesUntil(9);
    force(store, entries(11, 12, 1));
    assertEquals(texts(entries(1, 12, 1)), texts(restored(disk.copy())));
    runEncoder();
    disk.losePower(new Random(1));
    RestoredRaftState restored = restored(disk);
    assertEquals("ten", imageOf(restored));
    assertEquals(10, restored.getSnapshotEntry().getIndex());
    assertEquals(texts(entries(11, 12, 1)), texts(restored));
    assertEquals(
        List.of("image-0000000000000010", "log-0000000000000002", "state"), disk.names());
  }

  @Test
  void shouldForceAnImageThatCameBeforeItSaysSo() throws IOException {
    RaftStore store = begin();
    force(store, entries(1, 3, 1));
    store.persistSnapshotChunk(chunk(50, new LogImage(Buffer.buffer("fifty"))));
    store.flush();
    disk.losePower(new Random(1));
    assertEquals("fifty", imageOf(restored(disk)));
    force(open(disk).engine(), entries(51, 52, 2));
    assertEquals(texts(entries(51, 52, 2)), texts(restored(disk)));
  }

  @Test
  void shouldComeThroughPowerLossAtAnyMomentOfManyImages() throws IOException {
    for (int seed = 1; seed <= 200; seed++) {
      Random random = Seeds.random(seed);
      SimDisk loser = new SimDisk();
      encoder.clear();
      RaftStore store = begin(open(loser));
      long forced = 0;
      int steps = random.nextInt(60);
      for (int i = 0; i < steps; i++) {
        int n = 1 + random.nextInt(5);
        store.persistLogEntries(entries(forced + 1, forced + n, 1));
        if (random.nextInt(4) > 0) {
          store.flush();
          forced += n;
        } else {
          break;
        }
        if (random.nextInt(5) == 0) {
          store.persistSnapshotChunk(chunk(forced, image("until " + forced)));
          store.flush();
        }
        while (!encoder.isEmpty() && random.nextInt(3) > 0) {
          encoder.poll().run();
        }
      }
      loser.losePower(random);
      RestoredRaftState restored = restored(loser);
      long from =
          restored.getSnapshotEntry() == null ? 0 : restored.getSnapshotEntry().getIndex();
      long to = from + restored.getLogEntries().size();
      assertTrue(to >= forced, "seed " + seed + ": " + to + " of " + forced);
      assertEquals(texts(entries(from + 1, to, 1)), texts(restored), "seed " + seed);
    }
  }

  @BeforeEach
  void saveTheErrorsForTheMessages() {
    LOGGER.setLevel(Level.OFF);
  }

  @AfterEach
  void logAgain() {
    LOGGER.setLevel(null);
  }

  // ---- failures -------------------------------------------------------------------------------

  @Test
  void shouldTakeNothingMoreOnceTheDiskIsFullAndHaveWhatWasForced() throws IOException {
    ForcedStore store = open(disk);
    List<String> told = new ArrayList<>();
    store.onFailure(() -> told.add("failed"));
    RaftStore engine = begin(store);
    force(engine, entries(1, 3, 1));
    disk.fillAfter(40);
    assertThrows(IOException.class, () -> force(engine, entries(4, 6, 1)));
    disk.fillAfter(1_000_000);
    assertThrows(IOException.class, () -> force(engine, entries(4, 6, 1)));
    assertThrows(IOException.class, () -> vote(engine, 9, OTHER));
    assertEquals(List.of("failed"), told);
    assertEquals(texts(entries(1, 3, 1)), texts(restored(disk)));
  }

  @Test
  void shouldCloseTheLogWhenAnImageCannotBeWritten() throws IOException {
    ForcedStore store = open(disk);
    List<String> told = new ArrayList<>();
    store.onFailure(() -> told.add("failed"));
    RaftStore engine = begin(store);
    force(engine, entries(1, 3, 1));
    engine.persistSnapshotChunk(chunk(3, image("x".repeat(1_000))));
    disk.fillAfter(100);
    runEncoder();
    assertEquals(List.of("failed"), told);
    disk.fillAfter(1_000_000);
    assertEquals(texts(entries(1, 3, 1)), texts(restored(disk)));
  }

  // ---- real files -----------------------------------------------------------------------------

  @Test
  void shouldDoAllThisOnRealFilesAndLetInOneProcess(@TempDir Path directory) throws IOException {
    try (Disk real = FileDisk.open(directory)) {
      RaftStore store = begin(open(real));
      force(store, entries(1, 100, 1));
      store.persistSnapshotChunk(chunk(100, image("a hundred")));
      store.flush();
      force(store, entries(101, 103, 1));
      runEncoder();
      IOException refusal = assertThrows(IOException.class, () -> FileDisk.open(directory));
      assertTrue(refusal.getMessage().contains("in use"), refusal::getMessage);
    }
    try (Disk real = FileDisk.open(directory)) {
      RestoredRaftState restored = restored(real);
      assertEquals("a hundred", imageOf(restored));
      assertEquals(texts(entries(101, 103, 1)), texts(restored));
      real.truncate("log-0000000000000002", 5);
      assertEquals(List.of(), texts(restored(real)));
    }
  }
}
