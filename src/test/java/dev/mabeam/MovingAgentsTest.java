package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.LoggedEvent;
import dev.mabeam.migration.Drained;
import dev.mabeam.migration.Move;
import dev.mabeam.placement.Requirements;
import dev.mabeam.testing.TestCluster;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Agents that move and are recovered in a cluster of three real nodes, while they are asked. */
class MovingAgentsTest {
  private static final Duration ASK = TestCluster.PATIENCE;

  private TestCluster cluster;

  @BeforeEach
  void start() {
    cluster = TestCluster.start(3);
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  /** Adds ones from all nodes in turn until it is told to stop. */
  private final class Load implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger answered = new AtomicInteger();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private int sent;

    Load(List<String> ids, List<String> nodes) {
      List<String> agents = List.copyOf(ids);
      thread =
          new Thread(
              () -> {
                while (!over.get()) {
                  ask(agents.get(sent % agents.size()), nodes.get(sent % nodes.size()));
                  LockSupport.parkNanos(2_000_000);
                }
              },
              "load");
      thread.start();
    }

    private void ask(String agent, String node) {
      sent++;
      cluster
          .node(node)
          .agents()
          .ask(agent, new JsonObject().put("add", 1), ASK)
          .onComplete(
              answer -> answered.incrementAndGet(), failure -> failures.add(failure.toString()));
    }

    /** How many were sent, once all of them have ended. */
    int end() throws InterruptedException {
      over.set(true);
      thread.join();
      cluster.await("every ask to end", () -> answered.get() + failures.size() == sent);
      return sent;
    }

    @Override
    public void close() {
      over.set(true);
    }
  }

  private AgentInfo deploy(AgentSpec spec) {
    return cluster.await("deploy", cluster.node("n1").agents().deploy(spec));
  }

  private static AgentSpec on(String node, AgentSpec spec) {
    return spec.withRequirements(
        new Requirements(
            0, 0, List.of(), List.of(), List.of(node), List.of(), List.of()));
  }

  /** The agents of that node. */
  private List<AgentInfo> on(String node) {
    return cluster.node("n1").agents().list().stream()
        .filter(agent -> agent.node().startsWith(node + "#"))
        .toList();
  }

  private long count(String agent, String node) {
    JsonObject answer =
        (JsonObject)
            cluster.await(
                "count of " + agent,
                cluster.node(node).agents().ask(agent, new JsonObject().put("add", 0), ASK));
    return answer.getLong("count");
  }

  private String other(String nodeId) {
    return cluster.names().stream().filter(name -> !nodeId.startsWith(name + "#")).findFirst()
        .orElseThrow();
  }

  private static String name(String nodeId) {
    return nodeId.substring(0, nodeId.indexOf('#'));
  }

  private List<LoggedEvent> events(String node, String type) {
    return cluster.node(node).events(1_000).stream()
        .filter(event -> event.type().equals(type))
        .toList();
  }

  @Test
  void shouldCountExactlyWhileAnAgentMovesAround() throws InterruptedException {
    for (Durability durability : List.of(Durability.DURABLE, Durability.VOLATILE)) {
      String id = "c-" + durability;
      AgentInfo agent = deploy(AgentSpec.of(id, "counter").withDurability(durability));
      String at = agent.node();
      try (Load load = new Load(List.of(id), cluster.names())) {
        for (int i = 0; i < 12; i++) {
          String to = other(at);
          String by = cluster.names().get(i % 3);
          Move move =
              cluster.await("move " + i, cluster.node(by).migrations().migrate(id, to));
          assertEquals(to, name(move.to()));
          at = move.to();
        }
        int sent = load.end();
        assertEquals(List.of(), List.copyOf(load.failures));
        assertEquals(sent, load.answered.get());
        assertEquals(sent, count(id, "n2"), durability + ": lost or counted twice");
      }
      cluster.await(
          "the events", () -> events("n1", "agent.migrated").size() >= 12);
    }
  }

  @Test
  void shouldRefuseTheSecondOfTwoAndMovesThatLeadNowhere() {
    AgentInfo agent = deploy(AgentSpec.of("c", "counter"));
    String to = other(agent.node());
    assertEquals(
        ErrorCode.ALREADY_ON_TARGET_NODE,
        failure("n1", "c", name(agent.node())).code());
    assertEquals(ErrorCode.NOT_FOUND, failure("n1", "c", "n9").code());
    assertEquals(ErrorCode.AGENT_NOT_FOUND, failure("n1", "d", to).code());
    Future<Move> first = cluster.node("n1").migrations().migrate("c", to);
    Future<Move> second = cluster.node("n1").migrations().migrate("c", to);
    cluster.await("both to end", () -> first.isComplete() && second.isComplete());
    assertTrue(first.succeeded() ^ second.succeeded());
    ErrorCode code =
        MabeamException.of(first.failed() ? first.cause() : second.cause()).code();
    assertTrue(code == ErrorCode.MIGRATING, code.toString());
  }

  private MabeamException failure(String node, String agent, String to) {
    Future<Move> move = cluster.node(node).migrations().migrate(agent, to);
    cluster.await("the refusal", move::isComplete);
    assertTrue(move.failed(), "it moved");
    return MabeamException.of(move.cause());
  }

  @Test
  void shouldGoOnElsewhereWithWhatWasAcknowledgedWhenTheOwnerDies() throws InterruptedException {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      ids.add("c" + i);
      AgentInfo agent = deploy(on("n3", AgentSpec.of("c" + i, "counter")));
      if (i % 2 == 0 && !agent.node().startsWith("n3#")) {
        cluster.await("there", cluster.node("n1").migrations().migrate(agent.id(), "n3"));
      }
    }
    assertTrue(on("n3").size() >= 15);
    String victim = "n3";
    List<String> alive = List.of("n1", "n2");
    try (Load load = new Load(ids, alive)) {
      cluster.await("some answers", () -> load.answered.get() > 200);
      cluster.kill(victim);
      cluster.await(
          "every agent to have a living node",
          () ->
              cluster.node("n1").agents().list().stream()
                  .allMatch(agent -> !agent.node().isEmpty() && !agent.node().startsWith("n3")));
      int before = load.answered.get();
      cluster.await("more answers", () -> load.answered.get() > before + 200);
      int sent = load.end();
      assertEquals(List.of(), List.copyOf(load.failures));
      long total = 0;
      for (String id : ids) {
        total += count(id, "n1");
      }
      assertEquals(sent, total, "lost or counted twice");
    }
    cluster.await("word of a recovery", () -> !events("n1", "agent.recovered").isEmpty());
    assertEquals(List.of(), events("n1", "agent.unavailable"));
  }

  @Test
  void shouldEmptyANodeWhileItsAgentsAreAsked() throws InterruptedException {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      ids.add("c" + i);
      Durability durability = i % 4 == 0 ? Durability.VOLATILE : Durability.DURABLE;
      AgentInfo agent =
          deploy(on("n3", AgentSpec.of("c" + i, "counter").withDurability(durability)));
      if (i % 2 == 0 && !agent.node().startsWith("n3#")) {
        cluster.await("there", cluster.node("n1").migrations().migrate(agent.id(), "n3"));
      }
    }
    int there = on("n3").size();
    assertTrue(there >= 20, there + " agents on n3");
    try (Load load = new Load(ids, List.of("n1", "n2"))) {
      cluster.await("some answers", () -> load.answered.get() > 100);
      Drained drained =
          cluster.await(
              "the drain",
              cluster.node("n1").migrations().drain("n3", Duration.ofSeconds(60)));
      assertTrue(drained.empty(), drained.toString());
      assertEquals(there, drained.moved());
      assertEquals(List.of(), on("n3"));
      for (int i = 0; i < 6; i++) {
        AgentSpec late = on("n3", AgentSpec.of("new" + i, "counter"));
        assertFalse(deploy(late).node().startsWith("n3"));
      }
      int sent = load.end();
      assertEquals(List.of(), List.copyOf(load.failures));
      cluster.stop("n3");
      long total = 0;
      for (String id : ids) {
        total += count(id, "n2");
      }
      assertEquals(sent, total, "lost or counted twice");
    }
  }
}
