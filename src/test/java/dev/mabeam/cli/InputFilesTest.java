package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {
  @TempDir Path directory;

  @Test
  void shouldFindTextFilesOnlyAndTheLargestFirst() throws IOException {
    Files.createDirectories(directory.resolve("a/.hidden"));
    Files.writeString(directory.resolve("small"), "x");
    Files.writeString(directory.resolve("a/large"), "x".repeat(100));
    Files.writeString(directory.resolve("a/.hidden/middle"), "x".repeat(50));
    Files.writeString(directory.resolve("empty"), "");
    Files.write(directory.resolve("binary"), new byte[] {'a', 0, 'b'});
    byte[] late = new byte[200_000];
    java.util.Arrays.fill(late, (byte) 'a');
    late[199_999] = 0;
    Files.write(directory.resolve("binary-at-its-end"), late);
    Files.createSymbolicLink(directory.resolve("link"), directory.resolve("small"));

    assertEquals(List.of("a/large", "a/.hidden/middle", "small", "empty"), names());
  }

  @Test
  void shouldTakeASingleFileAsInput() throws IOException {
    Path file = Files.writeString(directory.resolve("one"), "x");

    List<Path> roots = InputFiles.roots(file, directory);
    assertEquals(1, InputFiles.under(roots, skipped -> {}).size());
  }

  @Test
  void shouldTakeReadmeDocsAndSourcesWithoutAnInput() throws IOException {
    Files.writeString(directory.resolve("README.md"), "x");
    Files.createDirectories(directory.resolve("src"));
    Files.createDirectories(directory.resolve("target"));

    Path home = directory.toRealPath();
    assertEquals(
        List.of(home.resolve("README.md"), home.resolve("src")),
        InputFiles.roots(null, directory));
  }

  @Test
  void shouldRefuseAnInputThatIsNotThere() {
    CliException failure =
        assertThrows(
            CliException.class, () -> InputFiles.roots(directory.resolve("none"), directory));
    assertEquals(ExitCodes.USAGE, failure.exitCode());
  }

  @Test
  void shouldRefuseAnInputWithNothingToCount() throws IOException {
    Files.write(directory.resolve("binary"), new byte[] {'a', 0, 'b'});
    CliException failure =
        assertThrows(CliException.class, () -> InputFiles.requireAny(List.of(directory)));
    assertEquals(ExitCodes.USAGE, failure.exitCode());
    assertTrue(failure.getMessage().contains(directory.toString()), failure.getMessage());

    Files.writeString(directory.resolve("text"), "");
    assertDoesNotThrow(() -> InputFiles.requireAny(List.of(directory)));
  }

  private List<String> names() throws IOException {
    Path root = directory.toRealPath();
    List<String> names = new ArrayList<>();
    InputFiles.under(List.of(root), skipped -> {})
        .forEach(file -> names.add(root.relativize(file.path()).toString()));
    return names;
  }
}
