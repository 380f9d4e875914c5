package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.migration.Move;
import dev.mabeam.migration.Step;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An agent moves between processes while it is sent to all the time, and at a step of the move its
 * source, its target or the consensus leader gets SIGKILL. It goes on somewhere, and nothing is
 * lost, doubled or out of order.
 */
class KilledWhileMovingTest {
  private static final String AGENT = "c";

  /** Who is killed. */
  private enum Victim {
    SOURCE,
    TARGET,
    LEADER
  }

  @TempDir Path directory;
  private final Map<Victim, Integer> killed = new TreeMap<>();
  private Workers workers;
  private RecordedLoad load;

  @AfterEach
  void close() {
    if (load != null) {
      load.stop();
    }
    if (workers != null) {
      workers.close();
    }
  }

  private void start() throws Exception {
    workers = new Workers(3, directory);
    workers.await(
        "the deployment",
        workers
            .asker()
            .agents()
            .deploy(
                RecordedLoad.spec(AGENT, directory, 0)
                    .withRequirements(Workers.requirements(List.of()))));
    load = new RecordedLoad(workers.asker(), directory, List.of(AGENT), 200);
  }

  private void end() throws Exception {
    load.stop();
    workers.await("every message to end", load::hasEnded);
    load.check();
  }

  @Test
  void shouldGoOnExactlyWhenTheSourceIsKilledAsItHasItDecided() throws Exception {
    start();
    round(Step.FLIPPING, Victim.SOURCE, false);
    end();
    assertEquals(Map.of(Victim.SOURCE, 1), killed);
  }

  @Test
  @Tag("long")
  void shouldGoOnExactlyWhicheverOfTheTwoIsKilledAtWhicheverStep() throws Exception {
    start();
    for (Step step : Step.values()) {
      round(step, Victim.SOURCE, true);
      round(step, Victim.TARGET, true);
    }
    end();
    System.out.println("killed: " + killed + "; answered " + load.answered());
    int steps = Step.values().length;
    assertEquals(Map.of(Victim.SOURCE, steps, Victim.TARGET, steps), killed);
  }

  /**
   * In a cluster of its own: this JVM's node, which cannot be killed, is the fourth and does not
   * vote, but it would once a worker is gone, and could lead then.
   */
  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void shouldGoOnExactlyWhenTheLeaderIsKilledAt(Step step) throws Exception {
    start();
    Set<String> voters = Set.copyOf(workers.names());
    workers.await(
        "the workers to vote, and nobody else",
        () -> Set.copyOf(workers.voters()).equals(voters) && !workers.leader().isEmpty());
    String leader = workers.leader();
    if (workers.owner(AGENT).equals(leader)) {
      // Somebody else's death than that of the two that are killed above.
      workers.await("the agent to be settled", this::settled);
      workers.await(
          "its move away from the leader",
          workers.asker().migrations().migrate(AGENT, other(Set.of(leader))));
    }
    String victim = round(step, Victim.LEADER, false);
    end();
    assertEquals(Map.of(Victim.LEADER, 1), killed);
    workers.await("another leader", () -> !List.of("", victim).contains(workers.leader()));
  }

  private String other(Set<String> than) {
    return workers.names().stream().filter(name -> !than.contains(name)).findFirst().orElseThrow();
  }

  /** It runs, and three stores have it. */
  private boolean settled() {
    AgentInfo agent = workers.asker().agents().get(AGENT).orElseThrow();
    return !agent.node().isEmpty()
        && workers.isActive(workers.owner(AGENT))
        && agent.set().stores().size() == 3
        && agent.set().previous().isEmpty();
  }

  /** Who was killed. */
  private String round(Step step, Victim who, boolean comesBack) throws Exception {
    workers.await("the agent to be settled before " + step, this::settled);
    String source = workers.owner(AGENT);
    String target =
        other(who == Victim.LEADER ? Set.of(source, workers.leader()) : Set.of(source));
    String holder = step.atSource() ? source : target;
    Files.writeString(file(holder, "step"), step.name());
    Future<Move> move = workers.asker().migrations().migrate(AGENT, target);
    workers.await(
        step + " at " + holder,
        () -> {
          boolean reached = Files.exists(file(holder, "reached"));
          assertTrue(reached || !move.isComplete(), () -> step + " was not reached: " + move);
          return reached;
        });
    int before = load.answered();
    String victim = victim(who, source, target);
    killed.merge(who, 1, Integer::sum);
    workers.kill(victim);
    Files.createFile(file(holder, "go"));
    workers.await("the move to end", move::isComplete);
    workers.await("an answer after " + step, load.question(AGENT));
    workers.await("more messages to be answered", () -> load.answered() > before + 100);
    System.out.printf(
        "%s, %s (%s): %s%n",
        step, who, victim, move.succeeded() ? "moved" : move.cause().getMessage());
    if (comesBack) {
      workers.launch(victim);
      workers.await(victim + " to be back", () -> workers.isReady(victim));
    }
    for (String file : List.of("step", "reached", "go")) {
      Files.deleteIfExists(file(holder, file));
    }
    return victim;
  }

  private String victim(Victim who, String source, String target) {
    return switch (who) {
      case SOURCE -> source;
      case TARGET -> target;
      case LEADER -> workers.leader();
    };
  }

  private Path file(String worker, String what) {
    return directory.resolve(worker + "." + what);
  }
}
