package dev.mabeam.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "migration",
    description = {
      "Agents that are moved between two nodes, and drained from one, while a third node sends",
      "them messages at a steady rate: what became of the messages, and how long one had to wait",
      "because its agent moved."
    },
    footer = {
      "",
      "lost, duplicated and lostOrReordered have to be 0. A pause is the longest time that a message",
      "took which was under way while its agent moved."
    },
    mixinStandardHelpOptions = true)
final class MigrationBench extends Bench {
  private static final String SENDER = "n1";
  private static final String FIRST = "n2";
  private static final String SECOND = "n3";
  /** What one call can take. */
  private static final Duration SLICE = Duration.ofSeconds(20);

  @Option(
      names = "--migrations",
      paramLabel = "N",
      defaultValue = "10000",
      description = "how many at least, of each size of state (${DEFAULT-VALUE})")
  private int migrations;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "20",
      description = "how many get messages and are moved (${DEFAULT-VALUE})")
  private int agents;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "2000",
      description = "messages a second, over all agents (${DEFAULT-VALUE})")
  private int rate;

  @Option(
      names = "--state",
      split = ",",
      paramLabel = "BYTES",
      defaultValue = "65536,1048576",
      description = "sizes of an agent's state (${DEFAULT-VALUE})")
  private List<Integer> states;

  @Option(
      names = "--at-a-time",
      paramLabel = "N",
      defaultValue = "1",
      description = "how many agents move at the same time (${DEFAULT-VALUE})")
  private int atATime;

  @Option(
      names = "--drained",
      paramLabel = "N",
      defaultValue = "1000",
      description = "agents of 1 KB on the node that is drained, 0 for no drain (${DEFAULT-VALUE})")
  private int drained;

  @Option(names = "--forced", description = "stores on disk, forced, instead of in memory")
  private boolean forced;

  @Override
  public Integer call() throws InterruptedException {
    boolean wrong =
        migrations < 0
            || agents < 1
            || agents > 10_000
            || rate < 1
            || rate > 100_000
            || atATime < 1
            || drained < 0
            || drained > 10_000
            || states.stream().anyMatch(bytes -> bytes < 64 || bytes > 64 << 20);
    if (wrong) {
      throw refused(
          "--agents and --drained are at most 10000, --rate 100000, --state 64 to 67108864");
    }
    JsonObject result = BenchCommand.about("migration").put("forced", forced).put("rate", rate);
    try (BenchNodes nodes = BenchNodes.launch(3, forced)) {
      JsonArray moves = new JsonArray();
      for (int bytes : states) {
        moves.add(moves(nodes, bytes));
      }
      result.put("agents", agents).put("atATime", atATime).put("moves", moves);
      if (drained > 0) {
        result.put("drain", drain(nodes));
      }
    }
    return answer(result);
  }

  private JsonArray moves(BenchNodes nodes, int bytes) {
    nodes.ask(SENDER, "tallies", tallies(agents, bytes));
    JsonArray slices = new JsonArray();
    long done = 0;
    while (done < migrations) {
      JsonObject slice =
          nodes.ask(
              SENDER,
              "moves",
              tallies(agents, bytes)
                  .put("perSecond", rate)
                  .put("atATime", atATime)
                  .put("nodes", new JsonArray().add(FIRST).add(SECOND))
                  .put("millis", SLICE.toMillis()));
      done += slice.getLong("moves");
      slices.add(slice.put("state", bytes));
      say("state of %d bytes, %d of %d moves: %s", bytes, done, migrations, slice.encode());
      if (slice.getLong("moves") == 0) {
        throw new CliException(ExitCodes.FAILED, "nothing moved: " + slice.getString("why"), "");
      }
    }
    nodes.ask(SENDER, "untally", tallies(agents, bytes));
    return slices;
  }

  private JsonObject drain(BenchNodes nodes) {
    JsonObject all = tallies(drained, 1_024);
    nodes.ask(SENDER, "tallies", all);
    nodes.ask(SENDER, "gather", all.copy().put("peer", FIRST));
    JsonObject result =
        nodes.ask(SENDER, "drain", all.copy().put("peer", FIRST).put("perSecond", rate));
    say("drain of %d agents: %s", drained, result.encode());
    nodes.ask(SENDER, "untally", all);
    return result.put("agents", drained);
  }

  private static JsonObject tallies(int count, int bytes) {
    return new JsonObject()
        .put("agents", count)
        .put("state", bytes)
        .put("durability", "durable")
        .put("peer", "");
  }
}
