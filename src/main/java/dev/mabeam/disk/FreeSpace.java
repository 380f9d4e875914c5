package dev.mabeam.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether there is room for what is to be kept in a directory. */
public final class FreeSpace {
  /** With less than this nothing is begun that others then count on. */
  public static final long LEAST_BYTES = 16L * 1024 * 1024;

  private FreeSpace() {}

  /** How many bytes may be written to {@code directory}, which need not be there yet. */
  public static long of(Path directory) {
    Path there = directory.toAbsolutePath();
    while (there != null && !Files.exists(there)) {
      there = there.getParent();
    }
    try {
      return there == null ? Long.MAX_VALUE : Files.getFileStore(there).getUsableSpace();
    } catch (IOException unknown) {
      return Long.MAX_VALUE; // whoever writes will learn it
    }
  }
}
