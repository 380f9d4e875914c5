package dev.mabeam.cli;

import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * What the demo does to itself while a pass is under way: it moves agents at random, a few a second,
 * kills one node that has some in the middle, and starts it again when its agents have gone on elsewhere. It is
 * enough when that node is back and {@link #MOVES} agents have moved.
 */
final class Chaos implements Disturbance, AutoCloseable {
  static final int MOVES = 10;
  private static final int MOVERS = 2;
  private static final long MOVE_MILLIS = 500;
  /** Of the files, before the kill; or it is time for it. */
  private static final int MIDDLE_PERCENT = 35;
  private static final Duration MIDDLE = Duration.ofSeconds(4);
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration RECOVERY = Duration.ofSeconds(30);
  private static final Duration RETURN = Duration.ofSeconds(60);
  private static final long POLL_MILLIS = 100;

  private final LocalCluster cluster;
  private final Progress progress;
  private final AtomicInteger moves = new AtomicInteger();
  private final CountDownLatch middle = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private volatile String killed = "";
  private volatile boolean back;
  private volatile CliException failure;

  private Chaos(LocalCluster cluster, Progress progress) {
    this.cluster = cluster;
    this.progress = progress;
  }

  static Chaos unleash(LocalCluster cluster, Progress progress) {
    Chaos chaos = new Chaos(cluster, progress);
    for (int i = 0; i < MOVERS; i++) {
      int index = i;
      chaos.start("move-" + i, () -> chaos.moveAbout(new Way(cluster, index, CALL)));
    }
    chaos.start("kill", chaos::killOne);
    return chaos;
  }

  private interface Deeds {
    void run() throws InterruptedException;
  }

  private void start(String name, Deeds deeds) {
    Thread thread =
        new Thread(
            () -> {
              try {
                deeds.run();
              } catch (InterruptedException over) {
                // The pass has ended.
              } catch (CliException | MabeamException failed) {
                fail(failed);
              }
            },
            "chaos-" + name);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  private void fail(RuntimeException failed) {
    failure =
        failed instanceof CliException ours
            ? ours
            : new CliException(ExitCodes.FAILED, failed.getMessage(), "");
  }

  private void moveAbout(Way way) throws InterruptedException {
    Random random = new Random();
    while (true) {
      Thread.sleep(MOVE_MILLIS);
      try {
        move(way.api(), random);
      } catch (CliException | MabeamException refused) {
        // It is on its way already, or is being recovered, or that node has just been killed.
        way.next();
      }
    }
  }

  private void move(Api api, Random random) {
    Map<String, JsonObject> agents = Crew.agents(api);
    if (agents.isEmpty()) {
      return;
    }
    String agent = one(agents.keySet(), random);
    List<String> others = new ArrayList<>(LocalCluster.active(api));
    others.remove(Crew.at(agents.get(agent)));
    if (!others.isEmpty()) {
      Crew.move(api, agent, one(others, random));
      moves.incrementAndGet();
    }
  }

  private static String one(Collection<String> of, Random random) {
    return List.copyOf(of).get(random.nextInt(of.size()));
  }

  private void killOne() throws InterruptedException {
    middle.await(MIDDLE.toMillis(), TimeUnit.MILLISECONDS);
    Way way = new Way(cluster, 0, CALL);
    Collection<JsonObject> crew = Crew.agents(way.api()).values();
    List<String> busy = crew.stream().map(Crew::at).filter(at -> !at.isEmpty()).toList();
    String name = one(busy, new Random());
    long agents = busy.stream().filter(name::equals).count();
    LocalNode victim =
        cluster.nodes().stream().filter(node -> node.name().equals(name)).findFirst().orElseThrow();
    long start = System.nanoTime();
    victim.killed();
    killed = name;
    progress.line("killed %s (kill -9), which had %s"
            .formatted(name, StatusCommand.count((int) agents, "agent")));

    awaitRecovery(way, name);
    progress.line(
        "all agents are at work without %s, %.1f s later; starting it again"
            .formatted(name, seconds(start)));
    start = System.nanoTime();
    cluster.restart(victim);
    cluster.awaitOneView(RETURN);
    cluster.awaitVoters(RETURN);
    progress.line("%s is back after %.1f s".formatted(name, seconds(start)));
    back = true;
  }

  /** Waits until every agent is at work at another node than the victim. */
  private void awaitRecovery(Way way, String victim) throws InterruptedException {
    long deadline = System.nanoTime() + RECOVERY.toNanos();
    while (true) {
      String missing;
      try {
        missing =
            Crew.agents(way.api()).entrySet().stream()
                .filter(agent -> !isElsewhere(agent.getValue(), victim))
                .map(Map.Entry::getKey)
                .collect(Collectors.joining(", "));
        if (missing.isEmpty()) {
          return;
        }
      } catch (CliException | MabeamException silent) {
        missing = silent.getMessage();
        way.next();
      }
      if (System.nanoTime() > deadline) {
        cluster.keepLogs();
        throw new CliException(
            ExitCodes.FAILED,
            "%s was killed, and %d s later its agents were not at work elsewhere: %s"
                .formatted(victim, RECOVERY.toSeconds(), missing),
            "the nodes' logs are in " + cluster.logs());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private static boolean isElsewhere(JsonObject agent, String victim) {
    String at = Crew.at(agent);
    return Crew.isActive(agent) && !at.isEmpty() && !at.equals(victim);
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  @Override
  public void at(int done, int all) {
    if (done * 100L >= all * (long) MIDDLE_PERCENT) {
      middle.countDown();
    }
  }

  @Override
  public boolean isEnough() {
    CliException failed = failure;
    if (failed != null && !cluster.closing()) {
      throw failed;
    }
    return back && moves.get() >= MOVES;
  }

  @Override
  public String note() {
    return ", " + StatusCommand.count(moves.get(), "move");
  }

  /** What was done, in words. */
  String summary() {
    return StatusCommand.count(moves.get(), "move") + " and a kill -9 of " + killed;
  }

  /** Leaves nodes and agents alone from now on. */
  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
