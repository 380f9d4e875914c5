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
 * One pass over all files: one thread a reader, each with one file under way. Where the agents are
 * does not matter to it, nor whether their nodes are lost: they are asked through any node, and
 * again if there is no answer, and know what they have done already.
 *
 * <p>A pass is exact or it fails: whatever it cannot be sure of makes it throw {@link Broken}, and
 * the caller runs another one, under a new number. A sum that is wrong ends everything.
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
  private final LocalCluster cluster;
  private final List<String> names;
  private final List<InputFiles.TextFile> files;
  private final Progress progress;
  private final String label;
  private final Pace pace;
  private final Disturbance disturbance;
  private final JsonArray counters = new JsonArray();
  private final Map<String, Deque<InputFiles.TextFile>> first = new TreeMap<>();
  private final Deque<InputFiles.TextFile> rest = new ArrayDeque<>();
  private final Map<String, WordCount.Share> shares = new TreeMap<>();
  private final AtomicLong lastStep = new AtomicLong(System.nanoTime());
  private long words;
  private int done;
  private int taken;
  private volatile String trouble = "";

  /** The pass cannot be finished; the message says why. */
  static final class Broken extends Exception {
    private static final long serialVersionUID = 1L;

    Broken(String message) {
      super(message);
    }
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
      LocalCluster cluster,
      List<InputFiles.TextFile> files,
      Progress progress,
      String label,
      Pace pace,
      Disturbance disturbance) {
    this.number = number;
    this.cluster = cluster;
    this.names = cluster.nodes().stream().map(LocalNode::name).toList();
    this.files = files;
    this.progress = progress;
    this.label = label;
    this.pace = pace;
    this.disturbance = disturbance;
    rest.addAll(files);
    // The largest files go one to each reader before anything else, so that every node has work.
    for (String name : names) {
      counters.add(Crew.counter(name));
      first.put(name, new ArrayDeque<>());
      if (!rest.isEmpty()) {
        first.get(name).add(rest.poll());
      }
    }
  }

  WordCount run() throws InterruptedException, Broken {
    progress.reset();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      int index = i;
      Thread thread = new Thread(() -> feed(index), "feed-" + names.get(i));
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    try {
      while (threads.stream().anyMatch(Thread::isAlive)) {
        check();
        Thread.sleep(WATCH_MILLIS);
      }
      while (!disturbance.isEnough()) {
        stillWaiting();
        check();
        Thread.sleep(WATCH_MILLIS);
      }
      check();
      return new WordCount(shares, collect());
    } finally {
      threads.forEach(Thread::interrupt);
    }
  }

  private void check() throws Broken {
    if (cluster.nodes().stream().noneMatch(LocalNode::alive)) {
      throw new Broken("no node is left");
    }
    if (!trouble.isEmpty()) {
      throw new Broken(trouble);
    }
    requireMovement("nothing has moved");
    disturbance.isEnough();
  }

  private void requireMovement(String what) throws Broken {
    if (System.nanoTime() - lastStep.get() > STALLED.toNanos()) {
      throw new Broken(what + " for " + STALLED.toSeconds() + " s");
    }
  }

  private void feed(int index) {
    String name = names.get(index);
    Way way = new Way(cluster, index, CALL.plusSeconds(1));
    try {
      for (InputFiles.TextFile file = take(name); file != null; file = take(name)) {
        pace.await();
        read(name, way, file);
      }
    } catch (Broken broken) {
      trouble = broken.getMessage();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    } catch (CliException interrupted) {
      trouble = interrupted.getMessage();
    }
  }

  /** Returns when the counters have all of the file's words. */
  private void read(String name, Way way, InputFiles.TextFile file)
      throws InterruptedException, Broken {
    JsonObject request =
        new JsonObject()
            .put("pass", number)
            .put("file", file.path().toUri().toString())
            .put("counters", counters);
    long before = 0;
    while (true) {
      JsonObject answer = ask(way, Crew.reader(name), request);
      long now = answer.getLong("words");
      if (answer.getBoolean("done")) {
        finished(Crew.name(answer.getString("node")), now);
        return;
      }
      if (now > before) {
        before = now;
        lastStep.set(System.nanoTime());
      } else {
        requireMovement(answer.getString("trouble", Crew.reader(name) + " reads " + file.path()));
      }
      requireTrust();
    }
  }

  /** The last file waits until enough has been done to the nodes and agents. */
  private InputFiles.TextFile take(String name) throws InterruptedException {
    InputFiles.TextFile file;
    boolean last;
    synchronized (this) {
      InputFiles.TextFile own = first.get(name).poll();
      file = own == null ? rest.poll() : own;
      taken += file == null ? 0 : 1;
      last = file != null && taken == files.size() && taken > 1;
    }
    while (last && !disturbance.isEnough()) {
      stillWaiting();
      requireTrust();
      Thread.sleep(WATCH_MILLIS);
    }
    return file;
  }

  private synchronized void stillWaiting() {
    lastStep.set(System.nanoTime());
    show();
  }

  private synchronized void finished(String node, long more) {
    shares.compute(
        node, (name, share) -> (share == null ? new WordCount.Share(0, 0) : share).plus(more));
    words += more;
    done++;
    lastStep.set(System.nanoTime());
    show();
    disturbance.at(done, files.size());
  }

  private void show() {
    String text = "%d/%d files, %d words".formatted(done, files.size(), words);
    progress.at(label, done, files.size(), text + disturbance.note());
  }

  /** Asks until there is an answer: what is lost on the way is asked for again. */
  private JsonObject ask(Way way, String agent, JsonObject request)
      throws InterruptedException, Broken {
    String path = Crew.path(agent) + "/ask?timeoutMs=" + CALL.toMillis();
    while (true) {
      String reason;
      try {
        return way.api().post(path, request);
      } catch (MabeamException failure) {
        switch (failure.code()) {
          case TIMEOUT, UNAVAILABLE, READ_ONLY, INSUFFICIENT_CONSENSUS, OVERLOADED
              -> reason = failure.getMessage();
          default -> throw new Broken(agent + ": " + failure.getMessage());
        }
      } catch (CliException unreachable) {
        reason = unreachable.getMessage();
      }
      way.next();
      requireTrust();
      requireMovement(agent + ": " + reason + "; nothing has moved");
      Thread.sleep(AGAIN_MILLIS);
    }
  }

  /** While a thread waits, another one may have found that it is in vain. */
  private void requireTrust() throws InterruptedException {
    if (Thread.interrupted() || !trouble.isEmpty()) {
      throw new InterruptedException();
    }
  }

  private TreeMap<String, Long> collect() throws InterruptedException, Broken {
    lastStep.set(System.nanoTime());
    Way way = new Way(cluster, 0, CALL.plusSeconds(1));
    for (String name : names) {
      ask(way, Crew.counter(name), request("total"));
    }
    requireTotal(way);
    TreeMap<String, Long> counts = new TreeMap<>();
    for (String name : names) {
      list(way, name, counts);
    }
    long counted = counts.values().stream().mapToLong(Long::longValue).sum();
    if (counted != words) {
      cluster.keepLogs();
      throw new CliException(
          ExitCodes.FAILED,
          "the count is wrong: " + words + " words were read and " + counted + " counted",
          "unless a file was changed meanwhile this is a defect; the nodes' logs are in "
              + cluster.logs());
    }
    return counts;
  }

  private void list(Way way, String name, TreeMap<String, Long> counts)
      throws InterruptedException, Broken {
    String after = "";
    while (after != null) {
      JsonObject some = ask(way, Crew.counter(name), request("list").put("after", after));
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
  private void requireTotal(Way way) throws InterruptedException, Broken {
    long since = System.nanoTime();
    String reason;
    while (true) {
      try {
        long total = Crew.total(way.api(), names, number);
        if (total == words) {
          progress.line(
              "%s: %d words by %s, as many as were read"
                  .formatted(
                      Crew.VARIABLE, total, StatusCommand.count(names.size(), "counter")));
          return;
        }
        reason = words + " words were read and " + Crew.VARIABLE + " says " + total;
      } catch (CliException | MabeamException failure) {
        reason = failure.getMessage();
        way.next();
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
