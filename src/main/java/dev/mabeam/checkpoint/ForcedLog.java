package dev.mabeam.checkpoint;

import dev.mabeam.disk.Batches;
import dev.mabeam.disk.Disk;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * {@link StoreLog} in a directory: one force serves all that came while the one before was under
 * way.
 *
 * <pre>
 *   record   1 {@link Update}                 taken
 *            2 bytes                  a part of the base of the update that comes next
 *            3 header:bytes           taken; its base is the parts before it
 *            4 key epoch version      promised
 *            5 key                    forgotten
 * </pre>
 *
 * <p>Once more was written than twice what is there, what is there is written again, behind what
 * comes anyway, and then the files before that are deleted. So a record may come twice, and the
 * newer one wins, and an update may follow nothing that it could go on from: what it became part of
 * comes later.
 */
final class ForcedLog implements StoreLog {
  private static final System.Logger LOG = System.getLogger(ForcedLog.class.getName());
  private static final String PREFIX = "log-";
  private static final int TAKEN = 1;
  private static final int PART = 2;
  private static final int TAKEN_IN_PARTS = 3;
  private static final int PROMISED = 4;
  private static final int FORGOTTEN = 5;
  private static final int PART_BYTES = 1024 * 1024;
  /** How much is written again at a time. */
  private static final long AGAIN_BYTES = 4L * 1024 * 1024;

  private final Disk disk;
  private final Shelf shelf;
  private final Executor writer;
  private final Executor room;
  private final long enough;
  private Batches batches;
  private List<Buffer> records = new ArrayList<>();
  private List<Runnable> waiting = new ArrayList<>();
  private boolean underWay;
  private boolean failed;
  private boolean closed;
  private long sinceLast;
  private long thereAtLast;
  /** The keys that are still to be written again, or null. */
  private Deque<String> again;
  private long againBytes;
  /** Of the writer's thread: the first file that has everything, once it was written again. */
  private long keepFrom;

  private ForcedLog(Disk disk, Shelf shelf, Executor writer, Executor room, long enough) {
    this.disk = disk;
    this.shelf = shelf;
    this.writer = writer;
    this.room = room;
    this.enough = enough;
  }

  /**
   * Fills {@code shelf} with what is there.
   *
   * @param writer runs tasks one after the other, which wait for the disk
   * @param room runs tasks on the store's thread
   * @param enough how many bytes are written before anything is written again
   */
  static ForcedLog open(Disk disk, Shelf shelf, Executor writer, Executor room, long enough)
      throws IOException {
    ForcedLog log = new ForcedLog(disk, shelf, writer, room, enough);
    List<Buffer> parts = new ArrayList<>();
    log.batches =
        Batches.open(
            disk, PREFIX, (file, at, bytes) -> log.read(file, at, new Unpacker(bytes), parts));
    return log;
  }

  private void read(long file, int at, Unpacker in, List<Buffer> parts) {
    try {
      while (!in.done()) {
        read(new Unpacker(in.bytes()), parts);
      }
    } catch (Unpacker.Malformed | IndexOutOfBoundsException malformed) {
      throw Disk.corrupt(
          disk, PREFIX + file, "at byte " + at + ": " + malformed.getMessage());
    }
  }

  private void read(Unpacker record, List<Buffer> parts) {
    int kind = record.octet();
    switch (kind) {
      case TAKEN -> shelf.restore(Update.decode(record.rest()));
      case PART -> parts.add(record.rest());
      case TAKEN_IN_PARTS -> {
        Buffer whole = Buffer.buffer().appendBuffer(record.rest());
        parts.forEach(whole::appendBuffer);
        parts.clear();
        shelf.restore(Update.decode(whole));
      }
      case PROMISED -> shelf.promised(record.text(), record.number(), record.number());
      case FORGOTTEN -> shelf.forget(record.text());
      default -> throw new Unpacker.Malformed("a record of unknown kind " + kind);
    }
  }

  // ---- on the store's thread ------------------------------------------------------------------

  @Override
  public void wrote(Update update) {
    if (update.size() <= PART_BYTES) {
      add(record(TAKEN).appendBuffer(update.encode()));
      return;
    }
    Buffer base = update.base() == null ? Buffer.buffer() : update.base();
    for (int from = 0; from < base.length(); from += PART_BYTES) {
      int to = Math.min(from + PART_BYTES, base.length());
      add(record(PART).appendBuffer(base.slice(from, to)));
    }
    add(record(TAKEN_IN_PARTS).appendBuffer(update.header()));
  }

  @Override
  public void promised(String key, long epoch, long setVersion) {
    Buffer record = record(PROMISED);
    new Packer(record).text(key).number(epoch).number(setVersion);
    add(record);
  }

  @Override
  public void forgot(String key) {
    Buffer record = record(FORGOTTEN);
    new Packer(record).text(key);
    add(record);
  }

  private static Buffer record(int kind) {
    return Buffer.buffer(64).appendByte((byte) kind);
  }

  private void add(Buffer record) {
    if (!failed && !closed) {
      records.add(record);
      sinceLast += record.length();
    }
  }

  @Override
  public void force(Runnable then) {
    if (failed || closed) {
      return;
    }
    if (records.isEmpty() && !underWay && waiting.isEmpty()) {
      then.run();
      return;
    }
    waiting.add(then);
    next();
  }

  private void next() {
    if (underWay || failed || closed || waiting.isEmpty() && records.isEmpty()) {
      return;
    }
    underWay = true;
    List<Buffer> toWrite = records;
    List<Runnable> toTell = waiting;
    records = new ArrayList<>();
    waiting = new ArrayList<>();
    writer.execute(() -> write(toWrite, toTell));
  }

  private void written(List<Runnable> toTell) {
    underWay = false;
    if (closed) {
      return;
    }
    toTell.forEach(Runnable::run);
    writeAgain();
    next();
  }

  private void failed(IOException why) {
    failed = true;
    if (!closed) {
      LOG.log(
          System.Logger.Level.ERROR,
          "cannot write to " + disk + ", so this store confirms nothing more: "
              + why.getMessage());
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      writer.execute(this::closeDisk);
    }
  }

  // ---- writing again --------------------------------------------------------------------------

  private void writeAgain() {
    if (again == null && sinceLast > Math.max(enough, 2 * thereAtLast)) {
      again = new ArrayDeque<>(shelf.keys().keySet());
      sinceLast = 0;
      againBytes = 0;
      underWay = true;
      writer.execute(this::beginFile);
      return;
    }
    if (again == null) {
      return;
    }
    long before = sinceLast;
    while (!again.isEmpty() && sinceLast - before < AGAIN_BYTES) {
      writeAgain(again.poll());
    }
    againBytes += sinceLast - before;
    if (again.isEmpty()) {
      again = null;
      thereAtLast = againBytes;
      sinceLast = 0;
      waiting.add(() -> writer.execute(this::dropBefore));
    }
  }

  private void writeAgain(String key) {
    Shelf.Kept kept = shelf.find(key);
    if (kept != null && kept.content != null) {
      wrote(kept.content.whole(kept.setVersion));
    }
    if (kept != null) {
      promised(key, kept.promised, kept.setVersion);
    }
  }

  // ---- on the writer's thread -----------------------------------------------------------------

  private void write(List<Buffer> toWrite, List<Runnable> toTell) {
    try {
      Packer batch = new Packer(Buffer.buffer());
      for (Buffer record : toWrite) {
        batch.bytes(record);
        if (batch.length() >= PART_BYTES) {
          batches.write(batch.buffer());
          batch = new Packer(Buffer.buffer());
        }
      }
      if (batch.length() > 0) {
        batches.write(batch.buffer());
      }
      batches.force();
      room.execute(() -> written(toTell));
    } catch (IOException failure) {
      room.execute(() -> failed(failure));
    }
  }

  private void beginFile() {
    try {
      batches.endFile();
      List<Long> files = batches.files();
      keepFrom = files.isEmpty() ? 0 : files.get(files.size() - 1) + 1;
      room.execute(() -> written(List.of()));
    } catch (IOException failure) {
      room.execute(() -> failed(failure));
    }
  }

  private void dropBefore() {
    try {
      while (!batches.files().isEmpty() && batches.files().get(0) < keepFrom) {
        batches.dropFirst();
      }
    } catch (IOException failure) {
      room.execute(() -> failed(failure));
    }
  }

  private void closeDisk() {
    try {
      batches.close();
      disk.close();
    } catch (IOException unclosed) {
      LOG.log(System.Logger.Level.WARNING, "could not close " + disk, unclosed);
    }
  }
}
