package dev.mabeam.disk;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A journal: files to which batches of records are appended.
 *
 * <pre>
 *   PREFIX0000000000000001, PREFIX0000000000000002 …      batches, one after the other
 *   batch    magic:4  number:8  length:4  crc:4  records        crc of number, length and records
 * </pre>
 *
 * <p>Guaranteed: what was forced is read back. Batches that were being written when the power went
 * are cut off at the next start: they are the last ones, and nobody was told that they are there.
 * Anything else that does not fit its checksum refuses to be read. <em>Not</em> guaranteed: that
 * the very last batch, if it has rotted since it was forced, is told from one that was torn.
 */
public final class Batches {
  private static final int MAGIC = 0x6d624c31;
  private static final int HEADER = 20;
  private static final long FILE_BYTES = 64L * 1024 * 1024;
  private static final System.Logger LOG = System.getLogger(Batches.class.getName());

  /** Hears of each batch that is there, in order. */
  @FunctionalInterface
  public interface Reader {
    /**
     * @param file the number of its file
     * @param at where it begins there
     */
    void batch(long file, int at, Buffer records);
  }

  private final Disk disk;
  private final String prefix;
  private final Deque<Long> files = new ArrayDeque<>();
  private Disk.Output out;
  private long written;
  private long lastNumber;
  private long lastFile;

  private Batches(Disk disk, String prefix) {
    this.disk = disk;
    this.prefix = prefix;
  }

  /** Reads all that is there. What is written next begins a new file. */
  public static Batches open(Disk disk, String prefix, Reader reader) throws IOException {
    Batches batches = new Batches(disk, prefix);
    batches.readAll(reader);
    return batches;
  }

  /** What the file of that number is called. */
  public String name(long file) {
    return prefix + "%016d".formatted(file);
  }

  /** The numbers of the files that there are, ascending. */
  public List<Long> files() {
    return List.copyOf(files);
  }

  // ---- writing --------------------------------------------------------------------------------

  /** Appends a batch; it is there for good after {@link #force}. Returns its file's number. */
  public long write(Buffer records) throws IOException {
    if (out == null || written > FILE_BYTES) {
      roll();
    }
    Buffer framed = frame(++lastNumber, records);
    out.write(framed);
    written += framed.length();
    return files.getLast();
  }

  public void force() throws IOException {
    if (out != null) {
      out.force();
    }
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
      // A later file must not be there for good before all of this one is.
      out.force();
      out.close();
    }
    out = disk.append(name(++lastFile));
    disk.forceNames();
    files.add(lastFile);
    written = 0;
  }

  /** Deletes the first file. If it is the one being written, what comes next begins a new one. */
  public void dropFirst() throws IOException {
    if (files.size() == 1 && out != null) {
      out.close();
      out = null;
    }
    disk.delete(name(files.poll()));
    // One by one, so that no power loss keeps an earlier one than it takes.
    disk.forceNames();
  }

  /** What comes next begins a new file. */
  public void endFile() throws IOException {
    if (out != null && written > 0) {
      out.force();
      out.close();
      out = null;
    }
  }

  public void close() throws IOException {
    if (out != null) {
      out.close();
      out = null;
    }
  }

  // ---- reading --------------------------------------------------------------------------------

  private void readAll(Reader reader) throws IOException {
    List<String> names = disk.names().stream().filter(name -> name.startsWith(prefix)).toList();
    for (String name : names) {
      boolean last = name.equals(names.get(names.size() - 1));
      lastFile = Long.parseLong(name.substring(prefix.length()));
      files.add(lastFile);
      read(name, last, reader);
    }
  }

  private void read(String name, boolean last, Reader reader) throws IOException {
    Buffer bytes = disk.read(name);
    int at = 0;
    while (at < bytes.length()) {
      Buffer records = batchAt(bytes, at);
      if (records == null) {
        cut(name, bytes, at, last);
        return;
      }
      long number = bytes.getLong(at + 4);
      if (lastNumber != 0 && number != lastNumber + 1) {
        throw corrupt(name, at, "batch " + number + " follows batch " + lastNumber);
      }
      lastNumber = number;
      reader.batch(lastFile, at, records);
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

  private void cut(String name, Buffer bytes, int at, boolean last) throws IOException {
    if (!last) {
      throw corrupt(name, at, "and another file comes after it");
    }
    for (int later = at + 1; later <= bytes.length() - HEADER; later++) {
      if (batchAt(bytes, later) != null) {
        throw corrupt(name, at, "and a whole batch comes after it, at byte " + later);
      }
    }
    LOG.log(
        System.Logger.Level.INFO,
        disk + ": cut " + (bytes.length() - at) + " bytes off " + name
            + ", which were being written when the process or the machine ended");
    disk.truncate(name, at);
  }

  private RuntimeException corrupt(String name, int at, String why) {
    return Disk.corrupt(disk, name, "at byte " + at + ", " + why);
  }
}
