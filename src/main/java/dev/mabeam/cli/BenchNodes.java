package dev.mabeam.cli;

import dev.mabeam.bench.BenchPeer;
import dev.mabeam.bench.EchoAgent;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/**
 * The nodes of a benchmark, called {@code n1}, {@code n2}, …, which are told what to do through the
 * first of them. {@link #close()} stops them.
 */
final class BenchNodes implements AutoCloseable {
  /** No figure: they compile all they can while they start, which takes its time. */
  private static final Duration FORMATION = Duration.ofSeconds(120);
  private static final Duration REACHABLE = Duration.ofSeconds(20);
  private static final long CALL_MILLIS = 60_000;
  private static final long POLL_MILLIS = 100;

  private final LocalCluster cluster;
  private final Api api;

  private BenchNodes(LocalCluster cluster) {
    this.cluster = cluster;
    this.api = LocalCluster.api(cluster.nodes().get(0), Duration.ofMillis(CALL_MILLIS + 5_000));
  }

  /** Launches so many, and waits until all see each other and the first one can tell them. */
  static BenchNodes launch(int count) throws InterruptedException {
    BenchNodes nodes =
        new BenchNodes(
            LocalCluster.launch(
                LocalNode.Kind.BENCH,
                Ports.free(count),
                List.of("--allow", EchoAgent.class.getName())));
    try {
      nodes.cluster.awaitOneView(FORMATION);
      for (String name : nodes.names()) {
        nodes.awaitReachable(name);
      }
      return nodes;
    } catch (RuntimeException | InterruptedException failure) {
      nodes.close();
      throw failure;
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
    return api.post(
            "/api/v1/bus/request",
            new JsonObject()
                .put("address", BenchPeer.control(node))
                .put("body", with.copy().put("do", what))
                .put("timeoutMs", CALL_MILLIS))
        .getJsonObject("body");
  }

  @Override
  public void close() {
    cluster.close();
  }
}
