package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rooms of the house: one package a capability, and imports go down the list, never up, so
 * there is no cycle. It reads the sources, comments and strings left out, and takes any mention of
 * a package for an import.
 */
class RoomsTest {
  /** From the top down. Those of one line do not use each other. */
  private static final List<Set<String>> ROOMS =
      List.of(
          Set.of("cli"),
          Set.of("bench"),
          Set.of(""),
          Set.of("dashboard"),
          Set.of("sample"),
          Set.of("recovery"),
          Set.of("migration"),
          Set.of("variable"),
          Set.of("agent"),
          Set.of("verticle", "placement"),
          Set.of("membership"),
          Set.of("consensus"),
          Set.of("checkpoint"),
          Set.of("link"),
          Set.of("grid"),
          Set.of("event"),
          Set.of("bus"),
          Set.of("disk"),
          Set.of("time", "error"));

  /** What samples import, as users would. */
  private static final List<String> FOR_USERS =
      List.of(
          "java.", "io.vertx.", "dev.mabeam.agent.", "dev.mabeam.variable.", "dev.mabeam.error.");

  private static final Path MAIN = Path.of("src/main/java");
  /** What is no code: text blocks, strings, characters, and the two kinds of comment. */
  private static final Pattern NO_CODE =
      Pattern.compile(
          "\"{3}.*?\"{3}|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\])+'|/\\*.*?\\*/|//[^\n]*",
          Pattern.DOTALL);
  private static final Pattern OURS =
      Pattern.compile("\\bdev\\.mabeam\\.(?:([a-z]\\w*)\\.)?[A-Z]\\w*");
  private static final Pattern GRID_ONLY = Pattern.compile("\\borg\\.(infinispan|jgroups)\\b");
  private static final Pattern IMPORT =
      Pattern.compile("^import (?:static )?([\\w.]+)", Pattern.MULTILINE);

  @Test
  void shouldOnlyImportDownTheList() throws IOException {
    assertEquals(List.of(), violations(MAIN));
  }

  @Test
  void shouldFindWhatBreaksTheRules(@TempDir Path sources) throws IOException {
    write(sources, "event", "Up", "import dev.mabeam.verticle.Verticles;");
    write(sources, "grid", "Good", "import org.jgroups.JChannel; import dev.mabeam.bus.Bus;");
    write(sources, "link", "Grids", "import org.infinispan.Cache;");
    write(sources, "time", "Sideways", "import dev.mabeam.error.ErrorCode;");
    write(sources, "bus", "Named", "class Named { dev.mabeam.event.Events events; }");
    write(sources, "bus", "Said", "/** {@link dev.mabeam.event.Events} */ // dev.mabeam.cli.X");
    write(sources, "bus", "Logs", "char q = '\"'; String s = \"org.jgroups /*\"; // \"");
    write(sources, "bus", "Quoted", "char q = '\"'; org.jgroups.JChannel c; // \"");
    write(sources, "sample", "Uses", "import dev.mabeam.agent.Agents;");
    write(sources, "sample", "Inside", "import dev.mabeam.bus.Bus;");
    write(sources, "sample", "Logs", "import org.slf4j.Logger;");
    write(sources, "cellar", "Hidden", "");
    write(sources, "error", "Tops", "import dev.mabeam.Mabeam;");
    Files.delete(sources.resolve("dev/mabeam/error/package-info.java"));
    assertEquals(
        List.of(
            "bus/Named.java uses dev.mabeam.event.Events, which is not below",
            "bus/Quoted.java uses org.jgroups, which only grid may",
            "cellar is no room of the list",
            "error has no package-info.java",
            "error/Tops.java uses dev.mabeam.Mabeam, which is not below",
            "event/Up.java uses dev.mabeam.verticle.Verticles, which is not below",
            "link/Grids.java uses org.infinispan, which only grid may",
            "sample/Inside.java imports dev.mabeam.bus.Bus, which is not for users",
            "sample/Logs.java imports org.slf4j.Logger, which is not for users",
            "time/Sideways.java uses dev.mabeam.error.ErrorCode, which is not below"),
        violations(sources));
  }

  private static void write(Path sources, String room, String name, String code)
      throws IOException {
    Path directory = Files.createDirectories(sources.resolve("dev/mabeam").resolve(room));
    Files.writeString(directory.resolve("package-info.java"), "package dev.mabeam." + room + ";");
    Files.writeString(
        directory.resolve(name + ".java"),
        code.replaceAll("; import", ";\nimport") + "\n");
  }

  private static List<String> violations(Path sources) throws IOException {
    Path root = sources.resolve("dev/mabeam");
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Path directory = root.relativize(file.getParent());
        String room = directory.getName(0).toString();
        if (level(room) < 0) {
          found.add(room + " is no room of the list");
        }
        if (!Files.exists(file.resolveSibling("package-info.java"))) {
          found.add((room.isEmpty() ? "the root" : room) + " has no package-info.java");
        }
        String code = NO_CODE.matcher(Files.readString(file)).replaceAll("");
        for (String violation : violations(room, code)) {
          found.add(root.relativize(file) + " " + violation);
        }
      }
    }
    return List.copyOf(found);
  }

  private static List<String> violations(String room, String code) {
    List<String> found = new ArrayList<>();
    if (room.equals("sample")) {
      IMPORT.matcher(code).results().map(match -> match.group(1))
          .filter(name -> FOR_USERS.stream().noneMatch(name::startsWith))
          .forEach(name -> found.add("imports " + name + ", which is not for users"));
      return found;
    }
    Matcher used = OURS.matcher(code);
    while (used.find()) {
      String other = used.group(1) == null ? "" : used.group(1);
      boolean below = level(other) > level(room) || other.equals(room);
      if (!below) {
        found.add("uses " + used.group() + ", which is not below");
      }
    }
    Matcher grids = GRID_ONLY.matcher(code);
    while (!room.equals("grid") && grids.find()) {
      found.add("uses " + grids.group() + ", which only grid may");
    }
    return found;
  }

  private static int level(String room) {
    for (int i = 0; i < ROOMS.size(); i++) {
      if (ROOMS.get(i).contains(room)) {
        return i;
      }
    }
    return -1;
  }
}
