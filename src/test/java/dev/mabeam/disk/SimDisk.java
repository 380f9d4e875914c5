package dev.mabeam.disk;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * {@link Disk} in memory that knows what was forced. {@link #losePower} forgets what was not: of a
 * file's bytes after the last force some prefix stays, or bytes of which some are garbage; of the
 * names, each change since the last force happened or not.
 */
public final class SimDisk implements Disk {
  private static final class Content {
    Buffer bytes = Buffer.buffer();
    int forced;
  }

  private Map<String, Content> files = new TreeMap<>();
  /** What the names stand for as far as the directory was forced. */
  private Map<String, Content> forcedFiles = new TreeMap<>();
  private int openings;
  private long bytesLeft = Long.MAX_VALUE;
  private boolean lying;
  public int forces;

  /** What {@link #losePower} leaves of bytes that were not forced. */
  @FunctionalInterface
  public interface Torn {
    Buffer rest(Buffer unforced);
  }

  /** Takes only so many more bytes. */
  public SimDisk fillAfter(long bytes) {
    bytesLeft = bytes;
    return this;
  }

  /** Says of the log's files that it has forced them, and does not. */
  public SimDisk lying() {
    lying = true;
    return this;
  }

  /** The process ended: what it had open is closed, what it wrote is there. */
  public void crash() {
    openings++;
  }

  /** The machine lost power; {@code random} says what of the unforced survives. */
  public void losePower(RandomGenerator random) {
    losePower(
        unforced -> {
          Buffer rest = unforced.getBuffer(0, random.nextInt(unforced.length() + 1));
          if (rest.length() > 0 && random.nextInt(4) == 0) {
            rest.setByte(random.nextInt(rest.length()), (byte) random.nextInt());
          }
          return rest;
        },
        random);
  }

  public void losePower(Torn torn, RandomGenerator random) {
    openings++;
    Map<String, Content> after = new TreeMap<>(forcedFiles);
    for (String name : new ArrayList<>(files.keySet())) {
      if (!forcedFiles.containsKey(name) && random.nextBoolean()) {
        after.put(name, files.get(name));
      }
    }
    for (String name : forcedFiles.keySet()) {
      Content now = files.get(name);
      if (now != forcedFiles.get(name) && random.nextBoolean()) {
        if (now == null) {
          after.remove(name);
        } else {
          after.put(name, now);
        }
      }
    }
    for (Content content : new HashMap<>(after).values()) {
      if (content.forced < content.bytes.length()) {
        Buffer unforced = content.bytes.getBuffer(content.forced, content.bytes.length());
        Buffer kept = content.bytes.getBuffer(0, content.forced);
        content.bytes = kept.appendBuffer(torn.rest(unforced));
        content.forced = content.bytes.length();
      }
    }
    files = after;
    forcedFiles = new TreeMap<>(after);
  }

  /** How many of a file's bytes are forced. */
  public int forced(String name) {
    return files.get(name).forced;
  }

  /** A disk with the same files, all of them forced. */
  public SimDisk copy() {
    SimDisk copy = new SimDisk();
    files.forEach(
        (name, content) -> {
          Content same = new Content();
          same.bytes = content.bytes.copy();
          same.forced = same.bytes.length();
          copy.files.put(name, same);
        });
    copy.forcedFiles.putAll(copy.files);
    return copy;
  }

  /** Changes what is on the disk, as nobody should. */
  public void replace(String name, Buffer bytes) {
    Content content = files.computeIfAbsent(name, key -> new Content());
    content.bytes = bytes;
    content.forced = bytes.length();
    forcedFiles.put(name, content);
  }

  @Override
  public List<String> names() {
    return List.copyOf(files.keySet());
  }

  @Override
  public Buffer read(String name) throws IOException {
    Content content = files.get(name);
    if (content == null) {
      throw new IOException("no file " + name);
    }
    return content.bytes.copy();
  }

  @Override
  public Output append(String name) {
    Content content = files.computeIfAbsent(name, key -> new Content());
    int opening = openings;
    return new Output() {
      @Override
      public void write(Buffer bytes) throws IOException {
        check();
        if (bytesLeft < bytes.length()) {
          content.bytes.appendBuffer(bytes.getBuffer(0, (int) bytesLeft));
          bytesLeft = 0;
          throw new IOException("No space left on device");
        }
        bytesLeft -= bytes.length();
        content.bytes.appendBuffer(bytes);
      }

      @Override
      public void force() throws IOException {
        check();
        forces++;
        if (!lying || !name.startsWith("log-")) {
          content.forced = content.bytes.length();
        }
      }

      private void check() throws IOException {
        if (opening != openings) {
          throw new IOException("the process that opened it has ended");
        }
      }

      @Override
      public void close() {
        // nothing is held
      }
    };
  }

  @Override
  public void truncate(String name, long length) {
    Content content = files.get(name);
    content.bytes = content.bytes.getBuffer(0, (int) length);
    content.forced = (int) length;
  }

  @Override
  public void delete(String name) {
    files.remove(name);
  }

  @Override
  public void rename(String from, String to) {
    files.put(to, files.remove(from));
  }

  @Override
  public void forceNames() {
    forces++;
    forcedFiles = new TreeMap<>(files);
  }

  @Override
  public void close() {
    openings++;
  }

  @Override
  public String toString() {
    return "the simulated disk";
  }
}
