package dev.mabeam.cli;

import dev.mabeam.bench.Measured;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "variables",
    description = {
      "Variables on three nodes in processes of their own: what a read and a write take inside the",
      "process, when a burst of updates has reached every replica, strong writes next to the bare log",
      "in the same run, and how long none succeeds when the node that leads is killed."
    },
    footer = {
      "",
      "Rounds are interleaved; figures and ratios are medians over them. write is eventual, by gossip,",
      "acknowledged by one replica; strong is a decision; log the same engine with commands that change",
      "nothing, of the same size, one a decision. convergedMillis is from the last acknowledgement of",
      "a burst until every replica has the last value of each variable."
    },
    mixinStandardHelpOptions = true)
final class VariablesBench extends Bench {
  private static final int NODES = 3;
  private static final String ASKER = "n1";
  private static final String EVENTUAL = "eventual";
  private static final String STRONG = "strong";
  private static final List<String> SUBJECTS = List.of("write", STRONG, "log");
  /** For everyone to be writing before the node is killed. */
  private static final long HEAD_START_MILLIS = 2_000;
  private static final long AFTER_KILL_MILLIS = 8_000;
  private static final int READS = 200_000;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "100",
      description = "how many variables of each kind (${DEFAULT-VALUE})")
  private int keys;

  @Option(
      names = "--outstanding",
      paramLabel = "N",
      defaultValue = "64",
      description = "how many writes are under way at a time (${DEFAULT-VALUE})")
  private int outstanding;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "100",
      description = "size of a value (${DEFAULT-VALUE})")
  private int bytes;

  @Option(
      names = "--burst",
      paramLabel = "N",
      defaultValue = "10000",
      description = "updates in a burst (${DEFAULT-VALUE})")
  private int burst;

  @Mixin private InTurns turns;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "3",
      description = "how often the node that leads is killed (${DEFAULT-VALUE})")
  private int kills;

  @Option(
      names = "--footprint",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "instead, weigh so many variables that were written once: all heaps after a collection,",
        "less the values, divided by their number"
      })
  private int footprint;

  @Override
  public Integer call() throws InterruptedException {
    boolean wrong =
        !turns.areAllowed()
            || Stream.of(keys, outstanding, bytes, burst).anyMatch(count -> count < 1)
            || burst < keys
            || footprint < 0
            || kills < 0
            || keys > 10_000
            || outstanding > 10_000
            || bytes > 64 << 10;
    if (wrong) {
      throw refused(
          "--rounds is at least 1, --keys and --outstanding 1 to 10000, --bytes 1 to 65536, --burst"
              + " at least --keys, --round and --warm-up at most 30s");
    }
    try (BenchNodes nodes = BenchNodes.launch(NODES)) {
      if (footprint > 0) {
        return answer(new Footprint(nodes).measure());
      }
      nodes.ask(ASKER, "distribute", variables(EVENTUAL));
      nodes.ask(ASKER, "distribute", variables(STRONG));
      return answer(measure(nodes));
    }
  }

  private JsonObject variables(String consistency) {
    return new JsonObject()
        .put("prefix", "bench-" + consistency)
        .put("keys", keys)
        .put("bytes", bytes)
        .put("consistency", consistency)
        .put("sync", "gossip")
        .put("outstanding", outstanding);
  }

  private JsonObject measure(BenchNodes nodes) throws InterruptedException {
    for (String subject : SUBJECTS) {
      if (!turns.warmUp.isZero()) {
        Measured warm = run(nodes, subject, outstanding, turns.warmUp);
        say("warm-up, %s: %.0f/s", subject, warm.perSecond());
      }
    }
    JsonObject reads = nodes.ask(ASKER, "read", variables(EVENTUAL).put("reads", READS));
    say("local reads: %s", reads.encode());
    Measured alone = run(nodes, "write", 1, turns.round);
    say("local writes, one at a time: p50 %.1f us", alone.p50Micros());
    Rounds results = new Rounds();
    double[] converged = new double[turns.rounds];
    double[] burstPerSecond = new double[turns.rounds];
    for (int turn = 0; turn < turns.rounds; turn++) {
      for (String subject : SUBJECTS) {
        Measured measured = run(nodes, subject, outstanding, turns.round);
        results.add(subject, outstanding, measured);
        say(
            "round %d of %d, %s: %.0f/s, p50 %.0f us, p99 %.0f us%s",
            turn + 1, turns.rounds, subject, measured.perSecond(), measured.p50Micros(),
            measured.p99Micros(),
            measured.failed() == 0 ? "" : ", " + measured.failed() + " failed: " + measured.failure());
      }
      JsonObject one = burst(nodes, turn);
      converged[turn] = one.getDouble("convergedMillis");
      burstPerSecond[turn] = one.getDouble("perSecond");
      say("round %d of %d, burst: %s", turn + 1, turns.rounds, one.encode());
    }
    return BenchCommand.about("variables")
        .put("nodes", NODES)
        .put("keys", keys)
        .put("outstanding", outstanding)
        .put("bytes", bytes)
        .put("rounds", turns.rounds)
        .put("roundMillis", turns.round.toMillis())
        .put("localRead", reads)
        .put("localWrite", alone.toJson())
        .put(
            "burst",
            new JsonObject()
                .put("updates", burst)
                .put("perSecond", Math.round(Spread.of(burstPerSecond).median()))
                .put("convergedMillis", Spread.rounded(Spread.of(converged).median()))
                .put("each", new JsonArray(Arrays.stream(converged).boxed().toList())))
        .put("results", results.toJson())
        .put("killed", killed(nodes));
  }

  private Measured run(BenchNodes nodes, String subject, int count, Duration length) {
    boolean strong = subject.equals(STRONG);
    return Measured.fromJson(
        nodes.ask(
            ASKER,
            strong ? "write" : subject,
            variables(strong ? STRONG : EVENTUAL)
                .put("outstanding", count)
                .put("millis", length.toMillis())));
  }

  private JsonObject burst(BenchNodes nodes, int turn) {
    JsonObject order = variables(EVENTUAL).put("from", turn * burst).put("updates", burst);
    List<CompletableFuture<JsonObject>> seen =
        nodes.names().stream()
            .map(name -> CompletableFuture.supplyAsync(() -> nodes.ask(name, "converge", order)))
            .toList();
    JsonObject written = nodes.ask(ASKER, "burst", order);
    long ended = written.getLong("ended");
    long last = seen.stream().mapToLong(each -> each.join().getLong("at")).max().orElseThrow();
    return new JsonObject()
        .put("perSecond", Math.round(burst * 1e9 / (ended - written.getLong("started"))))
        .put("convergedMillis", Math.max(0, last - ended) / 1e6);
  }

  private JsonObject killed(BenchNodes nodes) throws InterruptedException {
    JsonArray each = new JsonArray();
    double longest = 0;
    for (int kill = 0; kill < kills; kill++) {
      String leader = nodes.leader();
      String asker = nodes.names().stream().filter(name -> !name.equals(leader)).findFirst().get();
      JsonObject order =
          variables(STRONG).put("millis", HEAD_START_MILLIS + AFTER_KILL_MILLIS);
      CompletableFuture<JsonObject> gaps =
          CompletableFuture.supplyAsync(() -> nodes.ask(asker, "gaps", order));
      Thread.sleep(HEAD_START_MILLIS);
      long at = nodes.kill(leader);
      JsonObject one = gaps.join();
      one.put("afterKillMillis", Spread.rounded((one.getLong("from") - at) / 1e6));
      one.remove("from");
      longest = Math.max(longest, one.getDouble("longestMillis"));
      each.add(one);
      say("kill %d of %d: %s", kill + 1, kills, one.encode());
      nodes.restart(leader);
    }
    return new JsonObject().put("longestMillis", Spread.rounded(longest)).put("each", each);
  }

  /** What many variables weigh that are written once and then rest. */
  private final class Footprint {
    private static final int BATCH = 2_000;
    /** For what is passed on, compared and shown in the map to come to rest. */
    private static final long REST_MILLIS = 20_000;
    /** Of those that are at rest so many are packed in a second, at least. */
    private static final int PACKED_PER_SECOND = 2_000;

    private final BenchNodes nodes;

    Footprint(BenchNodes nodes) {
      this.nodes = nodes;
    }

    JsonObject measure() throws InterruptedException {
      fill("warm", 0, BATCH);
      Thread.sleep(REST_MILLIS);
      long[] before = heaps();
      double distributing = 0;
      double writing = 0;
      for (int from = 0; from < footprint; from += BATCH) {
        JsonObject filled = fill("weighed", from, Math.min(BATCH, footprint - from));
        distributing += filled.getDouble("distributeMillis");
        writing += filled.getDouble("setMillis");
        say("%d of %d variables", Math.min(footprint, from + BATCH), footprint);
      }
      Thread.sleep(REST_MILLIS + footprint * 1_000L / PACKED_PER_SECOND);
      long[] after = heaps();
      long all = Arrays.stream(after).sum() - Arrays.stream(before).sum();
      return BenchCommand.about("variables")
          .put("nodes", NODES)
          .put("variables", footprint)
          .put("bytes", bytes)
          .put("distributePerSecond", Math.round(footprint * 1e3 / distributing))
          .put("setPerSecond", Math.round(footprint * 1e3 / writing))
          .put("heaps", new JsonArray(Arrays.stream(after).boxed().toList()))
          .put("bytesAVariable", all / footprint)
          .put("beyondTheValue", all / footprint - (long) NODES * bytes);
    }

    private JsonObject fill(String prefix, int from, int count) {
      return nodes.ask(
          ASKER,
          "fill",
          variables(EVENTUAL).put("prefix", prefix).put("from", from).put("keys", count));
    }

    private long[] heaps() {
      return nodes.names().stream()
          .mapToLong(name -> nodes.ask(name, "heap", new JsonObject()).getLong("bytes"))
          .toArray();
    }
  }
}
