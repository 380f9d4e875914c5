package dev.mabeam.cli;

import dev.mabeam.error.MabeamException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "demo",
    description = "A cluster at work on this machine, with its dashboard.",
    footer = {
      "%nNodes in processes of their own count the words of all text files of a directory, pass",
      "after pass, until Ctrl-C. A file with a NUL byte is no text.",
      "%nThe agents that count move with what they have counted, and go on when a node is killed.",
      "With --chaos the demo does both to itself, several moves a second and a kill -9 a pass, and",
      "compares each pass, word for word, with a count of its own. It exits with 1 if they differ."
    },
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final int MOST_NODES = 9;
  private static final int CHAOS_NODES = 3;

  @Spec private CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "how many nodes, at most " + MOST_NODES + " (${DEFAULT-VALUE})")
  private int nodes;

  @Option(
      names = "--input",
      paramLabel = "DIR",
      description = "count the text files under it (mabeam's README, docs and sources)")
  private Path input;

  @Option(
      names = "--once",
      description = "one pass; prints the counts as one line of JSON, progress on standard error")
  private boolean once;

  @Option(
      names = "--pace",
      paramLabel = "TIME",
      defaultValue = "15s",
      converter = Durations.class,
      description =
          "how long a pass takes at least, to be watched; --once does not wait (${DEFAULT-VALUE})")
  private Duration pace;

  @Option(
      names = "--chaos",
      description =
          "in each pass move agents at random, kill a node (kill -9) and start it again; of "
              + CHAOS_NODES + " nodes at least")
  private boolean chaos;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description =
          "the dashboard's port at the first node, the others' are 10 apart (${DEFAULT-VALUE};"
              + " 0 takes free ones)")
  private int httpPort;

  @Option(
      names = "--base-port",
      paramLabel = "PORT",
      defaultValue = "7800",
      description =
          "grid port of the first node, its bus and link ports follow, the others' are 10 apart"
              + " (${DEFAULT-VALUE}; 0 takes free ones)")
  private int basePort;

  @Option(
      names = "--class-path",
      paramLabel = "JAR-OR-DIR",
      description = "your verticles, which may then be deployed; again for more")
  private List<Path> classPath = List.of();

  @Override
  public Integer call() throws InterruptedException {
    MabeamCli.requireSupportedJava();
    if (nodes < 1 || nodes > MOST_NODES) {
      throw new ParameterException(spec.commandLine(), "--nodes is 1 to " + MOST_NODES);
    }
    requireMajorityInChaos();
    List<Path> roots = InputFiles.roots(input, Path.of(System.getProperty("mabeam.home", "")));
    List<Ports> ports = ports();
    requireFree(ports);
    InputFiles.requireAny(roots);
    List<String> arguments = new ArrayList<>();
    classPath.forEach(entry -> arguments.addAll(List.of("--class-path", entry.toString())));

    PrintWriter out = once ? spec.commandLine().getErr() : spec.commandLine().getOut();
    String stream = once ? "stderr" : "stdout";
    Progress progress = new Progress(out, Boolean.getBoolean("mabeam." + stream + ".terminal"));
    progress.line("dashboard: http://127.0.0.1:" + ports.get(0).http() + "/");

    LocalCluster cluster = LocalCluster.launch(ports, arguments);
    Thread stop = new Thread(() -> stop(cluster, progress), "stop");
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      Demo demo = new Demo(cluster, roots, chaos, progress);
      demo.prepare();
      if (once) {
        demo.once().print(spec.commandLine().getOut());
      } else {
        progress.line("Ctrl-C ends it");
        demo.forever(pace);
      }
      return ExitCodes.OK;
    } catch (CliException | MabeamException failure) {
      if (cluster.closing()) {
        new CountDownLatch(1).await(); // interrupted from outside: the process ends with the hook
      }
      throw failure;
    } finally {
      if (unhook(stop)) {
        cluster.close();
      }
    }
  }

  private void requireMajorityInChaos() {
    if (chaos && nodes < CHAOS_NODES) {
      throw new ParameterException(
          spec.commandLine(),
          (nodes == 1
                  ? "--chaos kills a node, and with --nodes 1 nothing would be left"
                  : "--chaos kills a node, and one of two is no majority: its agents could not go on")
              + "; take --nodes " + CHAOS_NODES + " or more");
    }
  }

  /** False if the JVM is shutting down, and the hook does the work. */
  private static boolean unhook(Thread stop) {
    try {
      return Runtime.getRuntime().removeShutdownHook(stop);
    } catch (IllegalStateException shuttingDown) {
      return false;
    }
  }

  private static void stop(LocalCluster cluster, Progress progress) {
    progress.mute("stopping…");
    cluster.close();
    progress.mute("all nodes are stopped");
  }

  private List<Ports> ports() {
    requirePort("--base-port", basePort, Ports.FAILURE_DETECTION);
    requirePort("--http-port", httpPort, 0);
    int base = basePort == 0 ? Ports.freeBase(nodes) : basePort;
    int http = httpPort == 0 ? (basePort == 0 ? base : Ports.freeBase(nodes)) + 5 : httpPort;
    return IntStream.range(0, nodes).mapToObj(index -> Ports.of(base, http, index)).toList();
  }

  /** The last node's highest port is {@code above} the one that it was given. */
  private void requirePort(String option, int port, int above) {
    int last = port + (nodes - 1) * Ports.STEP + above;
    if (port < 0 || last > Ports.LAST) {
      throw new ParameterException(
          spec.commandLine(),
          port < 0 || port > Ports.LAST
              ? option + " is 0 to " + Ports.LAST
              : "%s %d: %s would need ports up to %d, and %d is the last"
                  .formatted(option, port, StatusCommand.count(nodes, "node"), last, Ports.LAST));
    }
  }

  private static void requireFree(List<Ports> ports) {
    Ports.twice(ports)
        .ifPresent(
            port -> {
              throw new CliException(
                  ExitCodes.CONFLICT,
                  "port " + port + " is needed twice: the nodes' HTTP and other ports overlap",
                  "choose others with --http-port or --base-port (0 takes free ones)");
            });
    for (Ports node : ports) {
      for (Ports.Use use : node.uses()) {
        if (!Ports.isFree("127.0.0.1", use.port())) {
          String option = use.port() == node.http() ? "--http-port" : "--base-port";
          throw new CliException(
              ExitCodes.CONFLICT,
              "port " + use.port() + " is in use by " + Ports.owner(use.port()).orElse("another"),
              "choose others with " + option + " (0 takes free ones)");
        }
      }
    }
  }
}
