package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A burst of writes, and when the last of it is on every replica: in the simulation's time, which
 * leaves out what the work itself takes. {@code bench variables} measures that.
 */
class BurstTest {
  private static final int UPDATES = 10_000;
  private static final int KEYS = 100;
  private static final Duration WITHIN = Duration.ofMillis(200);

  @Test
  void shouldConvergeSoonAfterTheLastOfTenThousandUpdates() {
    for (SyncStrategy sync :
        List.of(SyncStrategy.GOSSIP, SyncStrategy.LEADER_FOLLOWER, SyncStrategy.MULTI_MASTER)) {
      SimVariables cluster = SimVariables.of(1, 3);
      for (int key = 0; key < KEYS; key++) {
        cluster.node("n1").room.distribute(
            "v" + key, VariableOptions.DEFAULT.withSync(sync).withReplicationFactor(3));
        cluster.sim.runFor(Duration.ofMillis(1));
      }
      cluster.await(
          () -> cluster.node("n3").definitions.definitions().size() == KEYS, "all are made");
      cluster.awaitQuiet();
      double before = messages(cluster);
      for (int i = 0; i < UPDATES; i++) {
        cluster.node("n1").room.set("v" + i % KEYS, i);
        if (i % 100 == 99) {
          cluster.sim.runFor(Duration.ofMillis(1));
        }
      }
      long last = cluster.sim.nanos();
      cluster.await(() -> hasAll(cluster), "all have the last of each");
      long millis = (cluster.sim.nanos() - last) / 1_000_000;
      double messages = messages(cluster) - before;
      System.out.printf(
          "%s: %d updates of %d keys on all replicas %d ms after the last, in %.0f messages%n",
          sync.word(), UPDATES, KEYS, millis, messages);
      assertTrue(millis <= WITHIN.toMillis(), sync + " took " + millis + " ms");
      // What is written within a round to one key travels as one.
      assertTrue(messages < UPDATES / 10, messages + " messages");
      cluster.awaitQuiet();
    }
  }

  private static boolean hasAll(SimVariables cluster) {
    for (SimVariables.Node node : cluster.alive()) {
      for (int key = 0; key < KEYS; key++) {
        Object value = node.store.get("v" + key).view().value();
        if (!Integer.valueOf(UPDATES - KEYS + key).equals(value)) {
          return false;
        }
      }
    }
    return true;
  }

  private static double messages(SimVariables cluster) {
    return cluster.alive().stream()
        .mapToDouble(
            node -> {
              var counter =
                  node.metrics.find("mabeam.variable.gossip.messages").tag("kind", "push").counter();
              return counter == null ? 0 : counter.count();
            })
        .sum();
  }
}
