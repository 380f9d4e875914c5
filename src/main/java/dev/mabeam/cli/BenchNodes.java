package dev.mabeam.cli;

import dev.mabeam.bench.BenchPeer;
import dev.mabeam.bench.EchoAgent;
import dev.mabeam.bench.TallyAgent;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The nodes of a benchmark, called {@code n1}, {@code n2}, …, which are told what to do through one
 * of them. {@link #close()} stops them.
 */
final class BenchNodes implements AutoCloseable {
  /** No figure: they compile all they can while they start, which takes its time. */
  private static final Duration FORMATION = Duration.ofSeconds(120);
  private static final Duration REACHABLE = Duration.ofSeconds(20);
  private static final long CALL_MILLIS = 60_000;
  private static final long POLL_MILLIS = 100;

  private final LocalCluster cluster;
  /** Of the nodes' data, or null. */
  private final Path data;

  private BenchNodes(LocalCluster cluster, Path data) {
    this.cluster = cluster;
    this.data = data;
  }

  /** Launches so many with stores in memory. */
  static BenchNodes launch(int count) throws InterruptedException {
    return launch(count, false);
  }

  /**
   * Launches so many, and waits until all see each other and can be told what to do.
   *
   * @param forced whether they keep what they decide and what agents are on disk
   */
  static BenchNodes launch(int count, boolean forced) throws InterruptedException {
    List<String> arguments = new ArrayList<>();
    for (Class<?> allowed : List.of(EchoAgent.class, TallyAgent.class)) {
      arguments.addAll(List.of("--allow", allowed.getName()));
    }
    Path data = forced ? dataDirectory() : null;
    if (forced) {
      arguments.addAll(List.of("--data-dir", data.resolve(LocalCluster.NAME).toString()));
    }
    LocalCluster cluster =
        LocalCluster.launch(LocalNode.Kind.BENCH, Ports.free(count), arguments);
    BenchNodes nodes = new BenchNodes(cluster, data);
    try {
      nodes.awaitReady();
      return nodes;
    } catch (RuntimeException | InterruptedException failure) {
      nodes.close();
      throw failure;
    }
  }

  private static Path dataDirectory() {
    try {
      return Files.createTempDirectory("mabeam-bench-");
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.FAILED, "no directory for data: " + Reasons.of(failure), "is the disk full?");
    }
  }

  private void awaitReady() throws InterruptedException {
    cluster.awaitOneView(FORMATION);
    cluster.awaitVoters(FORMATION);
    for (String name : names()) {
      awaitReachable(name);
    }
  }

  private void awaitReachable(String name) throws InterruptedException {
    long deadline = System.nanoTime() + REACHABLE.toNanos();
    while (true) {
      try {
        ask(name, "port", new JsonObject());
        return;
      } catch (MabeamException early) {
        if (System.nanoTime() > deadline) {
          throw early;
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
  }

  List<String> names() {
    return cluster.nodes().stream().map(LocalNode::name).toList();
  }

  /** Has the node of that name do something; see {@link BenchPeer}. */
  JsonObject ask(String node, String what, JsonObject with) {
    return LocalCluster.api(node(node), Duration.ofMillis(CALL_MILLIS + 5_000))
        .post(
            "/api/v1/bus/request",
            new JsonObject()
                .put("address", BenchPeer.control(node))
                .put("body", with.copy().put("do", what))
                .put("timeoutMs", CALL_MILLIS))
        .getJsonObject("body");
  }

  private LocalNode node(String name) {
    return cluster.nodes().stream().filter(each -> each.name().equals(name)).findFirst().get();
  }

  /** The name of the node that leads the decisions. */
  String leader() throws InterruptedException {
    long deadline = System.nanoTime() + REACHABLE.toNanos();
    while (true) {
      String leader =
          LocalCluster.api(cluster.nodes().get(0), Duration.ofSeconds(5))
              .object("/api/v1/cluster")
              .getJsonObject("consensus")
              .getString("leader", "");
      if (leader.contains("#")) {
        return leader.substring(0, leader.indexOf('#'));
      }
      if (System.nanoTime() > deadline) {
        throw new CliException(ExitCodes.UNAVAILABLE, "nobody leads the decisions", "");
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Ends a node as a crash would; returns when, by {@link System#nanoTime}. */
  long kill(String name) {
    long now = System.nanoTime();
    node(name).kill();
    return now;
  }

  /** Launches a node again that was killed, and waits until all are there as before. */
  void restart(String name) throws InterruptedException {
    LocalNode ended = node(name);
    ended.killed();
    cluster.restart(ended);
    awaitReady();
  }

  @Override
  public void close() {
    cluster.close();
    if (data != null) {
      delete(data);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    } catch (IOException kept) {
      // What is left in the temporary directory harms nobody.
    }
  }
}
