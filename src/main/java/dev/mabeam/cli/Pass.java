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
import java.util.function.Supplier;

/**
 * One pass over all files: one thread a reader, each with one file under way at its node. A pass is
 * exact or it fails: whatever it cannot be sure of makes it throw {@link Broken}, and the caller
 * runs another one, under a new number, on the nodes that are left.
 */
final class Pass {
  /** A request is asked again after this; the readers join what is under way. */
  private static final Duration CALL = Duration.ofSeconds(5);
  private static final Duration STALLED = Duration.ofSeconds(45);
  private static final long WATCH_MILLIS = 50;
  private static final long AGAIN_MILLIS = 200;

  private final long number;
  private final List<LocalNode> nodes;
  private final Supplier<List<LocalNode>> active;
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

  /**
   * @param active the nodes that the cluster calls active now
   */
  Pass(
      long number,
      List<LocalNode> nodes,
      Supplier<List<LocalNode>> active,
      List<InputFiles.TextFile> files,
      Progress progress,
      String label,
      Pace pace) {
    this.number = number;
    this.nodes = nodes;
    this.active = active;
    this.files = files;
    this.progress = progress;
    this.label = label;
    this.pace = pace;
    rest.addAll(files);
    // The largest files go one to each node before anything else, so that every node has work.
    for (LocalNode node : nodes) {
      counters.add(counter(node));
      shares.put(node.name(), new WordCount.Share(0, 0));
      first.put(node.name(), new ArrayDeque<>());
      if (!rest.isEmpty()) {
        first.get(node.name()).add(rest.poll());
      }
    }
  }

  static String reader(LocalNode node) {
    return "words.reader." + node.name();
  }

  static String counter(LocalNode node) {
    return "words.counter." + node.name();
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

  private void check() throws Broken {
    for (LocalNode node : nodes) {
      if (!node.alive()) {
        throw new Broken("node " + node.name() + " is gone (" + node.end() + ")");
      }
    }
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
        JsonObject answer =
            ask(
                node,
                api,
                reader(node),
                new JsonObject()
                    .put("pass", number)
                    .put("file", file.path().toUri().toString())
                    .put("counters", counters));
        finished(node, answer.getLong("words"));
      }
    } catch (Broken broken) {
      trouble = broken.getMessage();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    } catch (CliException interrupted) {
      trouble = interrupted.getMessage();
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
  private JsonObject ask(LocalNode node, Api api, String address, JsonObject body)
      throws InterruptedException, Broken {
    JsonObject request =
        new JsonObject()
            .put("address", address)
            .put("body", body)
            .put("timeoutMs", CALL.toMillis());
    while (true) {
      String reason;
      try {
        return api.post("/api/v1/bus/request", request).getJsonObject("body");
      } catch (MabeamException failure) {
        switch (failure.code()) {
          case TIMEOUT, NOT_FOUND, UNAVAILABLE, READ_ONLY -> reason = failure.getMessage();
          default -> throw new Broken(node.name() + ": " + failure.getMessage());
        }
      } catch (CliException unreachable) {
        reason = unreachable.getMessage();
      }
      if (Thread.interrupted() || !trouble.isEmpty()) {
        throw new InterruptedException();
      }
      requireHope(node, reason);
      Thread.sleep(AGAIN_MILLIS);
    }
  }

  /** After a failure: whether all nodes of the pass are still there to wait for. */
  private void requireHope(LocalNode asked, String reason) throws Broken {
    long still = System.nanoTime() - lastStep.get();
    if (still > STALLED.toNanos()) {
      throw new Broken(asked.name() + ": " + reason);
    }
    if (still > CALL.toNanos()) {
      List<LocalNode> now = active.get();
      for (LocalNode node : nodes) {
        if (!now.contains(node)) {
          throw new Broken("node " + node.name() + " does not answer");
        }
      }
    }
  }

  private TreeMap<String, Long> collect() throws InterruptedException, Broken {
    TreeMap<String, Long> counts = new TreeMap<>();
    lastStep.set(System.nanoTime());
    for (LocalNode node : nodes) {
      Api api = LocalCluster.api(node, CALL.plusSeconds(1));
      String after = "";
      while (after != null) {
        JsonObject request = new JsonObject().put("pass", number).put("after", after);
        JsonObject report = ask(node, api, counter(node) + ".report", request);
        report
            .getJsonObject("counts")
            .forEach(count -> counts.merge(count.getKey(), number(count.getValue()), Long::sum));
        after = report.getString("last");
        check();
      }
    }
    long counted = counts.values().stream().mapToLong(Long::longValue).sum();
    if (counted != words) {
      throw new Broken(words + " words were read and " + counted + " counted");
    }
    return counts;
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }
}
