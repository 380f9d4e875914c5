package dev.mabeam.consensus;

import dev.mabeam.disk.Batches;
import dev.mabeam.disk.Disk;
import dev.mabeam.error.MabeamException;
import io.microraft.model.log.LogEntry;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Entries on a disk, in {@link Batches}, each forced before the next is written.
 *
 * <pre>
 *   record   1 index:8 entry        an entry; see {@link LogCodec}
 *            2 index:8              this index and all after it are gone
 * </pre>
 */
final class Journal {
  private static final String PREFIX = "log-";
  private static final byte ENTRY = 1;
  private static final byte GONE = 2;

  private final Disk disk;
  /** The highest index in each file. */
  private final Map<Long, Long> highest = new HashMap<>();
  private Batches batches;
  private Buffer batch = Buffer.buffer();
  private long batchHighest;

  private Journal(Disk disk) {
    this.disk = disk;
  }

  /** A journal, and the entries that were in it. */
  record Opened(Journal journal, List<LogEntry> entries) {}

  static Opened open(Disk disk) throws IOException {
    Journal journal = new Journal(disk);
    List<LogEntry> entries = new ArrayList<>();
    journal.batches =
        Batches.open(
            disk, PREFIX, (file, at, records) -> journal.apply(file, at, records, entries));
    return new Opened(journal, entries);
  }

  static boolean isIts(String name) {
    return name.startsWith(PREFIX);
  }

  // ---- writing --------------------------------------------------------------------------------

  void append(LogEntry entry) {
    batch.appendByte(ENTRY).appendLong(entry.getIndex());
    LogCodec.writeEntry(batch, entry);
    batchHighest = Math.max(batchHighest, entry.getIndex());
  }

  void forgetFrom(long index) {
    batch.appendByte(GONE).appendLong(index);
  }

  /** What was appended is there for good when this returns. */
  void force() throws IOException {
    if (batch.length() == 0) {
      return;
    }
    long file = batches.write(batch);
    batches.force();
    highest.merge(file, batchHighest, Math::max);
    batch = Buffer.buffer();
    batchHighest = 0;
  }

  /** Deletes the files at whose end an image stands; what comes next begins a new one. */
  void dropUntil(long index) throws IOException {
    for (long file : batches.files()) {
      if (highest.getOrDefault(file, 0L) > index) {
        return;
      }
      batches.dropFirst();
      highest.remove(file);
    }
  }

  /** The next entry begins a new file. */
  void endFile() throws IOException {
    batches.endFile();
  }

  void close() throws IOException {
    batches.close();
  }

  // ---- reading --------------------------------------------------------------------------------

  static MabeamException corrupt(Disk disk, String file, String why) {
    return Disk.corrupt(disk, file, why);
  }

  private MabeamException corrupt(long file, int at, String why) {
    return corrupt(disk, PREFIX + "%016d".formatted(file), "at byte " + at + ", " + why);
  }

  private void apply(long file, int at, Buffer records, List<LogEntry> entries) {
    LogWire in = new LogWire(records);
    while (in.hasMore()) {
      byte kind = in.readByte();
      long index = in.readLong();
      if (kind == GONE) {
        entries.removeIf(entry -> entry.getIndex() >= index);
      } else if (kind == ENTRY) {
        highest.merge(file, index, Math::max);
        add(file, at, LogCodec.readEntry(index, in), entries);
      } else {
        throw corrupt(file, at, "where a record is of unknown kind " + kind);
      }
    }
  }

  /** After an image came from another endpoint, its entries go on after a gap. */
  private void add(long file, int at, LogEntry entry, List<LogEntry> entries) {
    long last = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).getIndex();
    if (entry.getIndex() <= last) {
      throw corrupt(file, at, "where entry " + entry.getIndex() + " follows entry " + last);
    }
    entries.add(entry);
  }
}
