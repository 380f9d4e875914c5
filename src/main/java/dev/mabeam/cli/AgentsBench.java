package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "agents",
    description = {
      "Seconds to deploy agents over a cluster, placed, decided and started, until each has",
      "answered; and the heap that an idle one takes, all nodes together, after a collection."
    },
    mixinStandardHelpOptions = true)
final class AgentsBench implements Callable<Integer> {
  private static final int BATCH = 1_000;
  private static final String FIRST = "n1";

  @Spec private CommandSpec spec;

  @Option(
      names = "--nodes",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,3,5",
      description = "sizes of cluster to measure (${DEFAULT-VALUE})")
  private List<Integer> sizes;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "1000",
      description = "how many to deploy at once (${DEFAULT-VALUE})")
  private int agents;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often each, undeployed in between (${DEFAULT-VALUE})")
  private int runs;

  @Option(
      names = "--idle",
      paramLabel = "N",
      defaultValue = "50000",
      description = "how many to weigh, 0 for none (${DEFAULT-VALUE})")
  private int idle;

  @Override
  public Integer call() throws InterruptedException {
    if (runs < 1
        || agents < 1
        || agents > 10_000
        || idle < 0
        || sizes.stream().anyMatch(size -> size < 1 || size > 9)) {
      throw new ParameterException(
          spec.commandLine(),
          "--runs is at least 1, --agents 1 to 10000, --idle at least 0, --nodes are 1 to 9");
    }
    JsonArray results = new JsonArray();
    for (int size : sizes) {
      try (BenchNodes nodes = BenchNodes.launch(size)) {
        results.add(measured(size, nodes));
      }
    }
    spec.commandLine()
        .getOut()
        .println(
            BenchCommand.about("agents")
                .put("agents", agents)
                .put("idle", idle)
                .put("results", results)
                .encodePrettily());
    return ExitCodes.OK;
  }

  private JsonObject measured(int size, BenchNodes nodes) {
    double[] seconds = new double[runs];
    for (int run = 0; run < runs; run++) {
      seconds[run] = nodes.ask(FIRST, "deploy", batch(0, agents)).getDouble("millis") / 1000;
      say("%d nodes, run %d of %d: %.2f s", size, run + 1, runs, seconds[run]);
      nodes.ask(FIRST, "undeploy", batch(0, agents));
    }
    Spread spread = Spread.of(seconds);
    JsonObject result =
        new JsonObject()
            .put("nodes", size)
            .put("runs", runs)
            .put("min", Spread.rounded(spread.min()))
            .put("median", Spread.rounded(spread.median()))
            .put("max", Spread.rounded(spread.max()))
            .put(
                "seconds",
                new JsonArray(Arrays.stream(seconds).mapToObj(Spread::rounded).toList()));
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

  private void say(String format, Object... values) {
    spec.commandLine().getErr().printf(format + "%n", values);
    spec.commandLine().getErr().flush();
  }
}
