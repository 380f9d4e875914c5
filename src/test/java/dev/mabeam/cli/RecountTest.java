package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecountTest {
  @TempDir Path directory;

  @Test
  void shouldCountFilesAndNoWordOverTheirEnds() throws Exception {
    Path one = Files.writeString(directory.resolve("1"), "x ".repeat(40_000) + "on");
    Path two = Files.writeString(directory.resolve("2"), "e X");

    assertEquals(
        Map.of("x", 40_001L, "on", 1L, "e", 1L),
        Recount.of(
            List.of(new InputFiles.TextFile(one, 80_002), new InputFiles.TextFile(two, 3))));
  }

  @Test
  void shouldTellWhatIsMissingTooOftenOrTooMuch() {
    assertEquals("", Recount.difference(Map.of("a", 300L), Map.of("a", 300L)));
    assertEquals(
        "'a': 2 in the files, 1 counted", Recount.difference(Map.of("a", 2L), Map.of("a", 1L)));
    assertEquals(
        "'a': 2 in the files, 0 counted; and 1 other word",
        Recount.difference(Map.of("a", 2L), Map.of("b", 1L)));
    assertEquals(
        "'a': 0 in the files, 1 counted; and 2 other words",
        Recount.difference(Map.of("b", 1L, "c", 3L), Map.of("a", 1L, "b", 2L, "c", 2L)));
  }
}
