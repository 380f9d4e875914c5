package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mabeam.testing.Namespaces;
import dev.mabeam.testing.Nemesis;
import dev.mabeam.testing.Nemesis.Fault;
import dev.mabeam.testing.ProcessCluster;
import dev.mabeam.testing.check.Verdict;
import dev.mabeam.testing.sim.Seeds;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Three real nodes with stores, each in a network of its own, and five clients of strong variables.
 * While they read, write and compare, nodes are killed, paused and cut off, mostly one at a time,
 * sometimes a majority or all; what the clients saw has to be linearizable.
 */
@Tag("long")
class StrongUnderFaultsTest {
  private static final List<String> NODES = List.of("n1", "n2", "n3");
  private static final int CLIENTS = 5;
  private static final int OPERATIONS = 20_000;
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_FAULT = Duration.ofSeconds(7);

  /** Of a run that takes two minutes and a half on a quiet machine. */
  private static final Duration AT_MOST = Duration.ofMinutes(10);

  /** Within which a node that was struck answers again. */
  private static final Duration BACK = Duration.ofMinutes(1);

  private static final List<Fault> FAULTS =
      List.of(
          Fault.KILL, Fault.KILL, Fault.PAUSE, Fault.PAUSE, Fault.CUT, Fault.CUT,
          Fault.CUT_ONE_WAY, Fault.CUT_ONE_WAY, Fault.KILL_MOST, Fault.PAUSE_MOST);

  private ProcessCluster cluster;
  private RecordingClients clients;

  @BeforeAll
  static void needsNamespaces() {
    Optional<String> why = Namespaces.unavailable();
    assumeTrue(why.isEmpty(), () -> "skipped: " + why.orElseThrow());
  }

  @Test
  void shouldBeLinearizableWhileNodesAreKilledPausedAndCutOff() {
    try (ProcessCluster made = start();
        RecordingClients recording = new RecordingClients(made, variables(made), PAUSE, false)) {
      clients = recording;
      for (int i = 0; i < CLIENTS; i++) {
        clients.start();
      }
      Random random = Seeds.random(1);
      Nemesis nemesis =
          new Nemesis(NODES, FAULTS, cluster, random, LONGEST_FAULT, this::pass);
      awaitService("the first operations");
      long until = System.nanoTime() + AT_MOST.toNanos();
      while (clients.answered() < OPERATIONS) {
        assertTrue(System.nanoTime() < until, () -> "only " + clients.answered() + " operations");
        String what = nemesis.strike();
        long struck = System.nanoTime();
        awaitService(what);
        System.out.printf(
            "%s: all serve %d ms after its end; %d operations%n",
            what, (System.nanoTime() - struck) / 1_000_000, clients.answered());
        pass(Duration.ofMillis(random.nextInt(1_000, 4_000)));
      }
      clients.end();
      clients.readAll();
      System.out.printf(
          "%d strong operations answered; outcomes %s; faults %s%n",
          clients.answered(), clients.outcomes(), nemesis.struck());
      long before = System.nanoTime();
      clients.check().require();
      System.out.printf(
          "they are linearizable, found in %d ms%n", (System.nanoTime() - before) / 1_000_000);
    }
  }

  /** Reads of what a node has, as it is, are not linearizable: least of all where it is cut off. */
  @Test
  void shouldCatchReadsThatNobodyConfirmed() {
    try (ProcessCluster made = start();
        RecordingClients recording = new RecordingClients(made, variables(made), PAUSE, true)) {
      clients = recording;
      for (int i = 0; i < CLIENTS; i++) {
        clients.start();
      }
      awaitService("the first operations");
      cluster.cut("n3");
      pass(Duration.ofSeconds(6));
      cluster.heal();
      awaitService("the cut");
      clients.end();
      Verdict verdict = clients.check();
      assertFalse(verdict.linearizable(), clients.answered() + " operations");
      assertTrue(verdict.why().contains("nothing explains"), verdict::why);
      System.out.println("caught: " + verdict.why());
    }
  }

  private ProcessCluster start() {
    cluster = ProcessCluster.startApartKeeping(NODES.size(), "--join-timeout", "60s");
    return cluster;
  }

  /** Two by each strategy, distributed in turn by each node. */
  private static List<String> variables(ProcessCluster cluster) {
    List<String> names = new ArrayList<>();
    for (SyncStrategy sync : SyncStrategy.values()) {
      for (int i = 0; i < 2; i++) {
        String name = sync.word() + "-" + i;
        ProcessCluster.Timed made =
            cluster.post(
                NODES.get(names.size() % NODES.size()),
                "/api/v1/variables",
                new JsonObject()
                    .put("name", name)
                    .put("consistency", Consistency.STRONG.word())
                    .put("sync", sync.word())
                    .put("value", 0)
                    .encode());
        assertEquals(201, made.status(), made::body);
        names.add(name);
      }
    }
    return names;
  }

  /** Every node answers again, also those that ended and are started. */
  private void awaitService(String after) {
    long from = System.nanoTime();
    await(
        () -> "an answer of each node after " + after + ", but for " + clients.silentSince(from),
        () -> serve(from));
  }

  private boolean serve(long since) {
    NODES.forEach(cluster::start);
    return clients.silentSince(since).isEmpty();
  }

  private void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    await(() -> "time to pass", () -> System.nanoTime() - until >= 0);
  }

  private void await(Supplier<String> what, BooleanSupplier condition) {
    long end = System.nanoTime() + BACK.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError(
            "waited in vain for " + what.get() + "; " + clients.answered() + " operations, "
                + clients.outcomes() + cluster.logs());
      }
      LockSupport.parkNanos(20_000_000);
    }
  }
}
