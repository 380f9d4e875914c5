package dev.mabeam.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The end of what a node has written, for the message of a test that failed: without the grid's
 * reports of each cache, and with the first frames of a stack trace only, so that it reaches back far
 * enough.
 */
public final class LogTail {
  private static final int LINES = 40;
  private static final int FRAMES = 6;

  private LogTail() {}

  /** Indented lines, or why there are none. */
  public static String of(Path log) {
    try {
      List<String> lines = telling(Files.readAllLines(log));
      int from = Math.max(0, lines.size() - LINES);
      return "  " + String.join("\n  ", lines.subList(from, lines.size()));
    } catch (IOException none) {
      return "  no log: " + none;
    }
  }

  static List<String> telling(List<String> lines) {
    List<String> telling = new ArrayList<>();
    int frames = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean headOfReport = i + 1 < lines.size() && isReport(lines.get(i + 1));
      frames = line.startsWith("\tat ") ? frames + 1 : 0;
      if (frames <= FRAMES && !line.isBlank() && !isReport(line) && !headOfReport) {
        telling.add(line);
      }
    }
    return telling;
  }

  private static boolean isReport(String line) {
    return line.startsWith("INFO: [Context=");
  }
}
