package dev.mabeam.cli;

import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Nodes in processes of their own on this machine's loopback, called {@code n1}, {@code n2}, …,
 * which found a cluster together. {@link #close()} stops them, the last one first.
 */
final class LocalCluster implements AutoCloseable {
  private static final Duration CALL = Duration.ofSeconds(2);
  private static final long POLL_MILLIS = 40;
  /** Stands for a node's name in the arguments that all get. */
  static final String NAME = "{name}";
  private static final String PREFIX = "mabeam-demo-";
  private static final Pattern DIRECTORY = Pattern.compile(PREFIX + "(\\d{1,18})-.*");
  /** Marks logs that somebody was told to read. */
  private static final String KEPT = "kept";

  private final List<LocalNode> nodes = new CopyOnWriteArrayList<>();
  private final LocalNode.Kind kind;
  private final List<String> arguments = new ArrayList<>();
  private final Path logs;
  private boolean failed;
  private volatile boolean closing;

  private LocalCluster(LocalNode.Kind kind, Path logs) {
    this.kind = kind;
    this.logs = logs;
  }

  /** Launches one node for each of {@code ports}; it does not wait for them. */
  static LocalCluster launch(List<Ports> ports, List<String> arguments) {
    return launch(LocalNode.Kind.NODE, ports, arguments);
  }

  static LocalCluster launch(LocalNode.Kind kind, List<Ports> ports, List<String> arguments) {
    LocalCluster cluster = new LocalCluster(kind, directory());
    cluster.arguments.addAll(arguments);
    for (Ports each : ports) {
      cluster.arguments.addAll(List.of("--seed", "127.0.0.1:" + each.link()));
    }
    try {
      for (int i = 0; i < ports.size(); i++) {
        cluster.nodes.add(cluster.start("n" + (i + 1), ports.get(i)));
      }
      return cluster;
    } catch (CliException failure) {
      cluster.close();
      throw failure;
    }
  }

  private LocalNode start(String name, Ports ports) {
    List<String> own = arguments.stream().map(each -> each.replace(NAME, name)).toList();
    return LocalNode.start(kind, name, ports, own, logs);
  }

  /** Launches a node again that has ended, unless all are closed; it does not wait for it. */
  synchronized void restart(LocalNode ended) {
    if (closing) {
      return;
    }
    nodes.set(nodes.indexOf(ended), start(ended.name(), ended.ports()));
  }

  private static Path directory() {
    Path temp = Path.of(System.getProperty("java.io.tmpdir"));
    sweep(temp, pid -> ProcessHandle.of(pid).isPresent());
    try {
      return Files.createTempDirectory(temp, PREFIX + ProcessHandle.current().pid() + "-");
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.FAILED, "no directory for logs: " + Reasons.of(failure), "is the disk full?");
    }
  }

  List<LocalNode> nodes() {
    return Collections.unmodifiableList(nodes);
  }

  /** Where the nodes log to; deleted by {@link #close()} unless something failed. */
  Path logs() {
    return logs;
  }

  static Api api(LocalNode node, Duration timeout) {
    return new Api(node.url(), "", timeout);
  }

  /** The names of the nodes that the one which is asked calls active. */
  static List<String> active(Api asked) {
    return asked.array("/api/v1/nodes").stream()
        .map(JsonObject.class::cast)
        .filter(node -> "active".equals(node.getString("status")))
        .map(node -> node.getString("name"))
        .toList();
  }

  /**
   * Waits until every node is ready and all show the same view of the same cluster with all of
   * them active.
   */
  void awaitOneView(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    List<Api> apis = nodes.stream().map(node -> api(node, CALL)).toList();
    while (true) {
      String missing = disagreement(apis);
      if (missing.isEmpty()) {
        return;
      }
      requireAlive();
      if (System.nanoTime() > deadline) {
        keepLogs();
        throw new CliException(
            ExitCodes.UNAVAILABLE,
            "the nodes did not form a cluster within " + timeout.toSeconds() + " s: " + missing,
            "their logs are in " + logs);
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Who is not there yet; empty when all agree. */
  private String disagreement(List<Api> apis) {
    Set<String> views = new HashSet<>();
    for (int i = 0; i < apis.size(); i++) {
      String name = nodes.get(i).name();
      if (!apis.get(i).ok("/health/ready")) {
        return name + " is not ready";
      }
      JsonObject cluster;
      try {
        cluster = apis.get(i).object("/api/v1/cluster");
      } catch (RuntimeException early) {
        return name + " does not answer";
      }
      JsonArray seen = cluster.getJsonArray("nodes", new JsonArray());
      long active =
          seen.stream().filter(n -> "active".equals(((JsonObject) n).getString("status"))).count();
      if (active != nodes.size()) {
        return name + " sees " + active + " active nodes";
      }
      views.add(cluster.getString("id") + "/" + cluster.getLong("view"));
    }
    return views.size() == 1 ? "" : "the nodes show different views";
  }

  /** How many of {@code nodes} nodes vote. */
  static int voters(int nodes) {
    return nodes == 4 ? 3 : Math.min(nodes, 5);
  }

  /**
   * Waits until as many nodes vote as should, but not longer than {@code timeout} or when a node is
   * lost; how many do. Voters are added one by one, and with less than three any loss can be one of
   * the majority.
   */
  int awaitVoters(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    Api first = api(nodes.get(0), CALL);
    while (true) {
      int voters = 0;
      try {
        JsonObject consensus = first.object("/api/v1/cluster").getJsonObject("consensus");
        voters = consensus.getJsonArray("voters").size();
      } catch (CliException | MabeamException silent) {
        // Then it tells later, or in vain.
      }
      boolean lost = !nodes.stream().allMatch(LocalNode::alive);
      if (voters >= voters(nodes.size()) || lost || System.nanoTime() > deadline) {
        return voters;
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private void requireAlive() {
    for (LocalNode node : nodes) {
      if (!node.alive()) {
        keepLogs();
        throw new CliException(
            node.exitCode() == 0 || node.exitCode() > 128 ? ExitCodes.FAILED : node.exitCode(),
            "node " + node.name() + " " + node.end() + ": " + node.lastWords(),
            "its log is " + logs.resolve(node.name() + ".log"));
      }
    }
  }

  /** Whether {@link #close()} was called, so that nodes which end are no news. */
  boolean closing() {
    return closing;
  }

  @Override
  public void close() {
    synchronized (this) {
      closing = true;
    }
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).stop();
    }
    if (!failed) {
      delete(logs);
    }
  }

  /** Deletes the logs of those that were killed, and so could not; what failed keeps its logs. */
  static void sweep(Path temp, LongPredicate alive) {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(temp, PREFIX + "*")) {
      for (Path directory : left) {
        Matcher name = DIRECTORY.matcher(directory.getFileName().toString());
        if (name.matches()
            && !alive.test(Long.parseLong(name.group(1)))
            && !Files.exists(directory.resolve(KEPT))) {
          delete(directory);
        }
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      // Then they stay.
    }
  }

  /** Somebody is told to read the logs: {@link #close()} leaves them. */
  void keepLogs() {
    failed = true;
    try {
      Files.writeString(logs.resolve(KEPT), "");
    } catch (IOException full) {
      // Then a later demo may delete them.
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(directory);
    } catch (IOException kept) {
      // A log left in the temporary directory harms nobody.
    }
  }
}
