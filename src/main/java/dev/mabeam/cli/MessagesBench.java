package dev.mabeam.cli;

import dev.mabeam.bench.Measured;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

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
final class MessagesBench implements Callable<Integer> {
  private static final int NODES = 3;
  private static final String ASKER = "n1";
  private static final String ASKED = "n2";
  private static final List<String> SUBJECTS =
      List.of("tcp", "tcpBatched", "bus", "busSpread", "ask", "tell");
  /** Agents whose state each message changes. */
  private static final List<String> DURABILITIES = List.of("volatile", "durable");
  private static final int STATEFUL = 100;

  @Spec private CommandSpec spec;

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

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "how often each is measured, in turns (${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--round",
      paramLabel = "TIME",
      defaultValue = "2s",
      converter = Durations.class,
      description = "how long each time (${DEFAULT-VALUE})")
  private Duration round;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Durations.class,
      description = "how long each is run before (${DEFAULT-VALUE})")
  private Duration warmUp;

  private int port;

  @Override
  public Integer call() throws InterruptedException {
    boolean wrong =
        rounds < 1
            || bytes < 1
            || agents < 1
            || agents > 100_000
            || bytes > 1 << 20
            || state < 64
            || state > 1 << 20
            || outstanding.stream().anyMatch(count -> count < 1 || count > 10_000)
            || !all().containsAll(only)
            || round.toMillis() < 1
            || round.toSeconds() > 30
            || warmUp.toSeconds() > 30;
    if (wrong) {
      throw new ParameterException(
          spec.commandLine(),
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
      spec.commandLine().getOut().println(measure(nodes).encodePrettily());
    }
    return ExitCodes.OK;
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
      if (!warmUp.isZero()) {
        Measured warm = run(nodes, subject, most, warmUp);
        say("warm-up, %s: %.0f/s", subject, warm.perSecond());
      }
    }
    Rounds results = new Rounds();
    for (int turn = 1; turn <= rounds; turn++) {
      for (int count : outstanding) {
        for (String subject : subjects()) {
          Measured measured = run(nodes, subject, count, round);
          results.add(subject, count, measured);
          say(
              "round %d of %d, %s, %d under way: %.0f/s, p50 %.0f us, p99 %.0f us%s",
              turn, rounds, subject, count, measured.perSecond(), measured.p50Micros(),
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
        .put("rounds", rounds)
        .put("roundMillis", round.toMillis())
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

  private void say(String format, Object... values) {
    spec.commandLine().getErr().printf(format + "%n", values);
    spec.commandLine().getErr().flush();
  }
}
