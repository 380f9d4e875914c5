package dev.mabeam.consensus;

import io.microraft.impl.log.RaftLog;
import io.microraft.impl.statemachine.InternalCommitAware;
import io.microraft.statemachine.StateMachine;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What the engine takes for the state machine: it feeds the log's follower.
 *
 * <p>The engine takes an image after so many entries, however long they are, and keeps them all
 * until then. So it is asked for one as well when the entries since the last have come to {@code
 * bytesPerImage}, or to as much as that image was encoded to if that is more: what is in memory and
 * what is written of images to a disk are both bounded by what is decided and what it came to.
 *
 * <p>With an image the engine's log goes back to as many entries before it as the engine keeps for
 * those that are behind, also where the image before has taken these away: it then finds nothing
 * where it expects an entry, for good. So an image is asked for only if more entries than that lie
 * between it and the one before, and between it and the next that the engine takes by itself.
 */
final class EngineMachine implements StateMachine, InternalCommitAware {
  /** The question that only wants to know the index. */
  static final Object READ = new Object();

  private static final Buffer NOTHING = Buffer.buffer();

  private final Log.Follower follower;
  private final Executor encoder;
  private final Executor logThread;
  private final Defects defects;
  private final int bytesPerImage;
  private final int entriesPerImage;
  private final int entriesKept;
  private final Runnable takeImage;
  private long last;
  /** The last one, or null. */
  private LogImage image;
  private long imageIndex;
  private long bytesSince;
  private boolean imageWanted;

  /**
   * @param takeImage has the engine take an image if it can now; run on the log's thread, when
   *     nothing of the engine is running
   */
  EngineMachine(
      Log.Follower follower,
      Executor encoder,
      Executor logThread,
      Defects defects,
      LogSettings settings,
      Runnable takeImage) {
    this.follower = follower;
    this.encoder = encoder;
    this.logThread = logThread;
    this.defects = defects;
    this.bytesPerImage = settings.bytesPerImage();
    this.entriesPerImage = settings.entriesPerImage();
    this.entriesKept = RaftLog.getMaxLogEntryCountToKeepAfterSnapshot(entriesPerImage);
    this.takeImage = takeImage;
  }

  @Override
  public Object runOperation(long index, Object operation) {
    if (operation != READ) {
      committed(index, (Buffer) operation);
    }
    return null;
  }

  /** The engine's own entries, such as changes of the members. */
  @Override
  public void onInternalCommit(long index) {
    committed(index, NOTHING);
  }

  private void committed(long index, Buffer entry) {
    try {
      follower.committed(index, entry);
    } catch (RuntimeException defect) {
      defects.at(index, defect);
    }
    last = index;
    bytesSince += entry.length();
    if (!imageWanted && needsImage() && standsApart()) {
      imageWanted = true;
      logThread.execute(this::askForImage);
    }
  }

  private void askForImage() {
    imageWanted = false;
    if (needsImage() && standsApart()) {
      takeImage.run();
    }
  }

  /** Whether an image that is taken now does from others. */
  private boolean standsApart() {
    return last - imageIndex > entriesKept
        && entriesPerImage - last % entriesPerImage > entriesKept;
  }

  private boolean needsImage() {
    if (image == null) {
      return bytesSince > bytesPerImage;
    }
    Buffer encoded = image.encoded();
    return !image.isBeingEncoded()
        && bytesSince > Math.max(bytesPerImage, encoded == null ? 0 : encoded.length());
  }

  private void stands(long index, LogImage newest) {
    image = newest;
    imageIndex = index;
    last = index;
    bytesSince = 0;
  }

  @Override
  public void takeSnapshot(long index, Consumer<Object> chunks) {
    stands(index, new LogImage(follower.image(index), encoder, logThread));
    chunks.accept(image);
  }

  @Override
  public void installSnapshot(long index, List<Object> chunks) {
    stands(index, (LogImage) chunks.get(0));
    image.bytes(bytes -> restore(index, bytes));
  }

  private void restore(long index, Buffer image) {
    try {
      follower.restore(index, image);
    } catch (RuntimeException defect) {
      defects.at(index, defect);
    }
  }

  @Override
  public Object getNewTermOperation() {
    return NOTHING;
  }

  /** Hears that an entry could not be applied. */
  @FunctionalInterface
  interface Defects {
    void at(long index, Throwable defect);
  }
}
