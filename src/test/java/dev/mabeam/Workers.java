package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.placement.Requirements;
import dev.mabeam.testing.FreePorts;
import dev.mabeam.testing.LogTail;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Nodes {@code w1}, {@code w2}, … in processes of their own, which run agents and stand still at
 * steps of moves as {@link MovingProcess} says; and a node in this JVM that runs none. One thread
 * drives them.
 */
final class Workers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path directory;
  private final int megabytes;
  private final Map<String, Integer> blocks = new LinkedHashMap<>();
  private final Map<String, Process> processes = new TreeMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Mabeam asker;

  /** In {@code directory} are logs, and the files that they stand still by. */
  Workers(int count, Path directory) throws Exception {
    this(count, directory, 256);
  }

  /** With that much memory for each. */
  Workers(int count, Path directory, int megabytes) throws Exception {
    this.directory = directory;
    this.megabytes = megabytes;
    for (int i = 1; i <= count; i++) {
      blocks.put("w" + i, FreePorts.block());
    }
    int own = FreePorts.block();
    List<String> names = names();
    try {
      for (String name : names) {
        launch(name);
      }
      // They found the cluster, so that one of them leads it.
      await(
          "the workers",
          () -> names.stream().allMatch(name -> get(name, "/health/ready").isPresent()));
      asker =
          Mabeam.start(
                  new MabeamOptions()
                      .setName("asker")
                      .setSeeds(
                          blocks.values().stream().map(port -> "127.0.0.1:" + port).toList())
                      .setLinkPort(own)
                      .setGridPort(own + 1)
                      .setBusPort(own + 2)
                      .setHttpPort(0)
                      .setJoinTimeout(PATIENCE))
              .toCompletionStage()
              .toCompletableFuture()
              .get(120, TimeUnit.SECONDS);
      await("the view of the workers", () -> names.stream().allMatch(this::isReady));
    } catch (Exception | AssertionError failure) {
      killAll();
      throw failure;
    }
  }

  /** Starts it, again if it has been killed; it does not wait. */
  void launch(String name) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx" + megabytes + "m",
                "-Djava.net.preferIPv4Stack=true",
                "-cp", System.getProperty("java.class.path"),
                MovingProcess.class.getName(),
                name, "" + blocks.get(name), directory.toString()));
    blocks.values().forEach(port -> command.add("" + port));
    processes.put(
        name,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()))
            .start());
  }

  private Path log(String name) {
    return directory.resolve(name + ".log");
  }

  List<String> names() {
    return List.copyOf(blocks.keySet());
  }

  Mabeam asker() {
    return asker;
  }

  /** What agents require that are to run on the workers. */
  static Requirements requirements(List<String> preferred) {
    return new Requirements(
        0, 0, List.of("worker"), List.of(), preferred, List.of(), List.of());
  }

  /** SIGKILL. */
  void kill(String name) {
    processes.get(name).destroyForcibly().onExit().join();
  }

  /** {@code STOP} or {@code CONT}. */
  void signal(String signal, String name) throws Exception {
    String pid = "" + processes.get(name).pid();
    new ProcessBuilder("kill", "-" + signal, pid).inheritIO().start().waitFor();
  }

  Optional<NodeInfo> node(String name) {
    return asker.status().nodes().stream()
        .filter(node -> node.name().equals(name) && node.status() == NodeStatus.ACTIVE)
        .findFirst();
  }

  boolean isActive(String name) {
    return node(name).isPresent();
  }

  /** It is a member, and all of its rooms are open. */
  boolean isReady(String name) {
    return isActive(name) && get(name, "/health/ready").isPresent();
  }

  /** What that worker answers to a GET; nothing if it answers nothing, or fails. */
  Optional<String> get(String name, String path) {
    URI uri = URI.create("http://127.0.0.1:" + (blocks.get(name) + 3) + path);
    try {
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      return Optional.of(response.body()).filter(body -> response.statusCode() == 200);
    } catch (IOException notYet) {
      return Optional.empty();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", stop);
    }
  }

  /** Whose an agent is; empty if it is nobody's. */
  String owner(String agent) {
    return nameOf(asker.agents().get(agent).map(AgentInfo::node).orElse(""));
  }

  static String nameOf(String id) {
    return id.isEmpty() ? "" : id.substring(0, id.indexOf('#'));
  }

  String leader() {
    return nameOf(asker.decisions().leader());
  }

  List<String> voters() {
    return asker.decisions().voters().stream().map(Workers::nameOf).toList();
  }

  /** What a worker's counter of that name says, whatever its tags. */
  double metric(String worker, String name) {
    return get(worker, "/metrics")
        .orElseThrow()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, () -> "waited in vain for " + what + logs());
      LockSupport.parkNanos(10_000_000);
    }
  }

  <T> T await(String what, Future<T> future) {
    await(what, future::isComplete);
    assertTrue(future.succeeded(), () -> what + ": " + future.cause() + logs());
    return future.result();
  }

  private String logs() {
    StringBuilder logs = new StringBuilder();
    processes.forEach(
        (name, process) ->
            logs.append("\n").append(name).append(": ").append(process).append("\n")
                .append(LogTail.of(log(name))));
    return logs.toString();
  }

  private void killAll() {
    for (Process process : processes.values()) {
      process.destroyForcibly().onExit().join();
    }
  }

  @Override
  public void close() {
    killAll();
    asker.close().toCompletionStage().toCompletableFuture().join();
  }
}
