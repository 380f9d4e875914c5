package dev.mabeam.cli;

import dev.mabeam.bench.BenchPeer;
import dev.mabeam.bench.EchoAgent;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/** Tells the nodes of a benchmark what to do, through the first of them. */
final class BenchNodes {
  private static final long CALL_MILLIS = 60_000;
  private static final Duration REACHABLE = Duration.ofSeconds(20);
  private static final long POLL_MILLIS = 100;

  private final LocalCluster cluster;
  private final Api api;

  BenchNodes(LocalCluster cluster) {
    this.cluster = cluster;
    this.api = LocalCluster.api(cluster.nodes().get(0), Duration.ofMillis(CALL_MILLIS + 5_000));
  }

  /** So many nodes that measure, called {@code n1}, {@code n2}, … */
  static LocalCluster launch(int count) {
    return LocalCluster.launch(
        LocalNode.Kind.BENCH,
        Ports.free(count),
        List.of("--allow", EchoAgent.class.getName()));
  }

  /** Waits until the first node finds all of them on the event bus. */
  void awaitAll() throws InterruptedException {
    long deadline = System.nanoTime() + REACHABLE.toNanos();
    for (LocalNode node : cluster.nodes()) {
      while (true) {
        try {
          ask(node.name(), "port", new JsonObject());
          break;
        } catch (MabeamException early) {
          if (System.nanoTime() > deadline) {
            throw early;
          }
          Thread.sleep(POLL_MILLIS);
        }
      }
    }
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
}
