package dev.mabeam.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * The text files to count: regular, readable, and without a NUL byte. Links are not followed, the
 * roots themselves excepted.
 */
final class InputFiles {
  private static final List<String> DEFAULTS = List.of("README.md", "docs", "src");
  private static final int BLOCK = 1 << 16;

  /** A text file and its size in bytes. */
  record TextFile(Path path, long size) {}

  private InputFiles() {}

  /** {@code input}, or without one the project's own README, docs and sources. */
  static List<Path> roots(Path input, Path home) {
    try {
      if (input != null) {
        if (!Files.isReadable(input)) {
          throw new CliException(
              ExitCodes.USAGE,
              "--input " + input + ": "
                  + (Files.exists(input) ? "permission denied" : "there is no such directory"),
              "");
        }
        return List.of(input.toRealPath());
      }
      List<Path> roots = new ArrayList<>();
      for (String each : DEFAULTS) {
        if (Files.isReadable(home.resolve(each))) {
          roots.add(home.resolve(each).toRealPath());
        }
      }
      return roots;
    } catch (IOException failure) {
      throw new CliException(ExitCodes.USAGE, "--input " + input + ": " + Reasons.of(failure), "");
    }
  }

  /** Refuses {@code roots} under which there is nothing to count, before anything is started. */
  static void requireAny(List<Path> roots) {
    List<TextFile> first = new ArrayList<>();
    try {
      for (Path root : roots) {
        Files.walkFileTree(root, new Collector(first, skipped -> {}, true));
      }
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.FAILED, "the input cannot be read: " + Reasons.of(failure), "");
    }
    if (first.isEmpty()) {
      throw new CliException(
          ExitCodes.USAGE,
          "there is no text file to count under "
              + String.join(", ", roots.stream().map(Path::toString).toList()),
          "name a directory with --input");
    }
  }

  /** All text files under {@code roots}, the largest first; the unreadable go to {@code skipped}. */
  static List<TextFile> under(List<Path> roots, Consumer<String> skipped) throws IOException {
    List<TextFile> files = new ArrayList<>();
    for (Path root : roots) {
      Files.walkFileTree(root, new Collector(files, skipped, false));
    }
    files.sort(
        Comparator.comparingLong(TextFile::size).reversed().thenComparing(TextFile::path));
    return files;
  }

  /** Collects text files, all of them or the first alone. */
  private static final class Collector extends SimpleFileVisitor<Path> {
    private final List<TextFile> files;
    private final Consumer<String> skipped;
    private final boolean onlyFirst;

    Collector(List<TextFile> files, Consumer<String> skipped, boolean onlyFirst) {
      this.files = files;
      this.skipped = skipped;
      this.onlyFirst = onlyFirst;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      try {
        if (attributes.isRegularFile() && isText(file)) {
          files.add(new TextFile(file, attributes.size()));
        }
      } catch (IOException unreadable) {
        skipped.accept(file + ": " + Reasons.of(unreadable));
      }
      return onlyFirst && !files.isEmpty() ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException unreadable) {
      skipped.accept(file + ": " + Reasons.of(unreadable));
      return FileVisitResult.CONTINUE;
    }
  }

  static boolean isText(Path file) throws IOException {
    byte[] block = new byte[BLOCK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int length = in.read(block); length >= 0; length = in.read(block)) {
        for (int i = 0; i < length; i++) {
          if (block[i] == 0) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
