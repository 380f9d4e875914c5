package dev.mabeam.testing.bench;

import dev.mabeam.consensus.LogProcess;
import dev.mabeam.testing.Processes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The replicated log alone, over the real link: three processes, commands of 100 bytes, proposed at
 * the leader and at a follower which sends them to the leader, with and without a forced store; and
 * beside it the same frames there and back without a log.
 *
 * <p>Arguments: {@code [--rounds N] [--seconds N] [--outstanding N,…] [--stores memory,forced]
 * [--nodes N] [--jvm OPTION]…}.
 */
public final class LogBench {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Arguments arguments;

  private LogBench(Arguments arguments) {
    this.arguments = arguments;
  }

  public static void main(String[] args) throws IOException {
    System.out.println(new LogBench(Arguments.of(args)).run().encodePrettily());
  }

  private JsonObject run() throws IOException {
    JsonArray results = new JsonArray();
    for (String store : arguments.stores()) {
      for (int round = 0; round < arguments.rounds(); round++) {
        results.addAll(round(store, round));
      }
    }
    return new JsonObject()
        .put("bench", "log")
        .put("processors", Runtime.getRuntime().availableProcessors())
        .put("java", System.getProperty("java.version"))
        .put("nodes", arguments.nodes())
        .put("results", results);
  }

  private JsonArray round(String store, int round) throws IOException {
    Path directory = Files.createTempDirectory("mabeam-bench-log-");
    try (Processes processes = Processes.onLoopback()) {
      start(processes, store, directory);
      JsonArray results = new JsonArray();
      for (int outstanding : arguments.outstanding()) {
        String leader = leader(processes);
        String follower = leader.equals("n1") ? "n2" : "n1";
        results.add(measure(processes, leader, "load", outstanding));
        results.add(measure(processes, follower, "load", outstanding));
        results.add(measure(processes, follower, "ping", outstanding));
      }
      results.forEach(
          result -> ((JsonObject) result).put("store", store).put("round", round));
      return results;
    } finally {
      delete(directory);
    }
  }

  private JsonObject measure(
      Processes processes, String name, String verb, int outstanding) {
    String line = verb + " " + outstanding + " 100 " + arguments.seconds();
    JsonObject result = new JsonObject(processes.ask(name, line, PATIENCE));
    return result.put("what", verb.equals("ping") ? "frames" : "log");
  }

  private String leader(Processes processes) {
    while (true) {
      for (int i = 1; i <= arguments.nodes(); i++) {
        if (processes.ask("n" + i, "leads", PATIENCE).equals("true")) {
          return "n" + i;
        }
      }
    }
  }

  private void start(Processes processes, String store, Path directory) {
    int port = 20_000 + 10 * ThreadLocalRandom.current().nextInt(1_000);
    String founder = "";
    for (int i = 1; i <= arguments.nodes(); i++) {
      String name = "n" + i;
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(arguments.jvm().stream().map(o -> o.replace("%n", name)).toList());
      command.add("-Xmx512m");
      command.add("-Djava.net.preferIPv4Stack=true");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(LogProcess.class.getName());
      command.add(name);
      command.add("" + (port + i));
      command.add("" + (port + 1));
      command.add(store.equals("memory") ? store : directory.resolve(name).toString());
      processes.start(name, command);
      String ready = processes.line(name, PATIENCE);
      if (!ready.equals("READY")) {
        throw new IllegalStateException(name + " says " + ready);
      }
      if (i == 1) {
        founder = processes.ask(name, "found", PATIENCE);
      } else {
        String endpoint = processes.ask(name, "join " + founder, PATIENCE);
        while (!processes.ask(leader(processes), "add " + endpoint, PATIENCE).equals("voter")) {
          // one step at a time, by whoever leads
        }
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private record Arguments(
      int rounds,
      int seconds,
      List<Integer> outstanding,
      List<String> stores,
      int nodes,
      List<String> jvm) {
    static Arguments of(String[] args) {
      int rounds = 3;
      int seconds = 4;
      int nodes = 3;
      List<Integer> outstanding = List.of(1, 64, 256);
      List<String> stores = List.of("memory", "forced");
      List<String> jvm = new ArrayList<>();
      for (int i = 0; i + 1 < args.length; i += 2) {
        String value = args[i + 1];
        switch (args[i]) {
          case "--rounds" -> rounds = Integer.parseInt(value);
          case "--seconds" -> seconds = Integer.parseInt(value);
          case "--nodes" -> nodes = Integer.parseInt(value);
          case "--outstanding" ->
              outstanding = Stream.of(value.split(",")).map(Integer::valueOf).toList();
          case "--stores" -> stores = List.of(value.split(","));
          case "--jvm" -> jvm.add(value);
          default -> throw new IllegalArgumentException("unknown option " + args[i]);
        }
      }
      return new Arguments(rounds, seconds, outstanding, stores, nodes, jvm);
    }
  }
}
