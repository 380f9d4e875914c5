package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.Agent;
import dev.mabeam.agent.AgentContext;
import dev.mabeam.agent.AgentMessage;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.AgentVerticle;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.placement.Requirements;
import dev.mabeam.testing.TestCluster;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** What is asked of a node and has not ended when that node closes. */
class ClosingNodeTest {
  private static final Semaphore BEGUN = new Semaphore(0);

  /** Starts never. */
  public static final class Unready implements Agent {
    @Override
    public Future<?> start(AgentContext context) {
      return Promise.promise().future();
    }

    @Override
    public Future<?> receive(AgentMessage message) {
      return Future.succeededFuture();
    }
  }

  /** Answers never. */
  public static final class Thinker implements Agent {
    @Override
    public Future<?> receive(AgentMessage message) {
      BEGUN.release();
      return Promise.promise().future();
    }
  }

  /** Ends its message when it is told to, and says whether it was stopped before that. */
  public static final class Worker extends AgentVerticle {
    private static final Promise<Object> END = Promise.promise();
    private static final Promise<Boolean> STOPPED_AFTER_IT = Promise.promise();

    @Override
    public Future<?> receive(AgentMessage message) {
      BEGUN.release();
      return END.future();
    }

    @Override
    public Future<?> stop() {
      STOPPED_AFTER_IT.complete(END.future().isComplete());
      return Future.succeededFuture();
    }
  }

  private static MabeamOptions allow(MabeamOptions options) {
    String name = options.getName();
    return options
        .setAllow(
            List.of(
                Unready.class.getName(), Thinker.class.getName(), Worker.class.getName()))
        .setCapabilities(name.equals("n2") ? List.of("n1", "n2", "n3") : List.of(name));
  }

  /** On {@code node} or on n2. */
  private static AgentSpec on(String node, String id, Class<? extends Agent> type) {
    return AgentSpec.of(id, type.getName())
        .withRequirements(
            new Requirements(
                0, 0, List.of(node), List.of(), List.of(node), List.of(), List.of()));
  }

  @Test
  void shouldFailWhatIsUnderWayWhenTheNodeCloses() throws Exception {
    try (TestCluster cluster = TestCluster.start(3, ClosingNodeTest::allow)) {
      Mabeam closing = cluster.node("n3");
      Map<String, Future<?>> underWay = new LinkedHashMap<>();
      Map<String, String> targets = new LinkedHashMap<>();
      for (String node : List.of("n3", "n1")) {
        for (String id : List.of("asked", "undeployed", "moved")) {
          AgentSpec spec = on(node, id + node, Thinker.class);
          String at = cluster.await("deploy", closing.agents().deploy(spec)).node();
          targets.put(node, at.startsWith("n2#") ? node : "n2");
          Future<?> ask = closing.agents().ask(id + node, 1, Duration.ofDays(1));
          if (!id.equals("undeployed")) {
            underWay.put("ask " + id + node, ask);
          }
        }
      }
      BEGUN.acquire(6);
      targets.forEach(
          (node, to) -> {
            underWay.put("move " + node, closing.migrations().migrate("moved" + node, to));
            underWay.put("undeploy " + node, closing.agents().undeploy("undeployed" + node));
            underWay.put(
                "deploy " + node, closing.agents().deploy(on(node, "new" + node, Unready.class)));
          });
      underWay.forEach((what, future) -> assertFalse(future.isComplete(), what));
      cluster.stop("n3");
      underWay.forEach(
          (what, future) -> {
            cluster.await(what, future::isComplete);
            assertEquals(
                ErrorCode.UNAVAILABLE, MabeamException.of(future.cause()).code(), what);
          });
      Future<?> late = closing.agents().deploy(on("n1", "late", Unready.class));
      cluster.await("the refusal", late::isComplete);
      assertEquals(ErrorCode.UNAVAILABLE, MabeamException.of(late.cause()).code());
    }
  }

  @Test
  void shouldStopAnAgentThatIsAVerticleAfterItsLastMessage() throws Exception {
    try (TestCluster cluster = TestCluster.start(1, ClosingNodeTest::allow)) {
      Mabeam closing = cluster.node("n1");
      cluster.await("deploy", closing.agents().deploy(AgentSpec.of("worker", Worker.class)));
      Future<?> ask = closing.agents().ask("worker", 1, Duration.ofDays(1));
      BEGUN.acquire();
      Future<Void> closed = closing.close();
      cluster.await("the end of what was asked", ask::isComplete);
      Worker.END.complete();
      cluster.await("close", closed);
      assertTrue(Worker.STOPPED_AFTER_IT.future().result());
    }
  }
}
