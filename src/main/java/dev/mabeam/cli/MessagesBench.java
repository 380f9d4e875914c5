package dev.mabeam.cli;

import dev.mabeam.bench.Measured;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "messages",
    description = {
      "Messages from one node to another, three nodes in processes of their own: throughput and",
      "latency at several numbers of messages under way, next to the bare event bus and a socket",
      "in the same run."
    },
    footer = {
      "",
      "Rounds are interleaved; figures and ratios are medians over them. tcp writes each frame by",
      "itself, tcpBatched as many as came back in one write. bus is one address, served by one",
      "event loop; busSpread one for each event loop, in turn, as agents are spread over them.",
      "volatile and durable are 100 agents each, whose state every message changes."
    },
    mixinStandardHelpOptions = true)
final class MessagesBench extends Bench {
  private static final int NODES = 3;
  private static final String ASKER = "n1";
  private static final String ASKED = "n2";
  private static final List<String> SUBJECTS =
      List.of("tcp", "tcpBatched", "bus", "busSpread", "ask", "tell");
  /** Agents whose state each message changes. */
  private static final List<String> DURABILITIES = List.of("volatile", "durable");
  private static final int STATEFUL = 100;

  @Option(
      names = "--outstanding",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,64,256",
      description = "how many messages are under way at a time (${DEFAULT-VALUE})")
  private List<Integer> outstanding;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      defaultValue = "100",
      description = "size of a message, and of its answer (${DEFAULT-VALUE})")
  private int bytes;

  @Option(
      names = "--agents",
      paramLabel = "N",
      defaultValue = "64",
      description = "how many agents are asked in turn (${DEFAULT-VALUE})")
  private int agents;

  @Option(
      names = "--state",
      paramLabel = "BYTES",
      defaultValue = "1024",
      description = "size of the state of volatile and durable agents (${DEFAULT-VALUE})")
  private int state;

  @Option(
      names = "--subjects",
      split = ",",
      paramLabel = "NAME",
      description = "only these of what is measured (all)")
  private List<String> only = List.of();

  @Option(names = "--forced", description = "stores on disk, forced, instead of in memory")
  private boolean forced;

  @Mixin private InTurns turns;

  private int port;

  @Override
  public Integer call() throws InterruptedException {
    boolean wrong =
        !turns.areAllowed()
            || bytes < 1
            || agents < 1
            || agents > 100_000
            || bytes > 1 << 20
            || state < 64
            || state > 1 << 20
            || outstanding.stream().anyMatch(count -> count < 1 || count > 10_000)
            || !all().containsAll(only);
    if (wrong) {
      throw refused(
          "--rounds, --bytes and --agents are at least 1, --state 64 to 1048576, --outstanding 1 to"
              + " 10000, --round and --warm-up at most 30s, --subjects are "
              + String.join(", ", all()));
    }
    try (BenchNodes nodes = BenchNodes.launch(NODES, forced)) {
      port = nodes.ask(ASKED, "port", new JsonObject()).getInteger("port");
      nodes.ask(ASKER, "deploy", new JsonObject().put("agents", agents).put("peer", ASKED));
      for (String durability : DURABILITIES) {
        nodes.ask(ASKER, "tallies", stateful(durability));
        nodes.ask(ASKER, "gather", stateful(durability));
      }
      return answer(measure(nodes));
    }
  }

  private JsonObject stateful(String durability) {
    return new JsonObject()
        .put("agents", STATEFUL)
        .put("state", state)
        .put("durability", durability)
        .put("peer", ASKED);
  }

  private JsonObject measure(BenchNodes nodes) {
    int most = outstanding.stream().mapToInt(Integer::intValue).max().orElseThrow();
    for (String subject : subjects()) {
      if (!turns.warmUp.isZero()) {
        Measured warm = run(nodes, subject, most, turns.warmUp);
        say("warm-up, %s: %.0f/s", subject, warm.perSecond());
      }
    }
    Rounds results = new Rounds();
    for (int turn = 1; turn <= turns.rounds; turn++) {
      for (int count : outstanding) {
        for (String subject : subjects()) {
          Measured measured = run(nodes, subject, count, turns.round);
          results.add(subject, count, measured);
          say(
              "round %d of %d, %s, %d under way: %.0f/s, p50 %.0f us, p99 %.0f us%s",
              turn, turns.rounds, subject, count, measured.perSecond(), measured.p50Micros(),
              measured.p99Micros(),
              measured.failed() == 0
                  ? ""
                  : ", " + measured.failed() + " failed: " + measured.failure());
        }
      }
    }
    return BenchCommand.about("messages")
        .put("nodes", NODES)
        .put("bytes", bytes)
        .put("agents", agents)
        .put("state", state)
        .put("forced", forced)
        .put("rounds", turns.rounds)
        .put("roundMillis", turns.round.toMillis())
        .put("results", results.toJson());
  }

  private static List<String> all() {
    return Stream.of(SUBJECTS, DURABILITIES).flatMap(List::stream).toList();
  }

  private List<String> subjects() {
    return all().stream().filter(subject -> only.isEmpty() || only.contains(subject)).toList();
  }

  private Measured run(BenchNodes nodes, String subject, int count, Duration length) {
    boolean stateful = DURABILITIES.contains(subject);
    JsonObject order =
        stateful ? stateful(subject) : new JsonObject().put("agents", agents).put("peer", ASKED);
    return Measured.fromJson(
        nodes.ask(
            ASKER,
            stateful ? "tally" : subject,
            order
                .put("outstanding", count)
                .put("bytes", bytes)
                .put("millis", length.toMillis())
                .put("port", port)));
  }
}
