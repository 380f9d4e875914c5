package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.disk.Disk;
import dev.mabeam.disk.SimDisk;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForcedLogTest {
  private static final long NEVER = Long.MAX_VALUE / 4;

  private final SimDisk disk = new SimDisk();
  /** What the disk's thread has to do. */
  private final Deque<Runnable> writer = new ArrayDeque<>();
  private final Content owner = new Content("k", 5);
  private int told;

  private CheckpointStore open(long enough) throws IOException {
    return open(disk, enough);
  }

  private CheckpointStore open(Disk at, long enough) throws IOException {
    return CheckpointStore.open(
        at, new Random(1), writer::add, Runnable::run, new Rules(), enough);
  }

  private void work() {
    while (!writer.isEmpty()) {
      writer.poll().run();
    }
  }

  private void write(CheckpointStore store, String envelope, StateWrite state) {
    long base = owner.basePosition();
    long has = base == 0 ? 0 : owner.statePosition();
    owner.write(Buffer.buffer(envelope), state);
    store.write(List.of(owner.since(base, has, 1)), outcomes -> told++);
  }

  private static StateWrite base(String state) {
    return new StateWrite.Base(1, Buffer.buffer(state));
  }

  private static StateWrite delta(String change) {
    return new StateWrite.Delta(Buffer.buffer(change));
  }

  private static String has(CheckpointStore store) {
    Content content = store.content("k");
    if (content == null) {
      return null;
    }
    Checkpoint found = content.checkpoint();
    return found.envelope() + "|" + found.base() + found.deltas();
  }

  private static Outcome seal(CheckpointStore store, long epoch) {
    List<Outcome> said = new ArrayList<>();
    store.seal(List.of(new SealRequest("k", epoch, 1)), said::addAll);
    return said.isEmpty() ? null : said.get(0);
  }

  @Test
  void shouldConfirmOnlyWhatWasForced() throws IOException {
    CheckpointStore store = open(NEVER);
    write(store, "e1", base("s1"));
    write(store, "e2", delta("d2"));
    assertEquals(0, told);
    int before = disk.forces;
    work();
    assertEquals(2, told);
    assertTrue(disk.forces - before <= 4, "a force for what came first, and one for the rest");
  }

  @Test
  void shouldHaveAfterARestartWhatItConfirmed() throws IOException {
    CheckpointStore store = open(NEVER);
    write(store, "e1", base("s1"));
    write(store, "e2", delta("d2"));
    work();
    assertEquals(null, seal(store, 7));
    work();
    String before = has(store);
    disk.losePower(new Random(3));
    CheckpointStore again = open(NEVER);
    assertEquals(store.id(), again.id());
    assertEquals(before, has(again));
    assertEquals(Outcome.Kind.STALE, seal(again, 6).kind());
  }

  @Test
  void shouldKeepALargeState() throws IOException {
    byte[] bytes = new byte[3_500_000];
    new Random(5).nextBytes(bytes);
    CheckpointStore store = open(NEVER);
    write(store, "e1", new StateWrite.Base(1, Buffer.buffer(bytes)));
    write(store, "e2", delta("d2"));
    work();
    CheckpointStore again = open(NEVER);
    assertEquals(Buffer.buffer(bytes), again.content("k").checkpoint().base());
    assertEquals(has(store).hashCode(), has(again).hashCode());
  }

  @Test
  void shouldForgetWhatIsNoMore() throws IOException {
    CheckpointStore store = open(NEVER);
    write(store, "e1", base("s1"));
    store.forget("k");
    write(store, "e2", base("s2"));
    store.forget("k");
    seal(store, 1);
    work();
    assertEquals(null, open(NEVER).content("k"));
  }

  @Test
  void shouldWriteWhatIsThereAgainAndDeleteTheRest() throws IOException {
    CheckpointStore store = open(5_000);
    write(store, "e", base("s".repeat(500)));
    work();
    seal(store, 5);
    for (int i = 0; i < 200; i++) {
      write(store, "e" + i, i % 50 == 49 ? base("t".repeat(500)) : delta("d" + i));
      work();
    }
    long bytes = 0;
    for (String name : disk.names()) {
      bytes += name.startsWith("log-") ? disk.forced(name) : 0;
    }
    assertTrue(bytes < 14_000, bytes + " bytes in " + disk.names());
    assertFalse(disk.names().contains("log-0000000000000001"), disk.names().toString());
    assertEquals(has(store), has(open(NEVER)));
  }

  @Test
  void shouldHaveEverythingWhereverThePowerGoesWhileItWritesAgain() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      SimDisk torn = new SimDisk();
      Random random = new Random(seed * 0x9E3779B97F4A7C15L);
      Deque<Runnable> toDo = new ArrayDeque<>();
      CheckpointStore store =
          CheckpointStore.open(
              torn, random, toDo::add, Runnable::run, new Rules(), 300 + random.nextInt(2_000));
      Content own = new Content("k", 5);
      long[] confirmed = new long[1];
      int steps = 20 + random.nextInt(150);
      for (int i = 0; i < steps; i++) {
        long base = own.basePosition();
        long has = base == 0 ? 0 : own.statePosition();
        boolean whole = base == 0 || random.nextInt(20) == 0;
        own.write(Buffer.buffer("e" + i), whole ? base("s" + i) : delta("d" + i));
        long position = own.position();
        store.write(
            List.of(own.since(base, has, 1)),
            outcomes -> confirmed[0] = Math.max(confirmed[0], position));
        for (int some = random.nextInt(4); some > 0 && !toDo.isEmpty(); some--) {
          toDo.poll().run();
        }
      }
      torn.losePower(random);
      CheckpointStore again =
          CheckpointStore.open(
              torn, random, toDo::add, Runnable::run, new Rules(), NEVER);
      Content found = again.content("k");
      long position = found == null ? 0 : found.position();
      assertTrue(
          position >= confirmed[0],
          "seed " + seed + ": confirmed " + confirmed[0] + ", found " + position);
      if (position == own.position()) {
        assertEquals(own.checkpoint(), found.checkpoint(), "seed " + seed);
      }
    }
  }

  @Test
  void shouldSayNothingMoreOnceItCannotWrite() throws IOException {
    Logger logger = Logger.getLogger(ForcedLog.class.getName());
    Level level = logger.getLevel();
    logger.setLevel(Level.OFF);
    try {
      CheckpointStore store = open(NEVER);
      write(store, "e1", base("s1"));
      work();
      disk.fillAfter(10);
      write(store, "e2", base("s2"));
      write(store, "e3", base("s3"));
      work();
      assertEquals(null, seal(store, 9));
      work();
      assertEquals(1, told);
    } finally {
      logger.setLevel(level);
    }
  }

  @Test
  void shouldRefuseWhatIsCorrupt() throws IOException {
    CheckpointStore store = open(NEVER);
    write(store, "e1", base("s1"));
    work();
    write(store, "e2", base("s2"));
    work();
    Buffer bytes = disk.read("log-0000000000000001");
    disk.replace("log-0000000000000001", bytes.setByte(30, (byte) (bytes.getByte(30) + 1)));
    MabeamException refused = assertThrows(MabeamException.class, () -> open(NEVER));
    assertEquals(ErrorCode.INTERNAL, refused.code());
  }

  @Test
  void shouldLetOneProcessAtATimeHaveADirectory(@TempDir Path directory) {
    CheckpointStore store =
        CheckpointStore.open(directory, new Random(1), Runnable::run, Runnable::run);
    write(store, "e1", base("s1"));
    assertEquals(1, told);
    MabeamException refused =
        assertThrows(
            MabeamException.class,
            () -> CheckpointStore.open(directory, new Random(2), Runnable::run, Runnable::run));
    assertEquals(ErrorCode.CONFLICT, refused.code());
    store.close();
    CheckpointStore again =
        CheckpointStore.open(directory, new Random(2), Runnable::run, Runnable::run);
    assertEquals(store.id(), again.id());
    assertEquals(has(store), has(again));
    again.close();
  }

  @Test
  void shouldKeepTheCheckpointsOfOneClusterOnly(@TempDir Path directory) {
    CheckpointStore store =
        CheckpointStore.open(directory, new Random(1), Runnable::run, Runnable::run);
    store.belongTo("one");
    store.belongTo("one");
    write(store, "e1", base("s1"));
    store.close();
    CheckpointStore.move(directory, "two");
    CheckpointStore again =
        CheckpointStore.open(directory, new Random(2), Runnable::run, Runnable::run);
    MabeamException refused =
        assertThrows(MabeamException.class, () -> again.belongTo("one"));
    assertEquals(ErrorCode.CONFLICT, refused.code());
    again.belongTo("two");
    assertEquals(has(store), has(again));
    again.close();
    CheckpointStore.forget(directory);
    CheckpointStore fresh =
        CheckpointStore.open(directory, new Random(3), Runnable::run, Runnable::run);
    fresh.belongTo("three");
    assertFalse(fresh.id().equals(store.id()));
    assertEquals(0, fresh.keys());
    fresh.close();
  }

  @Test
  void shouldHoldNothingOpenThatItCannotRead(@TempDir Path directory) throws IOException {
    CheckpointStore.open(directory, new Random(1), Runnable::run, Runnable::run).close();
    Path identity = directory.resolve("checkpoints/store");
    byte[] whole = Files.readAllBytes(identity);
    Files.writeString(identity, "");
    assertEquals(
        ErrorCode.INTERNAL,
        assertThrows(
                MabeamException.class,
                () ->
                    CheckpointStore.open(directory, new Random(2), Runnable::run, Runnable::run))
            .code());
    Files.write(identity, whole);
    CheckpointStore.open(directory, new Random(3), Runnable::run, Runnable::run).close();
  }
}
