package dev.mabeam.consensus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.disk.FreeSpace;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptLogsTest {
  private final AtomicLong free = new AtomicLong(FreeSpace.LEAST_BYTES);

  @Test
  void shouldBeginNoLogWhereThereIsHardlyAnyRoom(@TempDir Path directory) throws IOException {
    KeptLogs logs =
        new KeptLogs(directory, "g", Runnable::run, Runnable::run, path -> free.get());
    logs.fresh().close();
    free.set(FreeSpace.LEAST_BYTES - 1);

    MabeamException full = assertThrows(MabeamException.class, logs::fresh);
    assertEquals(ErrorCode.INTERNAL, full.code());
    assertTrue(full.getMessage().contains("only 16383 KB are free"), full.getMessage());
    assertEquals(List.of("1"), numbers(directory), "what was there is left alone");

    free.set(FreeSpace.LEAST_BYTES);
    logs.fresh().close();
    assertEquals(List.of("2"), numbers(directory));
  }

  @Test
  void shouldHoldNothingOpenThatItCannotRead(@TempDir Path directory) throws IOException {
    KeptLogs logs =
        new KeptLogs(directory, "g", Runnable::run, Runnable::run, path -> free.get());
    logs.fresh().close();
    Files.writeString(directory.resolve("decisions/1/state"), "no state");
    for (int i = 0; i < 2; i++) {
      MabeamException corrupt = assertThrows(MabeamException.class, logs::open);
      assertEquals(ErrorCode.INTERNAL, corrupt.code(), corrupt.getMessage());
    }
  }

  @Test
  void shouldKnowTheRoomOfADirectoryThatIsNotThereYet(@TempDir Path directory) {
    assertTrue(FreeSpace.of(directory.resolve("a/b")) > 0);
    assertTrue(FreeSpace.of(Path.of("/dev/null/x")) >= 0);
  }

  private static List<String> numbers(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("decisions"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
