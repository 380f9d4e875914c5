package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "failover",
    description = {
      "Seconds from the kill -9 of a node to the first answer of its agents from another one, their",
      "state kept; every other time the node is the one that leads the decisions."
    },
    footer = {
      "",
      "first is when the first of the agents had answered, all when each had. forgotten and doubled",
      "have to be 0: agents whose state had lost something acknowledged, or applied it twice."
    },
    mixinStandardHelpOptions = true)
final class FailoverBench extends Bench {
  private static final int NODES = 3;
  /** For everyone to be asking before the node is killed. */
  private static final long HEAD_START_MILLIS = 2_000;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "20",
      description = "how often (${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "1",
      description = "how many are on the node (${DEFAULT-VALUE})")
  private int agents;

  @Option(
      names = "--state",
      paramLabel = "BYTES",
      defaultValue = "1024",
      description = "size of an agent's state (${DEFAULT-VALUE})")
  private int bytes;

  @Option(names = "--forced", description = "stores on disk, forced, instead of in memory")
  private boolean forced;

  @Override
  public Integer call() throws InterruptedException {
    if (runs < 1 || agents < 1 || agents > 10_000 || bytes < 64 || bytes > 64 << 20) {
      throw refused("--runs is at least 1, --agents 1 to 10000, --state 64 to 67108864");
    }
    double[] first = new double[runs];
    double[] all = new double[runs];
    JsonArray each = new JsonArray();
    try (BenchNodes nodes = BenchNodes.launch(NODES, forced)) {
      for (int run = 0; run < runs; run++) {
        JsonObject one = run(nodes, run % 2 == 0);
        first[run] = one.getDouble("first");
        all[run] = one.getDouble("all");
        each.add(one);
        say("run %d of %d: %s", run + 1, runs, one.encode());
      }
    }
    return answer(
        BenchCommand.about("failover")
            .put("agents", agents)
            .put("state", bytes)
            .put("forced", forced)
            .put("first", quantiles(first))
            .put("all", quantiles(all))
            .put("runs", each));
  }

  private JsonObject run(BenchNodes nodes, boolean leads) throws InterruptedException {
    String leader = nodes.leader();
    String victim = leads ? leader : other(nodes, leader, leader);
    String asker = other(nodes, victim, leader);
    JsonObject tallies =
        new JsonObject()
            .put("agents", agents)
            .put("state", bytes)
            .put("durability", "durable")
            .put("peer", victim);
    nodes.ask(asker, "tallies", tallies);
    nodes.ask(asker, "gather", tallies);
    CompletableFuture<JsonObject> watch =
        CompletableFuture.supplyAsync(() -> nodes.ask(asker, "survival", tallies));
    Thread.sleep(HEAD_START_MILLIS);
    long killed = nodes.kill(victim);
    JsonObject seen = watch.join();
    double[] seconds =
        seen.getJsonArray("moments").stream()
            .mapToDouble(moment -> (((Number) moment).longValue() - killed) / 1e9)
            .sorted()
            .toArray();
    nodes.ask(asker, "untally", tallies);
    nodes.restart(victim);
    seen.remove("moments");
    return seen.put("leader", leads)
        .put("first", Spread.rounded(seconds[0]))
        .put("all", Spread.rounded(seconds[seconds.length - 1]));
  }

  /** One that is neither. */
  private static String other(BenchNodes nodes, String one, String two) {
    return nodes.names().stream()
        .filter(name -> !name.equals(one) && !name.equals(two))
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject quantiles(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    return new JsonObject()
        .put("p50", at(sorted, 0.50))
        .put("p99", at(sorted, 0.99))
        .put("max", sorted[sorted.length - 1]);
  }

  private static double at(double[] sorted, double quantile) {
    return sorted[(int) Math.ceil(quantile * sorted.length) - 1];
  }
}
