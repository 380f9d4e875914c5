package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.microraft.model.log.LogEntry;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Entries on a disk: files to which batches are appended, each forced before the next is written.
 *
 * <pre>
 *   log-0000000000000001, log-0000000000000002 …      batches, one after the other
 *   batch    magic:4  number:8  length:4  crc:4  records        crc of number, length and records
 *   record   1 index:8 entry        an entry; see {@link LogCodec}
 *            2 index:8              this index and all after it are gone
 * </pre>
 *
 * <p>Guaranteed: what was forced is read back. A batch that was being written when the power went
 * is cut off at the next start: it is the last one, and nobody was told that it is there. Anything
 * else that does not fit its checksum refuses to be read. <em>Not</em> guaranteed: that the very
 * last batch, if it has rotted since it was forced, is told from one that was torn.
 */
final class Journal {
  private static final String PREFIX = "log-";
  private static final int MAGIC = 0x6d624c31;
  private static final int HEADER = 20;
  private static final byte ENTRY = 1;
  private static final byte GONE = 2;
  private static final long FILE_BYTES = 64L * 1024 * 1024;
  private static final System.Logger LOG = System.getLogger(Journal.class.getName());

  /** A file, and the highest index in it. */
  private static final class Segment {
    final String name;
    long highest;

    Segment(String name) {
      this.name = name;
    }
  }

  private final Disk disk;
  private final Deque<Segment> segments = new ArrayDeque<>();
  private Buffer batch = Buffer.buffer();
  private long batchHighest;
  private Disk.Output out;
  private long written;
  private long lastNumber;
  private long lastFile;

  private Journal(Disk disk) {
    this.disk = disk;
  }

  /** A journal, and the entries that were in it. */
  record Opened(Journal journal, List<LogEntry> entries) {}

  static Opened open(Disk disk) throws IOException {
    Journal journal = new Journal(disk);
    return new Opened(journal, journal.readAll());
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
    if (out == null || written > FILE_BYTES) {
      roll();
    }
    Buffer framed = frame(++lastNumber, batch);
    out.write(framed);
    out.force();
    written += framed.length();
    Segment segment = segments.getLast();
    segment.highest = Math.max(segment.highest, batchHighest);
    batch = Buffer.buffer();
    batchHighest = 0;
  }

  private static Buffer frame(long number, Buffer records) {
    return Buffer.buffer(HEADER + records.length())
        .appendInt(MAGIC)
        .appendLong(number)
        .appendInt(records.length())
        .appendInt(checksum(number, records))
        .appendBuffer(records);
  }

  private static int checksum(long number, Buffer records) {
    CRC32C crc = new CRC32C();
    crc.update(Buffer.buffer(12).appendLong(number).appendInt(records.length()).getBytes());
    crc.update(records.getBytes());
    return (int) crc.getValue();
  }

  private void roll() throws IOException {
    if (out != null) {
      out.close();
    }
    Segment segment = new Segment(PREFIX + "%016d".formatted(++lastFile));
    out = disk.append(segment.name);
    disk.forceNames();
    segments.add(segment);
    written = 0;
  }

  /** Deletes the files at whose end an image stands; what comes next begins a new one. */
  void dropUntil(long index) throws IOException {
    while (!segments.isEmpty() && segments.peek().highest <= index) {
      if (segments.size() == 1 && out != null) {
        out.close();
        out = null;
      }
      disk.delete(segments.poll().name);
      // One by one, so that no power loss keeps an earlier one than it takes.
      disk.forceNames();
    }
  }

  /** The next entry begins a new file. */
  void endFile() throws IOException {
    if (out != null && written > 0) {
      out.close();
      out = null;
    }
  }

  void close() throws IOException {
    if (out != null) {
      out.close();
      out = null;
    }
  }

  // ---- reading --------------------------------------------------------------------------------

  private List<LogEntry> readAll() throws IOException {
    List<LogEntry> entries = new ArrayList<>();
    List<String> names = disk.names().stream().filter(Journal::isIts).toList();
    for (String name : names) {
      boolean last = name.equals(names.get(names.size() - 1));
      Segment segment = new Segment(name);
      segments.add(segment);
      lastFile = Long.parseLong(name.substring(PREFIX.length()));
      read(segment, last, entries);
    }
    return entries;
  }

  private void read(Segment segment, boolean last, List<LogEntry> entries) throws IOException {
    Buffer bytes = disk.read(segment.name);
    int at = 0;
    while (at < bytes.length()) {
      Buffer records = batchAt(bytes, at);
      if (records == null) {
        cut(segment, bytes, at, last);
        return;
      }
      long number = bytes.getLong(at + 4);
      if (lastNumber != 0 && number != lastNumber + 1) {
        throw corrupt(segment, at, "batch " + number + " follows batch " + lastNumber);
      }
      lastNumber = number;
      apply(segment, at, records, entries);
      at += HEADER + records.length();
    }
  }

  /** The records of the batch that begins there, or null if none does. */
  private static Buffer batchAt(Buffer bytes, int at) {
    if (bytes.length() - at < HEADER || bytes.getInt(at) != MAGIC) {
      return null;
    }
    int length = bytes.getInt(at + 12);
    if (length <= 0 || length > bytes.length() - at - HEADER) {
      return null;
    }
    Buffer records = bytes.getBuffer(at + HEADER, at + HEADER + length);
    return checksum(bytes.getLong(at + 4), records) == bytes.getInt(at + 16) ? records : null;
  }

  private void cut(Segment segment, Buffer bytes, int at, boolean last) throws IOException {
    if (!last) {
      throw corrupt(segment, at, "and another file comes after it");
    }
    for (int later = at + 1; later <= bytes.length() - HEADER; later++) {
      if (batchAt(bytes, later) != null) {
        throw corrupt(segment, at, "and a whole batch comes after it, at byte " + later);
      }
    }
    LOG.log(
        System.Logger.Level.INFO,
        disk + ": cut " + (bytes.length() - at) + " bytes off " + segment.name
            + ", which were being written when the process or the machine ended");
    disk.truncate(segment.name, at);
  }

  private MabeamException corrupt(Segment segment, int at, String why) {
    return corrupt(disk, segment.name, "at byte " + at + ", " + why);
  }

  static MabeamException corrupt(Disk disk, String file, String why) {
    return new MabeamException(
        ErrorCode.INTERNAL,
        "file " + file + " in " + disk + " is corrupt " + why,
        "start this node with an empty --data-dir: it gets everything from the others");
  }

  private void apply(Segment segment, int at, Buffer records, List<LogEntry> entries) {
    LogWire in = new LogWire(records);
    while (in.hasMore()) {
      byte kind = in.readByte();
      long index = in.readLong();
      if (kind == GONE) {
        entries.removeIf(entry -> entry.getIndex() >= index);
      } else if (kind == ENTRY) {
        segment.highest = Math.max(segment.highest, index);
        add(segment, at, LogCodec.readEntry(index, in), entries);
      } else {
        throw corrupt(segment, at, "where a record is of unknown kind " + kind);
      }
    }
  }

  /** After an image came from another endpoint, its entries go on after a gap. */
  private void add(Segment segment, int at, LogEntry entry, List<LogEntry> entries) {
    long last = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).getIndex();
    if (entry.getIndex() <= last) {
      throw corrupt(segment, at, "where entry " + entry.getIndex() + " follows entry " + last);
    }
    entries.add(entry);
  }
}
