package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "formation",
    description =
        "Seconds from the first node's launch until all are ready and show one view.",
    mixinStandardHelpOptions = true)
final class FormationBench extends Bench {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Mixin private SizesAndRuns plan;

  @Override
  public Integer call() throws InterruptedException {
    if (!plan.isAllowed(9)) {
      throw refused("--runs is at least 1 and --nodes are 1 to 9");
    }
    JsonArray results = new JsonArray();
    for (int size : plan.sizes) {
      double[] seconds = new double[plan.runs];
      for (int run = 0; run < plan.runs; run++) {
        seconds[run] = formation(size);
        say("%d nodes, run %d of %d: %.2f s", size, run + 1, plan.runs, seconds[run]);
      }
      results.add(summary(size, seconds));
    }
    return answer(
        BenchCommand.about("formation")
            .put("classDataArchive", !System.getProperty("mabeam.archive", "").isEmpty())
            .put("results", results));
  }

  private static double formation(int size) throws InterruptedException {
    List<Ports> ports = Ports.free(size);
    long start = System.nanoTime();
    try (LocalCluster cluster = LocalCluster.launch(ports, List.of())) {
      cluster.awaitOneView(LIMIT);
      return (System.nanoTime() - start) / 1e9;
    }
  }
}
