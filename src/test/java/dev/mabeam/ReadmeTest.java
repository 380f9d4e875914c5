package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's program compiles and runs as it stands, and its links lead somewhere. */
class ReadmeTest {
  private static final Pattern PROGRAM = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("(?:\\]\\(|src=\"|srcset=\")([^)\"#:]+)[)\"]");

  @TempDir Path folder;

  @Test
  void shouldEmbedAsTheReadmeShows() throws Exception {
    Matcher program = PROGRAM.matcher(Files.readString(Path.of("README.md")));
    assertTrue(program.find(), "the README has a program");
    Path source = Files.writeString(folder.resolve("Embedded.java"), program.group(1));
    String classPath = System.getProperty("java.class.path");
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-cp", classPath, "-d", folder.toString(), source.toString());
    assertEquals(0, compiled, "the README's program compiles");

    File output = folder.resolve("output").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                folder + File.pathSeparator + classPath,
                "Embedded")
            .redirectErrorStream(true)
            .redirectOutput(output)
            .start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the README's program ends by itself");
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output.toPath());
    assertTrue(lines.contains("hello world"), () -> String.join("\n", lines));
    assertEquals(0, process.exitValue());
  }

  @Test
  void shouldLinkOnlyToWhatIsThere() throws IOException {
    try (Stream<Path> pages = Files.walk(Path.of("docs"))) {
      Stream.concat(Stream.of(Path.of("README.md")), pages)
          .filter(page -> page.toString().endsWith(".md"))
          .forEach(ReadmeTest::requireLinks);
    }
  }

  private static void requireLinks(Path page) {
    try {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        Path target = page.resolveSibling(link.group(1));
        assertTrue(Files.exists(target), () -> page + " links to " + target);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
