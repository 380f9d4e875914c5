package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Comparing costs the same however many variables there are that did not change. */
class AntiEntropyCostTest {
  @Test
  void shouldCostTheSameForTenAndForTwoThousandVariables() {
    double few = steadyBytes(cluster(10));
    double many = steadyBytes(cluster(2_000));
    System.out.printf(
        "anti-entropy of 3 nodes: %.0f bytes/s with 10 variables, %.0f with 2000%n", few, many);
    assertTrue(few > 0, "nothing is compared");
    assertEquals(few, many, few * 0.05);
  }

  @Test
  void shouldRepairAFewOfManyForWhatTheseFewCost() {
    SimVariables cluster = cluster(2_000);
    cluster.sim.network().isolate("n3");
    for (int i = 0; i < 5; i++) {
      cluster.set("n1", "v" + i, "k", 1, WriteOptions.MAJORITY);
    }
    cluster.sim.runFor(Duration.ofSeconds(5));
    double before = bytes(cluster, "digest") + bytes(cluster, "push");
    cluster.sim.network().healAll();
    cluster.awaitQuiet();
    double repair = bytes(cluster, "digest") + bytes(cluster, "push") - before;
    System.out.printf("5 of 2000 variables were repaired for %.0f bytes%n", repair);
    assertTrue(repair < 40_000, repair + " bytes");
    cluster.requireConvergence();
  }

  private static SimVariables cluster(int variables) {
    SimVariables cluster = SimVariables.of(1, 3);
    for (int i = 0; i < variables; i++) {
      cluster.node("n1").room.distribute(
          "v" + i,
          SimVariables.MAPS.withValue(new JsonObject()));
      cluster.sim.runFor(Duration.ofMillis(1));
    }
    cluster.await(
        () -> cluster.node("n3").definitions.definitions().size() == variables, "all are made");
    cluster.awaitQuiet();
    return cluster;
  }

  private static double steadyBytes(SimVariables cluster) {
    double before = bytes(cluster, "digest");
    cluster.sim.runFor(Duration.ofSeconds(60));
    return (bytes(cluster, "digest") - before) / 60;
  }

  private static double bytes(SimVariables cluster, String kind) {
    return cluster.alive().stream()
        .mapToDouble(
            node -> {
              var counter =
                  node.metrics.find("mabeam.variable.gossip.bytes").tag("kind", kind).counter();
              return counter == null ? 0 : counter.count();
            })
        .sum();
  }
}
