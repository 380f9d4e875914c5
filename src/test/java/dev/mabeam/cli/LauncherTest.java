package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/mabeam} in a directory of its own, with a PATH that holds no Java and no Maven. */
class LauncherTest {
  private static final List<String> TOOLS =
      List.of(
          "bash", "cat", "dirname", "env", "flock", "grep", "mkdir", "mv", "readlink", "rm", "sed",
          "sleep", "timeout", "touch", "uname", "which", "ls", "expr", "tr", "find");

  @TempDir Path directory;
  private Path home;
  private Path path;
  private Path jvms;
  private Path errors;

  private record Result(int exit, String out, String err) {}

  @BeforeEach
  void install() throws IOException {
    home = Files.createDirectories(directory.resolve("home dir"));
    path = Files.createDirectories(directory.resolve("path"));
    jvms = Files.createDirectories(directory.resolve("jvm"));
    Files.createDirectories(home.resolve("bin"));
    Path launcher = Path.of("bin/mabeam");
    Files.copy(launcher, home.resolve(launcher), StandardCopyOption.COPY_ATTRIBUTES);
    for (String tool : TOOLS) {
      for (String bin : List.of("/usr/bin", "/bin")) {
        if (Files.exists(Path.of(bin, tool)) && !Files.exists(path.resolve(tool))) {
          Files.createSymbolicLink(path.resolve(tool), Path.of(bin, tool));
        }
      }
    }
  }

  @Test
  void shouldPreferJavaHomeThenPathThenTheUsualDirectory() throws Exception {
    Path first = jdk("first", "17.0.9");
    Path onPath = jdk("second", "21");
    Path usual = jdk("jvm/third", "22.0.1");
    Path link = Files.createSymbolicLink(path.resolve("java"), onPath.resolve("bin/java"));

    assertEquals(first.toString(), run(Map.of("JAVA_HOME", first.toString()), "--java-home").out);
    assertEquals(onPath.toString(), run(Map.of(), "--java-home").out);
    Files.delete(link);
    assertEquals(usual.toString(), run(Map.of(), "--java-home").out);
  }

  @Test
  void shouldPassOverAJavaThatIsNotSupported() throws Exception {
    Path tooNew = jdk("new", "25.0.1");
    jdk("jvm/a-old", "1.8.0_392");
    Path good = jdk("jvm/b-good", "17.0.15");

    assertEquals(good.toString(), run(Map.of("JAVA_HOME", tooNew.toString()), "--java-home").out);
  }

  @Test
  void shouldSayInOneLineThatTheOnlyJavaIsNotSupported() throws Exception {
    Path real = Path.of("/usr/lib/jvm/temurin-25-jdk-amd64");
    Path tooNew = Files.exists(real) ? real : jdk("new", "25.0.1");

    Result result = run(Map.of("JAVA_HOME", tooNew.toString()), "status");

    assertEquals(78, result.exit);
    assertEquals(1, result.err.lines().count(), result.err);
    assertTrue(result.err.startsWith("error: mabeam runs on Java 17 to 22"), result.err);
    assertTrue(result.err.contains("Java 25 at " + tooNew), result.err);
  }

  @Test
  void shouldSayInOneLineThatThereIsNoJava() throws Exception {
    Result result = run(Map.of("JAVA_HOME", directory + "/none"), "status");

    assertEquals(78, result.exit);
    assertEquals(1, result.err.lines().count(), result.err);
    assertTrue(result.err.startsWith("error: mabeam needs Java 17 to 22"), result.err);
  }

  @Test
  void shouldSayInOneLineThatMavenIsMissing() throws Exception {
    jdk("jvm/good", "17");

    Result result = run(Map.of(), "status");

    assertEquals(1, result.exit);
    assertEquals(1, result.err.lines().count(), result.err);
    assertTrue(result.err.contains("Maven is not installed"), result.err);
  }

  @Test
  void shouldSayWhyTheBuildFailed() throws Exception {
    jdk("jvm/good", "17");
    script(path.resolve("mvn"), "echo '[INFO] x'; echo '[ERROR] no such goal'; exit 3");

    Result result = run(Map.of(), "status");

    assertEquals(1, result.exit);
    assertTrue(result.err.contains("\nerror: the build failed: no such goal\n"), result.err);
  }

  @Test
  void shouldBuildOnceAndThenBecomeJava() throws Exception {
    jdk("jvm/good", "17");
    script(
        path.resolve("mvn"),
        "echo build >>builds; sleep 0.5; echo >target/mabeam-1-all.jar");

    Process other = start(Map.of(), "status");
    Result result = run(Map.of("MABEAM_JAVA_OPTS", "-Da=b -Dc=d"), "events", "-f", "two words");
    assertTrue(other.waitFor(60, TimeUnit.SECONDS));

    assertEquals(0, result.exit, result.err);
    assertEquals("build\n", Files.readString(home.resolve("builds")));
    assertTrue(result.out.startsWith("java:"), result.out);
    assertTrue(result.out.contains("|-Da=b|-Dc=d|"), result.out);
    assertTrue(result.out.contains("|-Dmabeam.home=" + home.toRealPath() + "|"), result.out);
    assertTrue(result.out.endsWith("|dev.mabeam.cli.MabeamCli|events|-f|two words|"), result.out);

    Result again = run(Map.of(), "status");
    assertEquals("", again.err);
    assertEquals("build\n", Files.readString(home.resolve("builds")));
  }

  @Test
  void shouldBuildAgainWhatWasEndedInTheMiddle() throws Exception {
    jdk("jvm/good", "17");
    Files.createDirectories(home.resolve("target"));
    Files.writeString(home.resolve("target/mabeam-1-all.jar"), "half");
    Files.writeString(home.resolve("target/.building"), "");
    script(path.resolve("mvn"), "echo whole >target/mabeam-1-all.jar");

    Result result = run(Map.of(), "status");

    assertEquals(0, result.exit, result.err);
    assertEquals("whole\n", Files.readString(home.resolve("target/mabeam-1-all.jar")));
  }

  @Test
  void shouldFindItsHomeThroughALink() throws Exception {
    jdk("jvm/good", "17");
    Files.createDirectories(home.resolve("lib"));
    Files.writeString(home.resolve("lib/mabeam-1-all.jar"), "");
    Path link = Files.createSymbolicLink(directory.resolve("mabeam"), home.resolve("bin/mabeam"));

    Process process = start(link, Map.of(), "x");
    String out = new String(process.getInputStream().readAllBytes());

    assertTrue(out.contains("|-Dmabeam.home=" + home.toRealPath() + "|"), out);
  }

  @Test
  void shouldStartWithAnArchiveThatIsNoneOrOfAnotherBuild() throws Exception {
    Path jar = realJar();
    Files.createDirectories(home.resolve("lib"));
    Path copy = home.resolve("lib").resolve(jar.getFileName());
    Files.copy(jar, copy);
    Path archive = Path.of(copy.toString().replace(".jar", ".jsa"));
    Map<String, String> java = Map.of("JAVA_HOME", System.getProperty("java.home"));

    Files.writeString(archive, "no archive");
    Result broken = run(java, "--version");
    assertEquals(0, broken.exit, broken.err);
    assertEquals("", broken.err);
    assertTrue(broken.out.startsWith("mabeam "), broken.out);

    Files.writeString(archive, "");
    assertEquals("", run(java, "--version").err);
  }

  /** Else ending the launcher while it makes the archive would fill the disk, bit by bit. */
  @Test
  void shouldClearAwayAnArchiveThatWasEndedInTheMiddle() throws Exception {
    Path jdk = jdk("jvm/good", "17");
    script(
        jdk.resolve("bin/java"),
        "for a; do case $a in -XX:ArchiveClassesAtExit=*) echo >>\"${a#*=}\";; esac; done");
    Files.createDirectories(home.resolve("lib"));
    Files.writeString(home.resolve("lib/mabeam-1-all.jar"), "");
    Files.writeString(home.resolve("lib/mabeam-1-all.jsa.4711"), "half");

    assertEquals(0, run(Map.of(), "status").exit);

    try (Stream<Path> files = Files.list(home.resolve("lib"))) {
      assertEquals(
          List.of("mabeam-1-all.jar", "mabeam-1-all.jsa"),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.startsWith("."))
              .sorted()
              .toList());
    }
  }

  @Test
  void shouldTryForAnArchiveAgainSomeTimeAfterItFailed() throws Exception {
    Path jdk = jdk("jvm/good", "17");
    Files.createDirectories(home.resolve("lib"));
    Files.writeString(home.resolve("lib/mabeam-1-all.jar"), "");
    Path archive = home.resolve("lib/mabeam-1-all.jsa");
    assertEquals(0, run(Map.of(), "status").exit);
    assertEquals(0, Files.size(archive), "this Java makes no archive");

    script(
        jdk.resolve("bin/java"),
        "for a; do case $a in -XX:ArchiveClassesAtExit=*) echo x >\"${a#*=}\";; esac; done");
    assertEquals("", run(Map.of(), "status").err);
    assertEquals(0, Files.size(archive), "not again at once");
    FileTime now = Files.getLastModifiedTime(archive);
    FileTime then = FileTime.from(now.toInstant().minus(Duration.ofMinutes(12)));
    Files.setLastModifiedTime(home.resolve("lib/mabeam-1-all.jar"), then);
    Files.setLastModifiedTime(archive, then);
    assertTrue(run(Map.of(), "status").err.contains("preparing for quick starts"));
    assertEquals(2, Files.size(archive));
  }

  /** Of 4 KB each, that the files there take. */
  private static long pages(Path files) throws IOException {
    try (Stream<Path> all = Files.walk(files)) {
      return all.mapToLong(file -> Files.isDirectory(file) ? 1 : file.toFile().length() / 4096 + 1)
          .sum();
    }
  }

  @Test
  void shouldSayThatTheDiskIsFull() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "mounting a small disk needs root");
    assumeTrue(Files.exists(Path.of("/usr/bin/mvn")), "builds with the real Maven");
    Path disk = Files.createDirectories(directory.resolve("disk"));
    List<String> parts = List.of("bin", "src/main", "conf", "webroot", "pom.xml");
    // Room for the sources, and not for what is made of them.
    long pages = 128;
    for (String part : parts) {
      pages += pages(Path.of(part));
    }
    String size = "size=" + pages * 4 + "k";
    assumeTrue(
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", size, "tmpfs", disk.toString())
                .start()
                .waitFor()
            == 0,
        "a tmpfs can be mounted");
    try {
      home = disk;
      for (String part : parts) {
        copy(Path.of(part), disk.resolve(part));
      }
      Files.createSymbolicLink(path.resolve("mvn"), Path.of("/usr/bin/mvn"));

      Result result = run(Map.of("JAVA_HOME", System.getProperty("java.home")), "status");

      assertEquals(1, result.exit, result.err);
      String error = "error: the build failed: No space left on device";
      assertTrue(result.err.contains(error), result.err);
      assertTrue(result.err.contains("hint: free some space"), result.err);
      assertFalse(result.err.contains("[ERROR]"), result.err);
    } finally {
      new ProcessBuilder("umount", disk.toString()).start().waitFor();
    }
  }

  private static Path realJar() throws IOException {
    assumeTrue(Files.isDirectory(Path.of("target")), "nothing is built");
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      Path jar =
          files.filter(file -> file.toString().endsWith("-all.jar")).findFirst().orElse(null);
      assumeTrue(jar != null, "the jar is not built");
      return jar;
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.exists(from)) {
      return;
    }
    try (Stream<Path> all = Files.walk(from)) {
      for (Path file : all.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        if (Files.isRegularFile(file)) {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  /** A JDK that says its version and, when run, what it was run with. */
  private Path jdk(String name, String version) throws IOException {
    Path jdk = Files.createDirectories(directory.resolve(name));
    Files.createDirectories(jdk.resolve("bin"));
    String release = "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n";
    Files.writeString(jdk.resolve("release"), release);
    script(jdk.resolve("bin/java"), "printf 'java:|'; printf '%s|' \"$@\"");
    return jdk;
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/usr/bin/env bash\n" + body + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private Process start(Map<String, String> environment, String... arguments) throws IOException {
    return start(home.resolve("bin/mabeam"), environment, arguments);
  }

  private Process start(Path launcher, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(
        new TreeMap<>(
            Map.of(
                "PATH", path.toString(),
                "MABEAM_JVM_DIR", jvms.toString(),
                "HOME", System.getProperty("user.home"))));
    builder.environment().putAll(environment);
    errors = Files.createTempFile(directory, "err", "");
    builder.redirectError(errors.toFile());
    return builder.start();
  }

  private Result run(Map<String, String> environment, String... arguments) throws Exception {
    Process process = start(environment, arguments);
    String out = new String(process.getInputStream().readAllBytes()).stripTrailing();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the launcher does not end");
    return new Result(process.exitValue(), out, Files.readString(errors));
  }
}
