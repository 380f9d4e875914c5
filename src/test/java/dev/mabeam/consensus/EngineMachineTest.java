package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** When an image is taken because of what the entries have come to. */
class EngineMachineTest {
  private static final int PER_IMAGE = 1_000;
  /** Of so many entries per image the engine keeps one before it. */
  private static final int ENTRIES = 10;

  private final Deque<Runnable> later = new ArrayDeque<>();
  private final Deque<Runnable> encoder = new ArrayDeque<>();
  private final List<Object> images = new ArrayList<>();
  private final List<Long> indexes = new ArrayList<>();
  private int imageLength = 10;
  private boolean takes = true;
  private int asked;
  private long index;
  private EngineMachine machine = machine(ENTRIES);

  private EngineMachine machine(int entriesPerImage) {
    LogSettings settings = new LogSettings(50, 200, entriesPerImage, PER_IMAGE);
    return new EngineMachine(
        new Nobody(), encoder::add, later::add, (at, defect) -> {}, settings, this::take);
  }

  private final class Nobody implements Log.Follower {
    @Override
    public void committed(long at, Buffer entry) {}

    @Override
    public Supplier<Buffer> image(long at) {
      return () -> Buffer.buffer(new byte[imageLength]);
    }

    @Override
    public void restore(long at, Buffer image) {}

    @Override
    public void changed(Log.LogStatus status) {}
  }

  private void take() {
    asked++;
    if (takes) {
      indexes.add(index);
      machine.takeSnapshot(index, images::add);
    }
  }

  private void commit(int entries, int length) {
    for (int i = 0; i < entries; i++) {
      machine.runOperation(++index, Buffer.buffer(new byte[length]));
      run(later);
    }
  }

  private static void run(Deque<Runnable> tasks) {
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }

  private LogImage last() {
    return (LogImage) images.get(images.size() - 1);
  }

  @Test
  void shouldTakeOneForEachSoManyBytesOfEntries() {
    commit(70, 100);
    assertEquals(List.of(11L, 22L, 33L, 44L, 55L, 66L), indexes);
  }

  /** A hundred entries an image, of which the engine keeps ten. */
  @Test
  void shouldTakeOneOnlyApartFromOthers() {
    machine = machine(100);
    commit(99, 2 * PER_IMAGE);
    assertEquals(List.of(11L, 22L, 33L, 44L, 55L, 66L, 77L, 88L), indexes);
    machine.runOperation(++index, Buffer.buffer(1));
    machine.takeSnapshot(index, images::add);
    commit(30, 2 * PER_IMAGE);
    assertEquals(List.of(111L, 122L), indexes.subList(8, indexes.size()));
  }

  @Test
  void shouldLetOneBeThatHasComeTooCloseToTheNextMeanwhile() {
    machine = machine(100);
    commit(85, 1);
    machine.runOperation(++index, Buffer.buffer(new byte[PER_IMAGE]));
    while (index < 95) {
      machine.runOperation(++index, Buffer.buffer(1));
    }
    run(later);
    assertEquals(List.of(), indexes);
    commit(4, 1);
    machine.runOperation(++index, Buffer.buffer(1));
    machine.takeSnapshot(index, images::add);
    commit(20, PER_IMAGE / 2);
    assertEquals(List.of(111L), indexes);
  }

  @Test
  void shouldTakeNoneForEntriesThatSayNothing() {
    for (int i = 0; i < 10_000; i++) {
      machine.onInternalCommit(++index);
    }
    run(later);
    assertEquals(0, asked);
  }

  @Test
  void shouldAskAgainWhereTheEngineCouldTakeNone() {
    takes = false;
    commit(13, 100);
    assertEquals(3, asked);
    takes = true;
    commit(11, 100);
    assertEquals(1, images.size());
    assertEquals(4, asked);
  }

  @Test
  void shouldLetOneThatIsLargeStandForAsManyBytes() {
    imageLength = 5 * PER_IMAGE;
    commit(11, 100);
    last().bytes(bytes -> {});
    run(encoder);
    run(later);
    commit(50, 100);
    assertEquals(1, images.size(), "what was written of images is no more than of entries");
    commit(1, 100);
    assertEquals(2, images.size());
    commit(11, 100);
    assertEquals(3, images.size(), "nobody has asked for the bytes of the last one");
  }

  @Test
  void shouldTakeNoneWhileTheLastOneIsEncoded() {
    commit(11, 100);
    last().bytes(bytes -> {});
    commit(50, 100);
    assertEquals(1, images.size());
    run(encoder);
    commit(1, 100);
    assertEquals(1, images.size());
    commit(1, 100);
    assertEquals(2, images.size());
  }

  @Test
  void shouldCountFromAnImageThatCameOn() {
    commit(9, 100);
    LogImage other = new LogImage(Buffer.buffer(new byte[2 * PER_IMAGE]));
    machine.installSnapshot(++index, List.of(other));
    commit(20, 100);
    assertEquals(0, images.size());
    commit(1, 100);
    assertEquals(1, images.size());
  }
}
