package dev.mabeam.cli;

import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The demo's course: the nodes start, agree, get the sample's agents, and count words pass after
 * pass. A node that is lost in the middle of a pass costs that pass, which runs again on the others,
 * under a new number and with newly deployed agents.
 */
final class Demo {
  private static final Duration FORMATION = Duration.ofSeconds(60);
  private static final Duration VOTERS = Duration.ofSeconds(15);
  private static final long BETWEEN_MILLIS = 2_000;
  private static final long SETTLE_MILLIS = 1_000;
  private static final int ATTEMPTS = 5;

  private final LocalCluster cluster;
  private final List<Path> roots;
  private final Progress progress;
  private final Crew crew;
  private long attempt;

  Demo(LocalCluster cluster, List<Path> roots, Progress progress) {
    this.cluster = cluster;
    this.roots = roots;
    this.progress = progress;
    this.crew = new Crew(roots);
  }

  /**
   * Waits for the nodes, deploys the sample's agents, and waits until enough nodes decide together
   * that any of them may be lost.
   */
  void prepare() throws InterruptedException {
    long start = System.nanoTime();
    cluster.awaitOneView(FORMATION);
    progress.line(
        "%s see each other after %.1f s"
            .formatted(
                StatusCommand.count(cluster.nodes().size(), "node"),
                (System.nanoTime() - start) / 1e9));
    try {
      crew.muster(cluster.nodes());
    } catch (Pass.Broken soon) {
      // The first pass tries again.
    }
    int voters = cluster.awaitVoters(VOTERS);
    if (voters < LocalCluster.voters(cluster.nodes().size())) {
      progress.line(
          "only %s so far: if one is lost, the others may not go on"
              .formatted(StatusCommand.count(voters, "voter")));
    }
  }

  /** One pass at full speed. */
  WordCount once() throws InterruptedException {
    return pass("counting", Duration.ZERO);
  }

  /** Pass after pass at a pace that one can watch, until the thread is interrupted. */
  void forever(Duration pace) throws InterruptedException {
    for (int pass = 1; ; pass++) {
      WordCount count = pass("pass " + pass, pace);
      progress.line(
          "pass %d: %d files, %d words, %d different; files by node: %s; most frequent: %s"
              .formatted(
                  pass, count.files(), count.words(), count.counts().size(), count.shares(),
                  top(count)));
      Thread.sleep(BETWEEN_MILLIS);
    }
  }

  private static String top(WordCount count) {
    return count.counts().entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(5)
        .map(word -> word.getKey() + " " + word.getValue())
        .collect(Collectors.joining(", "));
  }

  private WordCount pass(String label, Duration time) throws InterruptedException {
    List<InputFiles.TextFile> files = files();
    int failures = 0;
    while (true) {
      List<LocalNode> nodes = active();
      try {
        crew.muster(nodes);
        Pass.Pace pace = new Pass.Pace(time, files.size());
        return new Pass(++attempt, nodes, this::absentee, files, progress, label, pace).run();
      } catch (Pass.Broken broken) {
        failures++;
        crew.dismiss();
        List<LocalNode> left = cluster.nodes().stream().filter(LocalNode::alive).toList();
        if (left.isEmpty()) {
          throw new CliException(
              ExitCodes.FAILED, broken.getMessage() + ", and no node is left", "");
        }
        if (failures == ATTEMPTS) {
          cluster.keepLogs();
          throw new CliException(
              ExitCodes.UNAVAILABLE,
              broken.getMessage() + "; gave up after " + ATTEMPTS + " attempts",
              "the nodes' logs are in " + cluster.logs());
        }
        progress.line(broken.getMessage() + "; " + label + " runs again");
        Thread.sleep(SETTLE_MILLIS);
      }
    }
  }

  private List<InputFiles.TextFile> files() {
    try {
      List<InputFiles.TextFile> files =
          InputFiles.under(roots, skipped -> progress.line("skipped " + skipped));
      if (files.isEmpty()) {
        throw new CliException(
            ExitCodes.USAGE, "there is no text file to count", "name a directory with --input");
      }
      return files;
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.FAILED, "the input cannot be read: " + Reasons.of(failure), "");
    }
  }

  /** The nodes that run and that another one calls active; if nobody answers, those that run. */
  private List<LocalNode> active() {
    List<LocalNode> running = cluster.nodes().stream().filter(LocalNode::alive).toList();
    List<LocalNode> best = new ArrayList<>();
    for (LocalNode asked : running) {
      try {
        JsonArray seen = LocalCluster.api(asked, Duration.ofSeconds(2)).array("/api/v1/nodes");
        List<LocalNode> active = running.stream().filter(node -> isActive(seen, node)).toList();
        if (active.size() > best.size()) {
          best = active;
        }
      } catch (CliException | MabeamException silent) {
        // Then another one tells.
      }
    }
    return best.isEmpty() ? running : best;
  }

  /** What a pass on {@code nodes} waits for in vain; empty if everything is there. */
  private String absentee(List<LocalNode> nodes) throws InterruptedException, Pass.Broken {
    List<LocalNode> now = active();
    for (LocalNode node : nodes) {
      if (!now.contains(node)) {
        return "node " + node.name() + " does not answer";
      }
    }
    String missing = crew.missing(nodes);
    return missing.isEmpty() ? "" : "agent " + missing + " is not there any more";
  }

  private static boolean isActive(JsonArray seen, LocalNode node) {
    for (int i = 0; i < seen.size(); i++) {
      JsonObject info = seen.getJsonObject(i);
      if (node.name().equals(info.getString("name"))
          && "active".equals(info.getString("status"))) {
        return true;
      }
    }
    return false;
  }
}
