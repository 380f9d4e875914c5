package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.migration.Move;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The node that owns agents under load is stopped, in the middle of their messages, or killed. What
 * was acknowledged is in what goes on elsewhere, exactly; and what a node that comes back does for
 * agents that are others' by now is refused, and counted.
 */
@Tag("long")
class StoppedOwnerTest {
  private static final Duration STOPPED = Duration.ofSeconds(15);
  private static final String OWNER = "w1";

  @TempDir Path directory;
  private Workers workers;
  private RecordedLoad load;

  @AfterEach
  void close() throws Exception {
    if (load != null) {
      load.stop();
    }
    if (workers != null) {
      workers.signal("CONT", OWNER);
      workers.close();
    }
  }

  private List<String> deploy(int count, int thinksMillis) {
    List<String> ids = IntStream.range(0, count).mapToObj(i -> "c" + i).toList();
    List<Future<AgentInfo>> deploys = new ArrayList<>();
    for (String id : ids) {
      AgentSpec spec = RecordedLoad.spec(id, directory, thinksMillis);
      deploys.add(
          workers
              .asker()
              .agents()
              .deploy(spec.withRequirements(Workers.requirements(List.of(OWNER)))));
    }
    workers.await("the deployments", Future.all(deploys));
    List<Future<Move>> moves = new ArrayList<>();
    for (String id : ids) {
      // What is preferred is only preferred.
      if (!workers.owner(id).equals(OWNER)) {
        moves.add(workers.asker().migrations().migrate(id, OWNER));
      }
    }
    if (!moves.isEmpty()) {
      workers.await("the moves", Future.all(moves));
    }
    workers.await("every agent to have three stores", () -> threeStores(ids));
    return ids;
  }

  private boolean threeStores(List<String> ids) {
    return ids.stream()
        .map(id -> workers.asker().agents().get(id).orElseThrow().set())
        .allMatch(set -> set.stores().size() == 3 && set.previous().isEmpty());
  }

  private List<String> owned(List<String> ids) {
    return ids.stream().filter(id -> workers.owner(id).equals(OWNER)).toList();
  }

  private void end() throws Exception {
    load.stop();
    workers.await("every message to end", load::hasEnded);
    load.check();
  }

  @Test
  void shouldRefuseWhatAnOwnerDoesThatWasStoppedAndReplaced() throws Exception {
    workers = new Workers(3, directory);
    // Busy all the time: most of them are in the middle of a message when they are stopped.
    List<String> ids = deploy(20, 50);
    assertEquals(ids, owned(ids));
    String incarnation = workers.node(OWNER).orElseThrow().id();
    load = new RecordedLoad(workers.asker(), directory, ids, 400);
    workers.await("some answers", () -> load.answered() > 1_000);
    double refusedBefore = refusedWrites();
    assertEquals(0, refusedBefore, "nothing was to be refused yet");
    workers.signal("STOP", OWNER);
    long until = System.nanoTime() + STOPPED.toNanos();
    workers.await(
        "every agent to be elsewhere",
        () -> ids.stream().map(workers::owner).noneMatch(name -> List.of("", OWNER).contains(name)));
    int before = load.answered();
    workers.await("answers from elsewhere", () -> load.answered() > before + 1_000);
    while (System.nanoTime() - until < 0) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
    workers.signal("CONT", OWNER);
    workers.await("it to be back", () -> workers.isReady(OWNER));
    assertNotEquals(incarnation, workers.node(OWNER).orElseThrow().id());
    int back = load.answered();
    workers.await("answers after it came back", () -> load.answered() > back + 500);
    double writes = refusedWrites();
    double answers = workers.metric(OWNER, "mabeam_fenced_answers_total");
    System.out.println("refused: " + writes + " writes, " + answers + " answers");
    assertTrue(writes + answers > 0, "the node that was stopped attempted nothing");
    end();
  }

  private double refusedWrites() {
    double all = 0;
    for (String name : workers.names()) {
      all += workers.metric(name, "mabeam_checkpoint_refused_total");
    }
    return all;
  }

  @Test
  void shouldRecoverEveryAgentOfANodeThatIsKilledUnderLoad() throws Exception {
    workers = new Workers(3, directory);
    List<String> ids = deploy(200, 0);
    assertEquals(ids, owned(ids));
    load = new RecordedLoad(workers.asker(), directory, ids, 500);
    workers.await("some answers", () -> load.answered() > 1_000);
    workers.kill(OWNER);
    long killed = System.nanoTime();
    workers.await(
        "every agent to be elsewhere",
        () -> ids.stream().map(workers::owner).noneMatch(name -> List.of("", OWNER).contains(name)));
    List<Future<?>> questions = new ArrayList<>();
    ids.forEach(id -> questions.add(load.question(id)));
    workers.await("an answer of each", Future.all(questions));
    System.out.printf("200 agents answered after %d ms%n", (System.nanoTime() - killed) / 1_000_000);
    int before = load.answered();
    workers.await("more answers", () -> load.answered() > before + 1_000);
    end();
  }
}
