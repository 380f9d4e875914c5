package dev.mabeam.cli;

import dev.mabeam.error.MabeamException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The demo's course: the nodes start, agree, get the sample's agents, and count words pass after
 * pass. A node that is lost costs nothing: its agents go on at the others. Only if that fails the
 * pass runs again, under a new number and with newly deployed agents; but not with chaos, which is
 * there to show that it does not fail.
 */
final class Demo {
  private static final Duration FORMATION = Duration.ofSeconds(60);
  private static final Duration VOTERS = Duration.ofSeconds(15);
  private static final long BETWEEN_MILLIS = 2_000;
  private static final long SETTLE_MILLIS = 1_000;
  private static final int ATTEMPTS = 5;
  /** So long does a pass with chaos take at least, to be in the middle of something. */
  private static final Duration CHAOS = Duration.ofSeconds(8);

  private final LocalCluster cluster;
  private final List<Path> roots;
  private final Progress progress;
  private final Crew crew;
  private final boolean chaos;
  private final Set<String> lost = new HashSet<>();
  private long attempt;

  /** With {@code chaos} agents are moved and a node is killed in each pass. */
  Demo(LocalCluster cluster, List<Path> roots, boolean chaos, Progress progress) {
    this.cluster = cluster;
    this.roots = roots;
    this.chaos = chaos;
    this.progress = progress;
    this.crew = new Crew(cluster, roots);
  }

  /**
   * Waits for the nodes, deploys the sample's agents, and waits until enough nodes decide together
   * that any of them may be lost.
   */
  void prepare() throws InterruptedException {
    long start = System.nanoTime();
    cluster.awaitOneView(FORMATION);
    int count = cluster.nodes().size();
    progress.line(
        "%s after %.1f s"
            .formatted(
                count == 1 ? "the node is ready" : count + " nodes see each other",
                (System.nanoTime() - start) / 1e9));
    try {
      crew.muster(cluster.nodes().stream().map(LocalNode::name).toList());
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

  /** One pass, at full speed if nothing is done to it. */
  WordCount once() throws InterruptedException {
    return pass("counting", chaos ? CHAOS : Duration.ZERO);
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
      try {
        crew.muster(active());
        Pass.Pace pace = new Pass.Pace(time, files.size());
        return chaos ? throughChaos(label, files, pace) : run(label, files, pace, new Losses());
      } catch (Pass.Broken broken) {
        failures++;
        crew.dismiss();
        requireSense(broken, failures);
        progress.line(broken.getMessage() + "; " + label + " runs again");
        Thread.sleep(SETTLE_MILLIS);
      }
    }
  }

  private WordCount run(
      String label, List<InputFiles.TextFile> files, Pass.Pace pace, Disturbance disturbance)
      throws InterruptedException, Pass.Broken {
    return new Pass(++attempt, cluster, files, progress, label, pace, disturbance).run();
  }

  /** The count, which is compared with one that is made here. */
  private WordCount throughChaos(String label, List<InputFiles.TextFile> files, Pass.Pace pace)
      throws InterruptedException, Pass.Broken {
    try (Chaos unleashed = Chaos.unleash(cluster, progress)) {
      WordCount count = run(label, files, pace, unleashed);
      String difference = Recount.difference(Recount.of(files), count.counts());
      if (!difference.isEmpty()) {
        cluster.keepLogs();
        throw new CliException(
            ExitCodes.FAILED,
            "the count is wrong: " + difference,
            "unless a file was changed meanwhile this is a defect; the nodes' logs are in "
                + cluster.logs());
      }
      progress.line(
          "%s: exact, word for word, after %s".formatted(label, unleashed.summary()));
      return count;
    } catch (IOException failure) {
      throw new CliException(
          ExitCodes.FAILED, "the input cannot be read: " + Reasons.of(failure), "");
    }
  }

  /** Ends the demo when another attempt makes none. */
  private void requireSense(Pass.Broken broken, int failures) {
    if (cluster.nodes().stream().noneMatch(LocalNode::alive)) {
      throw new CliException(ExitCodes.FAILED, broken.getMessage(), "start the demo again");
    }
    if (chaos || failures == ATTEMPTS) {
      cluster.keepLogs();
      throw new CliException(
          chaos ? ExitCodes.FAILED : ExitCodes.UNAVAILABLE,
          broken.getMessage()
              + (chaos ? "" : "; gave up after " + ATTEMPTS + " attempts"),
          "the nodes' logs are in " + cluster.logs());
    }
  }

  /** Tells of the nodes that somebody else has ended. */
  private final class Losses implements Disturbance {
    @Override
    public void at(int done, int all) {}

    @Override
    public synchronized boolean isEnough() {
      if (cluster.closing()) {
        return true;
      }
      for (LocalNode node : cluster.nodes()) {
        if (!node.alive() && lost.add(node.name())) {
          requireMajority(node);
          progress.line(
              "node %s is gone (%s)%s".formatted(node.name(), node.end(), consequence()));
        }
      }
      return true;
    }

    @Override
    public String note() {
      return "";
    }
  }

  /** Of the voters that are left two have to agree, however many there have been. */
  private String consequence() {
    return cluster.nodes().stream().filter(LocalNode::alive).count() > 1
        ? "; its agents go on at the others"
        : ", and the only one left is no majority: it answers and decides nothing more;"
            + " end the demo with Ctrl-C and start it again";
  }

  private void requireMajority(LocalNode gone) {
    boolean some = cluster.nodes().stream().anyMatch(LocalNode::alive);
    if (some && cluster.nodes().size() == 2) {
      throw new CliException(
          ExitCodes.UNAVAILABLE,
          "node %s is gone (%s), and one of two is no majority: nothing can be decided"
              .formatted(gone.name(), gone.end()),
          "of three nodes any one may be lost: --nodes 3");
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

  /** The names of the nodes that run and that another one calls active. */
  private List<String> active() {
    List<LocalNode> running = cluster.nodes().stream().filter(LocalNode::alive).toList();
    List<String> best = new ArrayList<>();
    for (LocalNode asked : running) {
      try {
        List<String> seen = LocalCluster.active(LocalCluster.api(asked, Duration.ofSeconds(2)));
        List<String> active =
            running.stream().map(LocalNode::name).filter(seen::contains).toList();
        if (active.size() > best.size()) {
          best = active;
        }
      } catch (CliException | MabeamException silent) {
        // Then another one tells.
      }
    }
    return best;
  }
}
