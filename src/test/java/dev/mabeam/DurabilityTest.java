package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.agent.Agents;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import dev.mabeam.testing.TestCluster;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is left of an agent when its node is killed, on real nodes. */
class DurabilityTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** On the node that {@code durable} is on. */
  private static AgentSpec beside(String id) {
    Requirements none = Requirements.NONE;
    return AgentSpec.of(id, "counter")
        .withRequirements(
            new Requirements(
                0,
                0,
                List.of(),
                List.of(),
                List.of(),
                List.of(new Rule(Rule.Target.AGENT, "durable", 1, true)),
                none.antiAffinity()));
  }

  private static long add(TestCluster cluster, String from, String id, int n) {
    JsonObject answer =
        (JsonObject)
            cluster.await(
                "answer of " + id,
                cluster.node(from).agents().ask(id, new JsonObject().put("add", n), LONG));
    return answer.getLong("count");
  }

  private static void awaitThreeStores(TestCluster cluster, Agents agents) {
    cluster.await(
        "its checkpoints to be on three nodes",
        () -> {
          AgentInfo now = agents.get("durable").orElseThrow();
          return now.set().stores().size() == 3 && now.set().previous().isEmpty();
        });
  }

  @Test
  void shouldGoOnCountingOnAnotherNodeWhenItsOwnIsKilled() {
    try (TestCluster cluster = TestCluster.start(3)) {
      Agents agents = cluster.node("n1").agents();
      cluster.await("durable", agents.deploy(AgentSpec.of("durable", "counter")));
      cluster.await(
          "checkpointed",
          agents.deploy(beside("checkpointed").checkpointed(5, Duration.ofMillis(20))));
      cluster.await(
          "volatile",
          agents.deploy(beside("volatile").withDurability(Durability.VOLATILE)));
      for (int i = 1; i <= 10; i++) {
        for (String id : List.of("durable", "checkpointed", "volatile")) {
          assertEquals(i, add(cluster, "n1", id, 1), id);
        }
      }
      awaitThreeStores(cluster, agents);
      AgentInfo before = agents.get("durable").orElseThrow();
      String first = before.node().substring(0, before.node().indexOf('#'));
      String other = first.equals("n1") ? "n2" : "n1";
      agents = cluster.node(other).agents();

      cluster.kill(first);
      assertEquals(11, add(cluster, other, "durable", 1));
      assertEquals(11, add(cluster, other, "checkpointed", 1));
      assertEquals(1, add(cluster, other, "volatile", 1), "it began anew");
      AgentInfo after = agents.get("durable").orElseThrow();
      assertNotEquals(before.node(), after.node());
      assertTrue(after.epoch() > before.epoch());
      assertEquals(before.born(), after.born());

      cluster.startNode(first);
      awaitThreeStores(cluster, agents);
      // Of two voters none may be killed.
      Mabeam there = cluster.node(other);
      cluster.await("three voters", () -> there.decisions().voters().size() == 3);
      cluster.kill(after.node().substring(0, after.node().indexOf('#')));
      assertEquals(12, add(cluster, first, "durable", 1));
    }
  }
}
