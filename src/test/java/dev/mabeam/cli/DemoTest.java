package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demo as a newcomer runs it: through the launcher, with the jar, in real processes. */
class DemoTest {

  private static final int TEXT_FILES = 10;

  @TempDir Path input;

  /** Those that were killed could not delete their logs themselves. */
  @AfterAll
  static void deleteLogs() {
    LocalCluster.sweep(
        Path.of(System.getProperty("java.io.tmpdir")), pid -> ProcessHandle.of(pid).isPresent());
  }

  @Test
  void shouldCountEveryWordExactly() throws Exception {
    write();
    try (Launched demo = demo("--once")) {
      assertEquals(0, demo.awaitExit(), () -> demo.err().lines().toString());

      demo.err().await("the dashboard", line -> line.startsWith("dashboard: http://127.0.0.1:"));
      JsonObject result = requireExact(demo);
      JsonObject nodes = result.getJsonObject("byNode");
      assertEquals(List.of("n1", "n2", "n3"), List.copyOf(nodes.fieldNames()));
      nodes.forEach(
          node -> {
            assertTrue(((JsonObject) node.getValue()).getLong("files") > 0, nodes::encode);
            assertTrue(((JsonObject) node.getValue()).getLong("words") > 0, nodes::encode);
          });
    }
  }

  @Test
  void shouldCountExactlyWhileAgentsMoveAndANodeIsKilled() throws Exception {
    write();
    int port = Ports.freeBase(3);
    try (Launched demo = demo(port, "--chaos", "--once")) {
      assertEquals(0, demo.awaitExit(), () -> demo.err().lines().toString());

      requireExact(demo);
      List<String> said = demo.err().lines();
      String killed =
          demo.err().await("a kill", line -> line.startsWith("killed n")).substring(7, 9);
      demo.err().await("its return", line -> line.startsWith(killed + " is back after "));
      Matcher summary =
          Pattern.compile("exact, word for word, after (\\d+) moves and a kill -9 of " + killed)
              .matcher(String.join("\n", said));
      assertTrue(summary.find(), said::toString);
      assertTrue(Integer.parseInt(summary.group(1)) >= Chaos.MOVES, said::toString);
      assertTrue(said.stream().noneMatch(line -> line.endsWith(" runs again")), said::toString);
      for (int i = 0; i < 3; i++) {
        Ports ports = Ports.of(port, port + 5, i);
        assertEquals(List.of(), processesWith("--link-port " + ports.link()));
        ports
            .uses()
            .forEach(
                use -> assertTrue(Ports.isFree("127.0.0.1", use.port()), () -> use + " in use"));
      }
    }
  }

  @Test
  @Tag("long")
  void shouldFailWhenTheCountOfAPassWithChaosIsWrong() throws Exception {
    write();
    try (Launched demo = demo("--chaos", "--once")) {
      demo.err().await("some to be counted", line -> line.startsWith("counting: 3/"));
      bash(
          "find . -type f ! -name binary"
              + " -exec sh -c 'for f; do printf \" onemore\" >>\"$f\"; done' sh {} +");

      assertEquals(1, demo.awaitExit(), () -> demo.err().lines().toString());

      String error = demo.err().await("an error", Launched::isError);
      assertTrue(
          error.matches(
              "error: the count is wrong: 'onemore': " + TEXT_FILES + " in the files, \\d counted"),
          error);
      assertEquals(List.of(), demo.out().lines());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void shouldRefuseChaosWithoutAMajorityThatIsLeft(int nodes) throws Exception {
    write();
    try (Launched demo = demo("--chaos", "--nodes", "" + nodes)) {
      assertEquals(2, demo.awaitExit());
      String error = demo.err().await("an error", Launched::isError);
      assertTrue(error.contains("--chaos kills a node, and "), error);
      assertTrue(error.endsWith("take --nodes 3 or more"), error);
    }
  }

  @Test
  void shouldEndAllNodesOnCtrlC() throws Exception {
    write();
    try (Launched demo = demo("--pace", "2s")) {
      demo.out().await("a pass's end", line -> line.startsWith("pass 1: " + TEXT_FILES + " files"));
      demo.awaitNodes(3);

      demo.signal("INT");

      assertEquals(130, demo.awaitExit());
      List<String> lines = demo.out().lines();
      assertEquals(
          List.of("stopping…", "all nodes are stopped"),
          lines.subList(lines.size() - 2, lines.size()));
      List<String> errors = demo.err().lines();
      assertTrue(errors.stream().noneMatch(line -> line.startsWith("error: ")), errors::toString);
      demo.awaitNoNodes();
    }
  }

  @Test
  void shouldLeaveNoNodeBehindWhenItIsKilled() throws Exception {
    write();
    try (Launched demo = demo()) {
      demo.out().await("work", line -> line.startsWith("pass 1: "));
      demo.awaitNodes(3);

      demo.signal("KILL");

      demo.awaitExit();
      demo.awaitNoNodes();
    }
  }

  @Test
  void shouldLeaveNoNodeBehindWhenItIsKilledBeforeTheyAgree() throws Exception {
    write();
    try (Launched demo = demo()) {
      demo.out().await("the dashboard", line -> line.startsWith("dashboard: "));
      demo.awaitNodes(3);

      demo.signal("KILL");

      demo.awaitExit();
      demo.awaitNoNodes();
    }
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void shouldGoOnWithoutANodeThatIsKilled(int victim) throws Exception {
    write();
    String name = "n" + (victim + 1);
    try (Launched demo = demo("--pace", "6s")) {
      demo.out().await("half a pass", line -> line.startsWith("pass 1: 5/"));

      Launched.signal(demo.awaitNodes(3).get(victim), "KILL");

      demo.out()
          .await(
              "the loss",
              line ->
                  line.equals(
                      "node " + name
                          + " is gone (killed by signal 9); its agents go on at the others"));
      for (int pass = 1; pass <= 2; pass++) {
        String start = "pass " + pass + ": " + TEXT_FILES + " files, ";
        String end = demo.out().await("its end", line -> line.startsWith(start));
        long words = byTools().values().stream().mapToLong(Long::longValue).sum();
        assertTrue(end.contains(" " + words + " words, " + byTools().size() + " different"), end);
        assertTrue(pass == 1 || !end.contains(name + " "), end);
      }
      List<String> said = demo.out().lines();
      assertTrue(said.stream().noneMatch(line -> line.endsWith(" runs again")), said::toString);
      demo.signal("INT");
      demo.awaitExit();
      demo.awaitNoNodes();
    }
  }

  @Test
  @Tag("long")
  void shouldGoOnWithoutANodeThatIsPausedAndTakeItBack() throws Exception {
    write();
    try (Launched demo = demo("--pace", "3s")) {
      demo.out().await("a pass", line -> line.startsWith("pass 1: 3/"));
      ProcessHandle third = demo.awaitNodes(3).get(2);

      Launched.signal(third, "STOP");
      demo.out()
          .await("a pass of two", line -> line.contains(" different; ") && !line.contains("n3 "));
      Launched.signal(third, "CONT");
      int before = demo.out().lines().size();
      demo.out()
          .await(
              "a pass of three again",
              line -> line.contains(" different; ") && line.contains("n3 ")
                  && demo.out().lines().lastIndexOf(line) >= before);

      demo.signal("INT");
      demo.awaitExit();
      demo.awaitNoNodes();
    }
  }

  @Test
  void shouldSayWhichPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Launched demo =
            Launched.mabeam(
                Map.of(),
                List.of("demo", "--base-port", "0", "--http-port", "" + taken.getLocalPort()))) {
      assertEquals(5, demo.awaitExit());
      String error = demo.err().await("an error", line -> line.startsWith("error: "));
      assertTrue(error.startsWith("error: port " + taken.getLocalPort() + " is in use by "), error);
      String hint = demo.err().await("a hint", line -> line.startsWith("hint: "));
      assertTrue(hint.contains("--http-port"), hint);
      assertEquals(List.of(), demo.out().lines());
    }
  }

  private void write() throws Exception {
    Path deep = Files.createDirectories(input.resolve("a/b/c"));
    Files.writeString(input.resolve("plain.txt"), "One two TWO three\nthree three\n");
    Files.writeString(input.resolve("no-newline"), "end of file without a newline");
    Files.writeString(input.resolve("next"), "newline is not there either");
    Files.writeString(input.resolve("empty"), "");
    Files.writeString(deep.resolve("deep.md"), "# Deep\n\nfour-five_six4seven\t8 ".repeat(40_000));
    byte[] latin = "caf\u00e9 na\u00efve".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(input.resolve("latin1"), latin);
    Files.writeString(input.resolve("a/.hidden"), "hidden words count too");
    Files.writeString(input.resolve("with space & 'quote'"), "some words here");
    Files.write(input.resolve("binary"), new byte[] {'w', 'o', 'r', 'd', 0, 'x'});
    Files.createSymbolicLink(input.resolve("link"), input.resolve("plain.txt"));
    Files.writeString(input.resolve("a/utf8"), "Größe naïve Straße 東京 x", StandardCharsets.UTF_8);
    // Names that Java's strings cannot hold in every locale: one is UTF-8, the other is nothing.
    bash("mv a/utf8 \"$(printf 'a/gr\\303\\266\\303\\237e.txt')\"");
    bash("printf 'odd name odd' >\"$(printf 'odd-\\377')\"");
  }

  /** What it printed, which is what the tools say. */
  private JsonObject requireExact(Launched demo) throws Exception {
    List<String> out = demo.out().lines();
    assertEquals(1, out.size(), out::toString);
    JsonObject result = new JsonObject(out.get(0));
    assertEquals(byTools(), counts(result));
    assertEquals(TEXT_FILES, result.getInteger("files"));
    assertEquals(
        counts(result).values().stream().mapToLong(Long::longValue).sum(),
        result.getLong("words"));
    return result;
  }

  private static Map<String, Long> counts(JsonObject result) {
    return result.getJsonObject("counts").stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, count -> ((Number) count.getValue()).longValue(),
                (a, b) -> a, TreeMap::new));
  }

  /** The definition: these tools over every regular file that has no NUL byte. */
  private Map<String, Long> byTools() throws Exception {
    String counted =
        bash(
            "find . -type f ! -name binary -exec sh -c 'for f; do cat \"$f\"; echo; done' sh {} +"
                + " | tr 'A-Z' 'a-z' | LC_ALL=C tr -cs 'a-z0-9' '\\n' | grep . | sort | uniq -c");
    Map<String, Long> counts = new TreeMap<>();
    counted
        .lines()
        .map(line -> line.strip().split(" "))
        .forEach(count -> counts.put(count[1], Long.valueOf(count[0])));
    return counts;
  }

  private String bash(String script) throws IOException, InterruptedException {
    Process bash =
        new ProcessBuilder("bash", "-c", script)
            .directory(input.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertEquals(0, bash.waitFor(), script);
    return out;
  }

  private static List<String> processesWith(String arguments) {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(command -> command.contains(arguments))
        .toList();
  }

  private Launched demo(String... arguments) throws IOException {
    return demo(0, arguments);
  }

  /** With ports from that one on; 0 takes free ones. */
  private Launched demo(int port, String... arguments) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "demo", "--http-port", "" + (port == 0 ? 0 : port + 5), "--base-port", "" + port,
                "--input", input.toString()));
    all.addAll(List.of(arguments));
    return Launched.mabeam(Map.of(), all);
  }
}
