package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "formation",
    description =
        "Seconds from the first node's launch until all are ready and show one view.",
    mixinStandardHelpOptions = true)
final class FormationBench implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;

  @Option(
      names = "--nodes",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,3,5",
      description = "sizes of cluster to measure (${DEFAULT-VALUE})")
  private List<Integer> sizes;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often each (${DEFAULT-VALUE})")
  private int runs;

  @Override
  public Integer call() throws InterruptedException {
    if (runs < 1 || sizes.stream().anyMatch(size -> size < 1 || size > 9)) {
      throw new ParameterException(
          spec.commandLine(), "--runs is at least 1 and --nodes are 1 to 9");
    }
    JsonArray results = new JsonArray();
    for (int size : sizes) {
      double[] seconds = new double[runs];
      for (int run = 0; run < runs; run++) {
        seconds[run] = formation(size);
        spec.commandLine()
            .getErr()
            .printf("%d nodes, run %d of %d: %.2f s%n", size, run + 1, runs, seconds[run]);
      }
      results.add(summary(size, seconds));
    }
    JsonObject answer =
        BenchCommand.about("formation")
            .put("classDataArchive", !System.getProperty("mabeam.archive", "").isEmpty())
            .put("results", results);
    spec.commandLine().getOut().println(answer.encodePrettily());
    return ExitCodes.OK;
  }

  private static double formation(int size) throws InterruptedException {
    List<Ports> ports = Ports.free(size);
    long start = System.nanoTime();
    try (LocalCluster cluster = LocalCluster.launch(ports, List.of())) {
      cluster.awaitOneView(LIMIT);
      return (System.nanoTime() - start) / 1e9;
    }
  }

  static JsonObject summary(int size, double[] seconds) {
    Spread spread = Spread.of(seconds);
    return new JsonObject()
        .put("nodes", size)
        .put("runs", seconds.length)
        .put("min", Spread.rounded(spread.min()))
        .put("median", Spread.rounded(spread.median()))
        .put("max", Spread.rounded(spread.max()))
        .put("seconds", new JsonArray(Arrays.stream(seconds).mapToObj(Spread::rounded).toList()));
  }
}
