package dev.mabeam.cli;

import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One pass over all files: one thread a reader, each with one file under way at its node. A pass is
 * exact or it fails: whatever it cannot be sure of makes it throw {@link Broken}, and the caller
 * runs another one, under a new number, on the nodes that are left.
 */
final class Pass {
  /** What is asked is asked again after this; readers answer earlier, with what they have. */
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Duration STALLED = Duration.ofSeconds(45);
  private static final long WATCH_MILLIS = 50;
  private static final long AGAIN_MILLIS = 200;
  /** How long the last writes of a variable may take to every replica. */
  private static final Duration CONVERGENCE = Duration.ofSeconds(10);

  private final long number;
  private final List<LocalNode> nodes;
  private final Watch watch;
  private final List<InputFiles.TextFile> files;
  private final Progress progress;
  private final String label;
  private final Pace pace;
  private final JsonArray counters = new JsonArray();
  private final Map<String, Deque<InputFiles.TextFile>> first = new TreeMap<>();
  private final Deque<InputFiles.TextFile> rest = new ArrayDeque<>();
  private final Map<String, WordCount.Share> shares = new TreeMap<>();
  private final AtomicLong lastStep = new AtomicLong(System.nanoTime());
  private long words;
  private int done;
  private volatile String trouble = "";

  /** The pass cannot be finished; the message says why. */
  static final class Broken extends Exception {
    private static final long serialVersionUID = 1L;

    Broken(String message) {
      super(message);
    }
  }

  /** Looks for what a pass may wait for in vain. */
  interface Watch {
    /** The reason why a pass on {@code nodes} cannot go on; empty if there is none. */
    String absentee(List<LocalNode> nodes) throws InterruptedException, Broken;
  }

  /** The time between two files, so that one can watch; zero runs at full speed. */
  static final class Pace {
    private final long gapNanos;
    private long next = System.nanoTime();

    Pace(Duration pass, int files) {
      this.gapNanos = files == 0 ? 0 : pass.toNanos() / files;
    }

    void await() throws InterruptedException {
      long wait;
      synchronized (this) {
        long now = System.nanoTime();
        wait = Math.max(0, next - now);
        next = Math.max(next, now) + gapNanos;
      }
      if (wait > 0) {
        Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
      }
    }
  }

  Pass(
      long number,
      List<LocalNode> nodes,
      Watch watch,
      List<InputFiles.TextFile> files,
      Progress progress,
      String label,
      Pace pace) {
    this.number = number;
    this.nodes = nodes;
    this.watch = watch;
    this.files = files;
    this.progress = progress;
    this.label = label;
    this.pace = pace;
    rest.addAll(files);
    // The largest files go one to each node before anything else, so that every node has work.
    for (LocalNode node : nodes) {
      counters.add(Crew.counter(node));
      shares.put(node.name(), new WordCount.Share(0, 0));
      first.put(node.name(), new ArrayDeque<>());
      if (!rest.isEmpty()) {
        first.get(node.name()).add(rest.poll());
      }
    }
  }

  WordCount run() throws InterruptedException, Broken {
    progress.reset();
    List<Thread> threads = new ArrayList<>();
    for (LocalNode node : nodes) {
      Thread thread = new Thread(() -> feed(node), "feed-" + node.name());
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    try {
      while (threads.stream().anyMatch(Thread::isAlive)) {
        check();
        Thread.sleep(WATCH_MILLIS);
      }
      check();
      return new WordCount(shares, collect());
    } finally {
      threads.forEach(Thread::interrupt);
    }
  }

  static void requireAlive(List<LocalNode> nodes) throws Broken {
    for (LocalNode node : nodes) {
      if (!node.alive()) {
        throw new Broken("node " + node.name() + " is gone (" + node.end() + ")");
      }
    }
  }

  private void check() throws Broken {
    requireAlive(nodes);
    if (!trouble.isEmpty()) {
      throw new Broken(trouble);
    }
    if (System.nanoTime() - lastStep.get() > STALLED.toNanos()) {
      throw new Broken("nothing has moved for " + STALLED.toSeconds() + " s");
    }
  }

  private void feed(LocalNode node) {
    Api api = LocalCluster.api(node, CALL.plusSeconds(1));
    try {
      for (InputFiles.TextFile file = take(node); file != null; file = take(node)) {
        pace.await();
        finished(node, read(node, api, file));
      }
    } catch (Broken broken) {
      trouble = broken.getMessage();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    } catch (CliException interrupted) {
      trouble = interrupted.getMessage();
    }
  }

  /** The file's words, when the counters have all of them. */
  private long read(LocalNode node, Api api, InputFiles.TextFile file)
      throws InterruptedException, Broken {
    JsonObject request =
        new JsonObject()
            .put("pass", number)
            .put("file", file.path().toUri().toString())
            .put("counters", counters);
    long before = 0;
    while (true) {
      JsonObject answer = ask(node, api, Crew.reader(node), request);
      long now = answer.getLong("words");
      if (answer.getBoolean("done")) {
        return now;
      }
      if (now > before) {
        before = now;
        lastStep.set(System.nanoTime());
      } else {
        requireHope(node, answer.getString("trouble", "reads " + file.path()));
      }
      requireTrust();
    }
  }

  private synchronized InputFiles.TextFile take(LocalNode node) {
    InputFiles.TextFile own = first.get(node.name()).poll();
    return own == null ? rest.poll() : own;
  }

  private synchronized void finished(LocalNode node, long more) {
    shares.compute(node.name(), (name, share) -> share.plus(more));
    words += more;
    done++;
    lastStep.set(System.nanoTime());
    String text = "%d/%d files, %d words".formatted(done, files.size(), words);
    progress.at(label, done, files.size(), text);
  }

  /** Asks until there is an answer: what is lost on the way is asked for again. */
  private JsonObject ask(LocalNode node, Api api, String agent, JsonObject request)
      throws InterruptedException, Broken {
    String path = Crew.path(agent) + "/ask?timeoutMs=" + CALL.toMillis();
    while (true) {
      String reason;
      try {
        return api.post(path, request);
      } catch (MabeamException failure) {
        switch (failure.code()) {
          case TIMEOUT, AGENT_NOT_FOUND, UNAVAILABLE, READ_ONLY, INSUFFICIENT_CONSENSUS, OVERLOADED
              -> reason = failure.getMessage();
          default -> throw new Broken(agent + ": " + failure.getMessage());
        }
      } catch (CliException unreachable) {
        reason = unreachable.getMessage();
      }
      requireTrust();
      requireHope(node, reason);
      Thread.sleep(AGAIN_MILLIS);
    }
  }

  /** While a thread waits, another one may have found that it is in vain. */
  private void requireTrust() throws InterruptedException {
    if (Thread.interrupted() || !trouble.isEmpty()) {
      throw new InterruptedException();
    }
  }

  /** When nothing moves: whether everything that the pass needs is still there to wait for. */
  private void requireHope(LocalNode asked, String reason) throws InterruptedException, Broken {
    long still = System.nanoTime() - lastStep.get();
    if (still > STALLED.toNanos()) {
      throw new Broken(asked.name() + ": " + reason);
    }
    if (still > CALL.toNanos()) {
      String absentee = watch.absentee(nodes);
      if (!absentee.isEmpty()) {
        throw new Broken(absentee);
      }
    }
  }

  private TreeMap<String, Long> collect() throws InterruptedException, Broken {
    lastStep.set(System.nanoTime());
    for (LocalNode node : nodes) {
      Api api = LocalCluster.api(node, CALL.plusSeconds(1));
      ask(node, api, Crew.counter(node), request("total"));
    }
    requireTotal();
    TreeMap<String, Long> counts = new TreeMap<>();
    for (LocalNode node : nodes) {
      list(node, counts);
    }
    long counted = counts.values().stream().mapToLong(Long::longValue).sum();
    if (counted != words) {
      throw new Broken(words + " words were read and " + counted + " counted");
    }
    return counts;
  }

  private void list(LocalNode node, TreeMap<String, Long> counts)
      throws InterruptedException, Broken {
    Api api = LocalCluster.api(node, CALL.plusSeconds(1));
    String after = "";
    while (after != null) {
      JsonObject some = ask(node, api, Crew.counter(node), request("list").put("after", after));
      some.getJsonObject("counts")
          .forEach(count -> counts.merge(count.getKey(), number(count.getValue()), Long::sum));
      after = some.getString("last");
      lastStep.set(System.nanoTime());
      check();
    }
  }

  private JsonObject request(String what) {
    return new JsonObject().put("do", what).put("pass", number);
  }

  /**
   * The variable has to say what was read. The counters have written it, but the replica that
   * answers may hear of it a little later.
   */
  private void requireTotal() throws InterruptedException, Broken {
    Api api = LocalCluster.api(nodes.get(0), CALL);
    long since = System.nanoTime();
    String reason;
    while (true) {
      try {
        long total = Crew.total(api, nodes, number);
        if (total == words) {
          progress.line(
              "%s: %d words by %s, as many as were read"
                  .formatted(
                      Crew.VARIABLE, total, StatusCommand.count(nodes.size(), "counter")));
          return;
        }
        reason = words + " words were read and " + Crew.VARIABLE + " says " + total;
      } catch (CliException | MabeamException failure) {
        reason = failure.getMessage();
      }
      check();
      if (System.nanoTime() - since > CONVERGENCE.toNanos()) {
        throw new Broken(reason);
      }
      Thread.sleep(AGAIN_MILLIS);
    }
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }
}
