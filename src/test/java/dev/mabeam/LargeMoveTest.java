package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.event.LoggedEvent;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.migration.Move;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state of 100 MB moves between processes, and nobody is held up by it. */
@Tag("long")
class LargeMoveTest {
  private static final int BYTES = 100_000_000;
  private static final long SEED = 42;
  private static final String LARGE = "large";
  private static final int MOVES = 3;
  /** From here on a node is suspected. */
  private static final double SUSPICION = 8;
  private static final Duration ASK = Duration.ofSeconds(60);

  @TempDir Path directory;
  private Workers workers;
  private RecordedLoad load;
  private Watch watch;

  @AfterEach
  void close() throws InterruptedException {
    if (watch != null) {
      watch.stop();
    }
    if (load != null) {
      load.stop();
    }
    if (workers != null) {
      workers.close();
    }
  }

  /** Asks every node all the time what it thinks of the others, and keeps the worst. */
  private final class Watch {
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread thread = new Thread(this::run, "watch");
    private volatile double worst;
    private volatile int looks;

    Watch() {
      thread.start();
    }

    private void run() {
      while (!over.get()) {
        workers.asker().nodes().nodes().stream().map(NodeInfo::phi).forEach(this::seen);
        for (String name : workers.names()) {
          workers.get(name, "/api/v1/nodes").ifPresent(this::told);
        }
        looks++;
        LockSupport.parkNanos(100_000_000);
      }
    }

    private void told(String nodes) {
      new JsonArray(nodes)
          .forEach(node -> seen(((JsonObject) node).getDouble("phi")));
    }

    private synchronized void seen(double phi) {
      worst = Math.max(worst, phi);
    }

    void stop() throws InterruptedException {
      over.set(true);
      thread.join();
    }
  }

  private JsonObject ask(JsonObject body) {
    return (JsonObject)
        workers.await("an answer to " + body, workers.asker().agents().ask(LARGE, body, ASK));
  }

  private boolean settled() {
    AgentInfo agent = workers.asker().agents().get(LARGE).orElseThrow();
    return agent.set().stores().size() == 3 && agent.set().previous().isEmpty();
  }

  private List<LoggedEvent> suspicions() {
    return workers.asker().events(1_000).stream()
        .filter(event -> List.of("node.suspected", "node.failed").contains(event.type()))
        .toList();
  }

  @Test
  void shouldMoveAHundredMegabytesWithoutHoldingUpAnybody() throws Exception {
    workers = new Workers(3, directory, 1_200);
    List<String> small = IntStream.range(0, 30).mapToObj(i -> "c" + i).toList();
    List<Future<?>> deploys = new ArrayList<>();
    for (String id : small) {
      AgentSpec spec = RecordedLoad.spec(id, directory, 0);
      deploys.add(
          workers
              .asker()
              .agents()
              .deploy(spec.withRequirements(Workers.requirements(List.of()))));
    }
    deploys.add(
        workers
            .asker()
            .agents()
            .deploy(
                AgentSpec.of(LARGE, LargeAgent.class.getName())
                    .withRequirements(Workers.requirements(List.of()))));
    workers.await("the deployments", Future.all(deploys));
    JsonObject filled = ask(new JsonObject().put("fill", BYTES).put("seed", SEED));
    assertEquals(BYTES, filled.getInteger("bytes"));
    workers.await("three stores to have it", this::settled);

    load = new RecordedLoad(workers.asker(), directory, small, 300);
    workers.await("some answers", () -> load.answered() > 600);
    // A machine that starts five nodes at once may have been too slow for that.
    List<LoggedEvent> before = suspicions();
    watch = new Watch();
    for (int i = 0; i < MOVES; i++) {
      String from = workers.owner(LARGE);
      String to = workers.names().get((workers.names().indexOf(from) + 1) % 3);
      int answered = load.answered();
      Future<Move> moving = workers.asker().migrations().migrate(LARGE, to);
      Future<Object> asked = workers.asker().agents().ask(LARGE, new JsonObject(), ASK);
      Move move = workers.await("move " + i, moving);
      int others = load.answered() - answered;
      JsonObject answer = (JsonObject) workers.await("what was asked", asked);
      assertEquals(BYTES, answer.getInteger("bytes"));
      System.out.printf(
          "%s to %s: %d bytes in %.0f ms (%s), %d answers of others meanwhile, phi up to %.2f%n",
          from, to, move.bytes(), move.ms(), move.phases(), others, watch.worst);
      assertTrue(move.bytes() >= BYTES, move.toString());
      assertTrue(others > move.ms() / 1000 * 100, others + " answers of others in " + move.ms());
      JsonObject there = ask(new JsonObject().put("sum", true));
      assertEquals(to, Workers.nameOf(there.getString("node")));
      assertEquals(LargeAgent.checksum(BYTES, SEED), there.getLong("sum"));
      workers.await("three stores to have it", this::settled);
    }
    watch.stop();
    load.stop();
    workers.await("every message to end", load::hasEnded);
    load.check();
    System.out.printf("%d looks, phi up to %.2f%n", watch.looks, watch.worst);
    assertTrue(watch.looks > 10, "nobody looked");
    List<LoggedEvent> during = new ArrayList<>(suspicions());
    during.removeAll(before);
    assertEquals(List.of(), during);
    assertTrue(watch.worst < SUSPICION, "a heartbeat was held up: phi " + watch.worst);
  }
}
