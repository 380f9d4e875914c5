package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "agents",
    description = {
      "Seconds to deploy agents over a cluster, placed, decided and started, until each has",
      "answered; and the heap that an idle one takes, all nodes together, after a collection."
    },
    mixinStandardHelpOptions = true)
final class AgentsBench extends Bench {
  private static final int BATCH = 1_000;
  private static final String FIRST = "n1";

  @Mixin private SizesAndRuns plan;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "1000",
      description = "how many to deploy at once (${DEFAULT-VALUE})")
  private int agents;

  @Option(
      names = "--idle",
      paramLabel = "N",
      defaultValue = "50000",
      description = "how many to weigh, 0 for none (${DEFAULT-VALUE})")
  private int idle;

  @Override
  public Integer call() throws InterruptedException {
    if (!plan.isAllowed(9) || agents < 1 || agents > 10_000 || idle < 0) {
      throw refused(
          "--runs is at least 1, --agents 1 to 10000, --idle at least 0, --nodes are 1 to 9");
    }
    JsonArray results = new JsonArray();
    for (int size : plan.sizes) {
      try (BenchNodes nodes = BenchNodes.launch(size)) {
        results.add(measured(size, nodes));
      }
    }
    return answer(
        BenchCommand.about("agents")
            .put("agents", agents)
            .put("idle", idle)
            .put("results", results));
  }

  private JsonObject measured(int size, BenchNodes nodes) {
    double[] seconds = new double[plan.runs];
    for (int run = 0; run < plan.runs; run++) {
      seconds[run] = nodes.ask(FIRST, "deploy", batch(0, agents)).getDouble("millis") / 1000;
      say("%d nodes, run %d of %d: %.2f s", size, run + 1, plan.runs, seconds[run]);
      nodes.ask(FIRST, "undeploy", batch(0, agents));
    }
    JsonObject result = summary(size, seconds);
    return idle == 0 ? result : result.put("bytesAnAgent", bytesAnAgent(nodes));
  }

  private long bytesAnAgent(BenchNodes nodes) {
    long before = heaps(nodes);
    for (int from = 0; from < idle; from += BATCH) {
      nodes.ask(FIRST, "deploy", batch(from, Math.min(BATCH, idle - from)));
      say("%d of %d idle agents", Math.min(idle, from + BATCH), idle);
    }
    long bytes = (heaps(nodes) - before) / idle;
    say("%d nodes: %d bytes an agent", nodes.names().size(), bytes);
    return bytes;
  }

  private static JsonObject batch(int from, int count) {
    return new JsonObject().put("peer", "").put("from", from).put("agents", count);
  }

  private static long heaps(BenchNodes nodes) {
    return nodes.names().stream()
        .mapToLong(name -> nodes.ask(name, "heap", new JsonObject()).getLong("bytes"))
        .sum();
  }
}
