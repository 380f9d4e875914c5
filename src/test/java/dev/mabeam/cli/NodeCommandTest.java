package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code node} as scripts and containers run it. */
class NodeCommandTest {
  @TempDir Path directory;
  private final int base = Ports.freeBase(3);

  @Test
  void shouldFormAClusterFromTheVariablesOfAContainer() throws Exception {
    List<String> nodes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      nodes.add("mabeam" + (i + 1) + "@127.0.0.1:" + ports(i).link());
    }
    try (Launched one = fromEnvironment(0, nodes);
        Launched two = fromEnvironment(1, nodes);
        Launched three = fromEnvironment(2, nodes)) {
      for (Launched node : List.of(one, two, three)) {
        node.out().await("a node that is ready", line -> line.contains(" is ready: http://"));
      }
      Run status = awaitNodes(3);
      assertTrue(status.out().contains("mabeam1@127.0.0.1#"), status.out());

      three.signal("TERM");
      assertEquals(143, three.awaitExit());
      awaitNodes(2);
      await(
          "one view",
          () -> Run.of("doctor", "-o", "json", "--url", url(0)),
          doctor -> doctor.out().contains("2 nodes agree on view"));
    }
  }

  @Test
  void shouldExportALedgerThatIsVerifiedWithoutTheCluster() throws Exception {
    Path file = directory.resolve("limits.ledger");
    JsonObject verdict;
    try (Launched node = node(0)) {
      node.out().await("the node", line -> line.contains(" is ready"));
      done("distribute", "limits", "--sync", "blockchain", "--value", "{}", "--url", url(0));
      done("set", "limits", "{\"cpu\":0.75}", "--url", url(0));
      verdict = awaitCertified("limits");
      assertTrue(verdict.getBoolean("holds"), verdict::encode);
      done("export", "limits", "--file", file.toString(), "--url", url(0));
      Run again =
          Run.of("variables", "export", "limits", "--file", file.toString(), "--url", url(0));
      assertEquals(5, again.exit(), again.err());

      done("distribute", "plain", "--url", url(0));
      for (String command : List.of("verify", "export")) {
        Run plain = Run.of("variables", command, "plain", "--url", url(0));
        assertEquals(2, plain.exit(), plain.err());
        assertTrue(plain.err().contains("'plain' has no chain of blocks"), plain.err());
        assertEquals(3, Run.of("variables", command, "none", "--url", url(0)).exit());
      }
    }
    String[] offline = {
      "variables", "verify", "--file", file.toString(),
      "--checkpoint", verdict.getString("checkpoint"),
      "--roster", verdict.getJsonArray("rosters").getString(0)
    };
    Run holds = Run.of(offline);
    assertEquals(0, holds.exit(), holds.out() + holds.err());
    assertTrue(holds.out().startsWith("limits holds"), holds.out());
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertEquals(1, Run.of(offline).exit());
  }

  private static void done(String... command) {
    List<String> words = new ArrayList<>(List.of("variables"));
    words.addAll(List.of(command));
    Run run = Run.of(words.toArray(String[]::new));
    assertEquals(0, run.exit(), run.err());
  }

  /** Has the first node verify a ledger until its newest block is certified. */
  private JsonObject awaitCertified(String name) throws InterruptedException {
    Run verified =
        await(
            "a certificate",
            () -> Run.of("variables", "verify", name, "-o", "json", "--url", url(0)),
            run -> {
              assertEquals(0, run.exit(), run.out() + run.err());
              JsonObject verdict = new JsonObject(run.out());
              long height = verdict.getLong("height");
              return height > 0 && verdict.getLong("certifiedHeight") == height;
            });
    return new JsonObject(verified.out());
  }

  /** Runs a command again and again until its answer is as wanted. */
  private static Run await(String what, Supplier<Run> command, Predicate<Run> wanted)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      Run run = command.get();
      if (wanted.test(run)) {
        return run;
      }
      assertTrue(System.nanoTime() < deadline, () -> "waited for " + what + ": " + run);
      Thread.sleep(100);
    }
  }

  @Test
  void shouldSayThatAPortIsInUse() throws Exception {
    try (ServerSocket taken =
            new ServerSocket(ports(0).bus(), 1, InetAddress.getByName("127.0.0.1"));
        Launched node = node(0)) {
      assertEquals(5, node.awaitExit());
      assertEquals(
          "error: port " + taken.getLocalPort() + " of 127.0.0.1 is in use by pid "
              + ProcessHandle.current().pid(),
          node.err().await("an error", Launched::isError).replaceAll(" \\(.*", ""));
      node.err().await("a hint", "hint: choose another with --bus-port"::equals);
    }
  }

  @Test
  void shouldSayThatAnAddressIsNotOfThisMachine() throws Exception {
    try (Launched node = node(0, "--bind", "192.0.2.1")) {
      assertEquals(78, node.awaitExit());
      assertTrue(
          node.err()
              .await("an error", Launched::isError)
              .contains("'192.0.2.1' is no address of this machine"));
    }
  }

  @Test
  void shouldGiveUpWhenNoSeedAnswers() throws Exception {
    String seed = "127.0.0.1:" + ports(2).link();
    try (Launched node = node(0, "--seed", seed, "--join-timeout", "2s")) {
      assertEquals(6, node.awaitExit());
      List<String> said = node.err().lines();
      String error =
          said.stream().filter(line -> line.startsWith("error: ")).findFirst().orElse("");
      assertTrue(error.contains(seed), said.toString());
    }
  }

  /** Grid, bus and link trust whoever reaches them. */
  @Test
  void shouldListenOnlyAtTheAddressThatItIsGiven() throws Exception {
    try (Launched node = node(0)) {
      node.out().await("the node", line -> line.contains(" is ready"));
      for (Ports.Use use : ports(0).uses()) {
        assertFalse(Ports.isFree("127.0.0.1", use.port()), use::toString);
        assertTrue(Ports.isFree("127.0.0.2", use.port()), use + " listens everywhere");
      }
    }
  }

  @Test
  void shouldRefuseASecondNodeOfTheSameName() throws Exception {
    try (Launched first = node(0, "--name", "twin")) {
      first.out().await("the first node", line -> line.contains(" is ready"));
      String seed = "127.0.0.1:" + ports(0).link();
      assertTrue(
          first.err().lines().stream().noneMatch(line -> line.startsWith("SLF4J")),
          () -> "a logger finds no backend: " + first.err().lines());
      try (Launched second = node(1, "--name", "twin", "--seed", seed)) {
        assertEquals(5, second.awaitExit(), () -> second.err().lines().toString());
      }
      assertEquals(0, Run.of("status", "--check", "--url", url(0)).exit());
    }
  }

  @Test
  void shouldRefuseAClassPathThatIsNotThere() throws Exception {
    try (Launched node = node(0, "--class-path", directory + "/none.jar")) {
      assertEquals(2, node.awaitExit());
      assertTrue(
          node.err().lines().stream().anyMatch(line -> line.contains("none.jar")),
          node.err().lines().toString());
    }
  }

  @Test
  @Tag("long")
  void shouldRunAVerticleOfAUsersOnThreeNodes() throws Exception {
    compileGreeter();
    List<Ports> ports = List.of(ports(0), ports(1), ports(2));
    try (LocalCluster cluster =
        LocalCluster.launch(ports, List.of("--class-path", directory.toString()))) {
      cluster.awaitOneView(java.time.Duration.ofSeconds(60));
      Run deploy =
          Run.of("verticles", "deploy", "Greeter", "--id", "greeter", "--node", "n1", "--config",
              "{\"address\":\"greet\"}", "--url", url(1));
      assertEquals(0, deploy.exit(), deploy.err());

      Run answer = Run.of("request", "greet", "you", "--url", url(2));
      assertEquals("hello you\n", answer.out(), answer.err());

      Run list = Run.of("verticles", "list", "-o", "json", "--url", url(2));
      JsonObject listed = new JsonArray(list.out()).getJsonObject(0);
      assertEquals("greeter", listed.getString("id"));
      assertTrue(listed.getString("node").startsWith("n1#"), list.out());

      assertEquals(3, Run.of("request", "nobody", "x", "--url", url(0)).exit());
      assertEquals(2, Run.of("publish", "mabeam.x", "1", "--url", url(0)).exit());
      assertEquals(3, Run.of("verticles", "deploy", "no.Such", "--url", url(0)).exit());
      assertEquals(
          4, Run.of("verticles", "deploy", "java.lang.String", "--url", url(0)).exit());
      Run again = Run.of("verticles", "deploy", "Greeter", "--id", "greeter", "--url", url(0));
      assertEquals(5, again.exit(), again.err());
      assertEquals(0, Run.of("verticles", "undeploy", "greeter", "--url", url(2)).exit());
      Run doctor = Run.of("doctor", "--url", url(0));
      assertEquals(0, doctor.exit(), doctor.out());
    }
  }

  private void compileGreeter() throws Exception {
    Path source = directory.resolve("Greeter.java");
    Files.writeString(
        source,
        """
        import io.vertx.core.Future;
        import io.vertx.core.VerticleBase;

        public class Greeter extends VerticleBase {
          @Override
          public Future<?> start() {
            return vertx.eventBus().<String>consumer(config().getString("address"),
                m -> m.reply("hello " + m.body())).completion();
          }
        }
        """);
    int result =
        javax.tools.ToolProvider.getSystemJavaCompiler()
            .run(
                null, null, null,
                "-proc:none", "-cp", System.getProperty("java.class.path"), source.toString());
    assertEquals(0, result);
  }

  private Ports ports(int index) {
    return Ports.of(base, base + 5, index);
  }

  private String url(int index) {
    return "http://127.0.0.1:" + ports(index).http();
  }

  private Launched node(int index, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("node"));
    all.addAll(
        List.of(
            "--grid-port", "" + ports(index).grid(), "--bus-port", "" + ports(index).bus(),
            "--link-port", "" + ports(index).link(), "--http-port", "" + ports(index).http()));
    all.addAll(List.of(arguments));
    return Launched.mabeam(Map.of("MABEAM_JAVA_OPTS", "-Xmx192m"), all);
  }

  private Launched fromEnvironment(int index, List<String> nodes) throws Exception {
    return Launched.mabeam(
        Map.of(
            "NODE_NAME", "mabeam" + (index + 1) + "@127.0.0.1",
            "CLUSTER_NODES", String.join(",", nodes),
            "MABEAM_GRID_PORT", "" + ports(index).grid(),
            "MABEAM_BUS_PORT", "" + ports(index).bus(),
            "MABEAM_LINK_PORT", "" + ports(index).link(),
            "MABEAM_HTTP_PORT", "" + ports(index).http(),
            "MABEAM_HTTP_HOST", "0.0.0.0",
            "MABEAM_JAVA_OPTS", "-Xmx192m"),
        List.of("node"));
  }

  /** Asks the first node until it shows so many nodes, all of them active. */
  private Run awaitNodes(int count) throws InterruptedException {
    return await(
        count + " nodes",
        () -> Run.of("status", "--check", "--url", url(0)),
        status -> status.exit() == 0 && status.out().contains(": " + count + " nodes,"));
  }
}
