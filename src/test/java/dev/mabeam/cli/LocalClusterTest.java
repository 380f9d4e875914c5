package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalClusterTest {
  @TempDir Path temp;

  @Test
  void shouldDeleteOnlyTheLogsOfThoseThatWereKilled() throws IOException {
    logs("mabeam-demo-1-killed", "n1.log");
    logs("mabeam-demo-1-failed", "n1.log", "kept");
    logs("mabeam-demo-2-running", "n1.log");
    logs("mabeam-demo-x", "n1.log");
    logs("somebody-elses", "n1.log");

    LocalCluster.sweep(temp, pid -> pid == 2);

    try (Stream<Path> left = Files.list(temp)) {
      assertEquals(
          List.of("mabeam-demo-1-failed", "mabeam-demo-2-running", "mabeam-demo-x", "somebody-elses"),
          left.map(path -> path.getFileName().toString()).sorted().toList());
    }
  }

  private void logs(String directory, String... files) throws IOException {
    Path logs = Files.createDirectory(temp.resolve(directory));
    for (String file : files) {
      Files.writeString(logs.resolve(file), "x");
    }
  }
}
