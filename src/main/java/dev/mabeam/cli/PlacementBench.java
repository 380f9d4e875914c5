package dev.mabeam.cli;

import dev.mabeam.membership.Capacity;
import dev.mabeam.placement.PlacedAgent;
import dev.mabeam.placement.PlacementNode;
import dev.mabeam.placement.PlacementRequest;
import dev.mabeam.placement.Placer;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import dev.mabeam.placement.Standing;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "placement",
    description = {
      "Agents placed a second by one node, with others placed already: filters, scores and",
      "reservations, each seeing those before, without the decision and the start."
    },
    mixinStandardHelpOptions = true)
final class PlacementBench extends Bench {
  private static final int PER_RUN = 10_000;
  private static final int WARM_UP = 30_000;
  private static final int ZONES = 3;
  private static final int TYPES = 20;

  @Mixin private SizesAndRuns plan;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "50000",
      description = "how many agents there are before (${DEFAULT-VALUE})")
  private int agents;

  @Override
  public Integer call() {
    if (!plan.isAllowed(1000) || agents < 0) {
      throw refused("--runs is at least 1, --agents at least 0, --nodes are 1 to 1000");
    }
    JsonArray results = new JsonArray();
    for (int size : plan.sizes) {
      results.add(measured(size));
    }
    return answer(
        BenchCommand.about("placement")
            .put("agents", agents)
            .put("placementsARun", PER_RUN)
            .put("results", results));
  }

  private JsonObject measured(int size) {
    double[] perSecond = new double[plan.runs];
    for (int run = 0; run < plan.runs; run++) {
      Placer placer = filled(size);
      if (run == 0) {
        place(placer, "warm-up", WARM_UP);
        placer = filled(size);
      }
      long start = System.nanoTime();
      place(placer, "a" + run, PER_RUN);
      perSecond[run] = PER_RUN * 1e9 / (System.nanoTime() - start);
      say("%d nodes, run %d of %d: %.0f/s", size, run + 1, plan.runs, perSecond[run]);
    }
    Spread spread = Spread.of(perSecond);
    return new JsonObject()
        .put("nodes", size)
        .put("runs", plan.runs)
        .put("min", Math.round(spread.min()))
        .put("median", Math.round(spread.median()))
        .put("max", Math.round(spread.max()))
        .put("perSecond", new JsonArray(Arrays.stream(perSecond).mapToObj(Math::round).toList()));
  }

  private Placer filled(int size) {
    List<PlacementNode> nodes = IntStream.range(0, size).mapToObj(PlacementBench::node).toList();
    Placer placer = new Placer(() -> nodes, System::nanoTime);
    List<PlacedAgent> placed = new ArrayList<>();
    for (int i = 0; i < agents; i++) {
      placed.add(
          new PlacedAgent("old-" + i, "type-" + i % TYPES, nodes.get(i % size).id(), 1, 0.001));
    }
    placer.replaced(placed);
    return placer;
  }

  /** With room for whatever comes. */
  private static PlacementNode node(int index) {
    String name = "n" + (index + 1);
    return new PlacementNode(
        name + "#" + (index + 1),
        name,
        "zone-" + index % ZONES,
        Set.of("disk"),
        new Capacity(Integer.MAX_VALUE, 1e6),
        index % 10 / 20.0,
        Standing.OPEN,
        index % ZONES == 0 ? 0 : 4);
  }

  private static void place(Placer placer, String prefix, int count) {
    Requirements needs =
        new Requirements(
            16,
            0.01,
            List.of("disk"),
            List.of(),
            List.of(),
            List.of(new Rule(Rule.Target.ZONE, "zone-0", 1, false)),
            List.of(new Rule(Rule.Target.TYPE, "type-0", 1, false)));
    for (int i = 0; i < count; i++) {
      placer.place(new PlacementRequest(prefix + "-" + i, "type-" + i % TYPES, needs));
    }
  }
}
