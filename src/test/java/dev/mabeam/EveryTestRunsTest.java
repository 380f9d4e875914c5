package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not named as the build expects it of tests would be passed over without a word. */
class EveryTestRunsTest {
  private static final Pattern HAS_TESTS =
      Pattern.compile(
          "^import (org\\.junit\\.jupiter\\.api\\.(Test|TestFactory|RepeatedTest)"
              + "|org\\.junit\\.jupiter\\.params\\.ParameterizedTest"
              + "|net\\.jqwik\\.api\\.(Property|Example));",
          Pattern.MULTILINE);

  @Test
  void shouldNameEveryClassThatHasTests() throws IOException {
    assertEquals(List.of(), passedOver(Path.of("src/test/java")));
  }

  @Test
  void shouldFindOneThatIsPassedOver(@TempDir Path sources) throws IOException {
    Files.writeString(sources.resolve("Laws.java"), "import net.jqwik.api.Property;");
    Files.writeString(sources.resolve("LawsTest.java"), "import net.jqwik.api.Property;");
    Files.writeString(sources.resolve("Cut.java"), "import org.jgroups.annotations.Property;");
    assertEquals(List.of(sources.resolve("Laws.java")), passedOver(sources));
  }

  private static List<Path> passedOver(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.toString().endsWith("Test.java"))
          .filter(file -> HAS_TESTS.matcher(read(file)).find())
          .toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
