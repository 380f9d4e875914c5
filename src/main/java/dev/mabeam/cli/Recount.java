package dev.mabeam.cli;

import dev.mabeam.sample.WordScanner;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The words of files, counted here and by no agent: what the agents' count has to be equal to. */
final class Recount {
  private static final int BLOCK = 1 << 16;

  private Recount() {}

  static TreeMap<String, Long> of(List<InputFiles.TextFile> files) throws IOException {
    TreeMap<String, Long> counts = new TreeMap<>();
    byte[] block = new byte[BLOCK];
    for (InputFiles.TextFile file : files) {
      WordScanner scanner = new WordScanner();
      try (InputStream in = Files.newInputStream(file.path())) {
        for (int length = in.read(block); length >= 0; length = in.read(block)) {
          scanner.scan(block, length, counts);
        }
      }
      scanner.end(counts);
    }
    return counts;
  }

  /** In what {@code counted} differs from the {@code right} counts; empty if in nothing. */
  static String difference(Map<String, Long> right, Map<String, Long> counted) {
    TreeSet<String> words = new TreeSet<>(right.keySet());
    words.addAll(counted.keySet());
    words.removeIf(word -> right.getOrDefault(word, 0L).equals(counted.getOrDefault(word, 0L)));
    if (words.isEmpty()) {
      return "";
    }
    String first = words.first();
    return "'%s': %d in the files, %d counted%s"
        .formatted(
            first,
            right.getOrDefault(first, 0L),
            counted.getOrDefault(first, 0L),
            words.size() == 1
                ? ""
                : "; and " + StatusCommand.count(words.size() - 1, "other word"));
  }
}
