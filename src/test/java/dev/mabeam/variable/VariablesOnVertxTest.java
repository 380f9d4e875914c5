package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Grid;
import dev.mabeam.grid.GridOptions;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.variable.ledger.Checkpoint;
import dev.mabeam.variable.ledger.Verdict;
import dev.mabeam.variable.ledger.Verifier;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Three rooms on three clustered event buses and a real grid, in this JVM. */
class VariablesOnVertxTest {
  private static final int PATIENCE_S = 60;

  private final String cluster = "v" + ThreadLocalRandom.current().nextInt(1_000_000);
  private final Vertx outside = Vertx.vertx();
  private final LocalLog log = new LocalLog(FixedMembers.of(1, 2, 3));
  private final List<Grid> grids = new ArrayList<>();
  private final List<Vertx> vertxes = new ArrayList<>();
  private final List<VariableSyncVerticle> verticles = new ArrayList<>();
  private final ConcurrentLinkedQueue<ClusterEvent> events = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void start() throws Exception {
    for (int i = 1; i <= 3; i++) {
      start(i);
    }
  }

  private void start(int number) throws Exception {
    List<String> hosts = number == 1 ? List.of() : List.of("n1");
    Grid grid =
        await(
            Grid.start(
                outside,
                new GridOptions(cluster, "n" + number, "127.0.0.1", 0, hosts, "")
                    .withStack(GridOptions.LOCAL)));
    grids.add(grid);
    EventBusOptions options = new EventBusOptions().setHost("127.0.0.1");
    Vertx vertx =
        await(
            Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(options).setEventLoopPoolSize(1))
                .withClusterManager(grid.clusterManager())
                .buildClustered());
    vertxes.add(vertx);
    Knowledge shown = grid.knowledge("mabeam.variables");
    verticles.add(await(log.deploy(vertx, number, shown, events::add)));
  }

  @AfterEach
  void close() throws Exception {
    for (Vertx vertx : vertxes) {
      await(vertx.close());
    }
    for (Grid grid : grids) {
      await(grid.close());
    }
    await(outside.close());
    log.close();
  }

  @Test
  void shouldReadEverywhereWhatWasWrittenAnywhere() throws Exception {
    await(room(1).distribute("total", SimVariables.MAPS));
    await(room(2).distribute("pair", options(2)));
    for (int i = 1; i <= 3; i++) {
      WriteOptions slice = new WriteOptions(WriteOptions.MAJORITY).slice("n" + i, 1);
      await(room(i).set("total", new JsonObject().put("count", i), slice));
      await(room(i).set("pair", new JsonObject().put("n" + i, i), WriteOptions.DEFAULT));
    }
    JsonObject pair = new JsonObject().put("n1", 1).put("n2", 2).put("n3", 3);
    for (int i = 1; i <= 3; i++) {
      VariableRoom room = room(i);
      until("n" + i + " has all slices", () -> value(room, "total").size() == 3);
      until("n" + i + " reads the pair", () -> value(room, "pair").equals(pair));
    }
    assertEquals(2, value(room(3), "total").getJsonObject("n2").getInteger("count"));
    until(
        "the map of n3 shows the pair",
        () -> {
          JsonObject entry = grids.get(2).knowledge("mabeam.variables").entries().get("pair");
          return entry != null && pair.equals(entry.getValue("value"));
        });
    assertTrue(events.contains(new ClusterEvent.VariableMaster("total", "n1#1", 1)));
  }

  @Test
  void shouldGoOnWithoutTheRoomThatWasClosed() throws Exception {
    await(room(1).distribute("v", SimVariables.MAPS));
    await(room(3).close());
    WriteOptions majority = new WriteOptions(WriteOptions.MAJORITY);
    await(room(1).set("v", new JsonObject().put("a", 1), majority));
    assertEquals(new JsonObject().put("a", 1), value(room(2), "v"));
  }

  @Test
  void shouldVerifyAndExportALedgerFromEveryNode() throws Exception {
    await(room(2).distribute("pair", options(2).withSync(SyncStrategy.BLOCKCHAIN)));
    for (int i = 1; i <= 3; i++) {
      await(room(i).set("pair", new JsonObject().put("n" + i, i), WriteOptions.DEFAULT));
    }
    for (int i = 1; i <= 3; i++) {
      VariableRoom room = room(i);
      until(
          "n" + i + " finds the chain certified",
          () -> {
            JsonObject verdict =
                room.verify("pair").toCompletionStage().toCompletableFuture().join();
            return verdict.getInteger("certifiedHeight") > 0
                && verdict.getInteger("certifiedHeight").equals(verdict.getInteger("height"));
          });
      JsonObject verdict = await(room.verify("pair"));
      assertTrue(verdict.getBoolean("holds"), verdict::encode);
      Checkpoint kept = Checkpoint.parse(verdict.getString("checkpoint"));
      byte[] file = await(room.export("pair")).getBytes();
      Verdict offline = Verifier.verify(file, List.of(), Optional.of(kept));
      assertEquals(Optional.empty(), offline.fault());
      assertEquals("pair", offline.variable());
    }
  }

  /** Figures, for whoever reads the output: they depend on what else the machine does. */
  @Test
  @Tag("long")
  void shouldConvergeAfterABurst() throws Exception {
    int keys = 100;
    for (int i = 0; i < keys; i++) {
      await(room(1).distribute("b" + i, SimVariables.MAPS));
    }
    for (int i = 1; i <= 3; i++) {
      VariableRoom room = room(i);
      until("all are here", () -> room.list().size() == keys);
    }
    for (int round = 1; round <= 3; round++) {
      burst(round, keys, 10_000);
    }
    long[] reads = new long[100_000];
    for (int i = 0; i < reads.length; i++) {
      long began = System.nanoTime();
      room(2).get("b" + i % keys).result();
      reads[i] = System.nanoTime() - began;
    }
    System.out.printf("local reads: p50 %.1f us, p99 %.1f us%n", at(reads, 50), at(reads, 99));
  }

  private void burst(int round, int keys, int updates) throws Exception {
    Semaphore outstanding = new Semaphore(64);
    long[] took = new long[updates];
    long began = System.nanoTime();
    for (int i = 0; i < updates; i++) {
      int update = i;
      outstanding.acquire();
      long sent = System.nanoTime();
      WriteOptions slice = WriteOptions.DEFAULT.slice("k", 1);
      room(1 + i % 3)
          .set("b" + i % keys, round * updates + i, slice)
          .onComplete(
              done -> {
                took[update] = System.nanoTime() - sent;
                outstanding.release();
              });
    }
    outstanding.acquire(64);
    long ended = System.nanoTime();
    until("all replicas are equal", () -> differing(keys) == 0);
    long converged = System.nanoTime();
    System.out.printf(
        "burst %d: %d writes at 64 outstanding, %.0f/s, p50 %.0f us, p99 %.0f us;"
            + " converged %.0f ms after the last%n",
        round, updates, updates / ((ended - began) / 1e9), at(took, 50), at(took, 99),
        (converged - ended) / 1e6);
  }

  private long differing(int keys) {
    long differing = 0;
    for (int i = 0; i < keys; i++) {
      JsonObject first = room(1).get("b" + i).result().version();
      for (int node = 2; node <= 3; node++) {
        differing += first.equals(room(node).get("b" + i).result().version()) ? 0 : 1;
      }
    }
    return differing;
  }

  private static double at(long[] nanos, int percent) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[(sorted.length - 1) * percent / 100] / 1_000.0;
  }

  private static VariableOptions options(int factor) {
    return SimVariables.MAPS.withReplicationFactor(factor);
  }

  private VariableRoom room(int number) {
    return verticles.get(number - 1).room();
  }

  private static JsonObject value(VariableRoom room, String name) {
    try {
      return (JsonObject) await(room.get(name)).value();
    } catch (Exception failure) {
      throw new AssertionError(name + " was not read", failure);
    }
  }

  /** Looks every millisecond, on a thread that waits for nothing else. */
  private void until(String what, BooleanSupplier condition) throws Exception {
    Promise<Void> met = Promise.promise();
    Thread looking =
        new Thread(
            () -> {
              while (!condition.getAsBoolean() && !Thread.interrupted()) {
                LockSupport.parkNanos(1_000_000);
              }
              met.tryComplete();
            });
    looking.start();
    try {
      await(met.future());
    } catch (TimeoutException late) {
      throw new AssertionError("not within " + PATIENCE_S + " s: " + what, late);
    } finally {
      looking.interrupt();
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(PATIENCE_S, TimeUnit.SECONDS);
  }
}
