package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.agent.AgentSpec;
import dev.mabeam.testing.check.AgentHistory;
import dev.mabeam.testing.check.AgentHistory.Activation;
import dev.mabeam.testing.check.AgentHistory.Message;
import dev.mabeam.testing.check.AgentHistoryChecker;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Numbered messages to {@link RecordingAgent}s in turn, from one node, all the time, without
 * waiting for those before as long as a mailbox has room; with what the agents wrote down they make a history that is checked. All
 * times are of the machine's monotonic clock, which its processes share.
 */
final class RecordedLoad {
  private static final Duration DEADLINE = Duration.ofSeconds(90);
  private static final int OUTSTANDING_EACH = 300;
  private static final Buffer QUESTION = Buffer.buffer(8).appendLong(0);
  private static final String SENDER = "sender";

  private record Recorded(long nanos, Consumer<AgentHistory> event) {}

  private final Mabeam node;
  private final Path files;
  private final List<String> agents;
  private final Thread thread;
  private final Queue<Recorded> recorded = new ConcurrentLinkedQueue<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger answered = new AtomicInteger();
  private volatile int sent;

  RecordedLoad(Mabeam node, Path files, List<String> agents, int perSecond) {
    this.node = node;
    this.files = files;
    this.agents = List.copyOf(agents);
    thread = new Thread(() -> run(1_000_000_000L / perSecond), "load");
    thread.start();
  }

  /** What {@code files} and an agent that thinks for so long have to have in common with this. */
  static AgentSpec spec(String id, Path files, int thinksMillis) {
    JsonObject config =
        new JsonObject().put("files", files.toString()).put("thinks", thinksMillis);
    return AgentSpec.of(id, RecordingAgent.class.getName()).withConfig(config);
  }

  private void run(long everyNanos) {
    long next = System.nanoTime();
    for (int i = 0; !over.get(); i++) {
      while (sent - answered.get() - failures.size() > OUTSTANDING_EACH * agents.size()) {
        LockSupport.parkNanos(5_000_000);
      }
      Message message =
          new Message(agents.get(i % agents.size()), SENDER, i / agents.size() + 1L);
      record(history -> history.sent(message));
      sent++;
      ask(message.agent(), Buffer.buffer(8).appendLong(message.sequence()))
          .onComplete(answer -> acknowledged(message, answer), this::failed);
      next = Math.max(next + everyNanos, System.nanoTime() - 10 * everyNanos);
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private Future<Buffer> ask(String agent, Buffer body) {
    return node.agents().ask(agent, body, DEADLINE).map(Buffer.class::cast);
  }

  private void record(Consumer<AgentHistory> event) {
    recorded.add(new Recorded(System.nanoTime(), event));
  }

  private void acknowledged(Message message, Buffer answer) {
    long epoch = answer.getLong(0);
    long count = answer.getLong(8);
    record(history -> history.acknowledged(message, epoch, count));
    answered.incrementAndGet();
  }

  private void failed(Throwable failure) {
    failures.add(failure.toString());
  }

  int answered() {
    return answered.get();
  }

  boolean hasEnded() {
    return over.get() && !thread.isAlive() && answered.get() + failures.size() == sent;
  }

  /** Completes when that agent answers a question that is asked now. */
  Future<Buffer> question(String agent) {
    return ask(agent, QUESTION);
  }

  void stop() {
    over.set(true);
  }

  /**
   * After {@link #hasEnded}: every message was answered, every agent answers still and has exactly
   * what was sent to it, and nothing in the history is lost, doubled, out of order or stale.
   */
  void check() throws Exception {
    assertEquals(List.of(), List.copyOf(failures));
    AgentHistory history = history();
    AgentHistoryChecker.require(history);
    for (int i = 0; i < agents.size(); i++) {
      Buffer last =
          question(agents.get(i)).toCompletionStage().toCompletableFuture()
              .get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
      int mine = sent / agents.size() + (i < sent % agents.size() ? 1 : 0);
      assertEquals(mine, last.getLong(8), agents.get(i) + " lost or counted twice");
    }
  }

  private AgentHistory history() throws IOException {
    List<Recorded> all = new ArrayList<>(recorded);
    try (Stream<Path> paths = Files.list(files)) {
      for (Path path : paths.filter(each -> each.toString().contains("@")).toList()) {
        read(path, all);
      }
    }
    all.sort(Comparator.comparingLong(Recorded::nanos));
    AgentHistory history = new AgentHistory();
    all.forEach(each -> each.event().accept(history));
    return history;
  }

  private static void read(Path path, List<Recorded> to) throws IOException {
    String[] name = path.getFileName().toString().split("@");
    Activation activation = new Activation(name[0], Long.parseLong(name[1]), name[2]);
    for (String line : Files.readAllLines(path)) {
      String[] words = line.split(" ");
      long nanos = Long.parseLong(words[1]);
      if (words[0].equals("B")) {
        long epoch = Long.parseLong(words[2]);
        int count = Integer.parseInt(words[3]);
        to.add(new Recorded(nanos, history -> history.began(activation, epoch, count)));
      } else {
        Message message = new Message(name[0], SENDER, Long.parseLong(words[2]));
        to.add(new Recorded(nanos, history -> history.applied(message, activation)));
      }
    }
  }
}
