package dev.mabeam.disk;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * The files of one directory, and when what is written to them is there for good: a file's bytes
 * after {@link Output#force}, its name, and that another one is gone, after {@link #forceNames}. A
 * machine that loses power may keep any part of the rest, or none.
 */
public interface Disk extends Closeable {
  /** In the order of their names. */
  List<String> names() throws IOException;

  Buffer read(String name) throws IOException;

  /** Goes on at the end of a file, or begins one. */
  Output append(String name) throws IOException;

  void truncate(String name, long length) throws IOException;

  void delete(String name) throws IOException;

  /** Replaces what had the name. */
  void rename(String from, String to) throws IOException;

  void forceNames() throws IOException;

  /** Writes a file such that it is there as a whole or not at all; forced when this returns. */
  default void writeWhole(String name, Buffer bytes) throws IOException {
    String draft = name + DRAFT;
    if (names().contains(draft)) {
      delete(draft);
    }
    try (Output out = append(draft)) {
      out.write(bytes);
      out.force();
    }
    rename(draft, name);
    forceNames();
  }

  /** What a file is called that is not finished; whoever opens the directory deletes it. */
  String DRAFT = ".draft";

  /** What to tell of a file that is not what was written. */
  static MabeamException corrupt(Disk disk, String file, String why) {
    return new MabeamException(
        ErrorCode.INTERNAL,
        "file " + file + " in " + disk + " is corrupt " + why,
        "start this node with an empty --data-dir: it gets everything from the others");
  }

  /** The end of a file. */
  interface Output extends Closeable {
    void write(Buffer bytes) throws IOException;

    void force() throws IOException;
  }
}
