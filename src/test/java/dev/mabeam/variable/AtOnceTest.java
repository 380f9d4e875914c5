package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.grid.MapKnowledge;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Writes that are done where they are asked for: on several threads, and one after the other. */
class AtOnceTest {
  private static final int PATIENCE_S = 60;
  private static final int NODES = 3;
  private static final int THREADS = 2;
  private static final int ADDITIONS = 5_000;

  @Test
  void shouldLoseNothingOfWhatManyThreadsWriteTogether() throws Exception {
    Vertx vertx = Vertx.vertx();
    LocalLog log = new LocalLog(FixedMembers.of(1, 2, 3));
    try {
      List<VariableRoom> rooms = new ArrayList<>();
      for (int i = 1; i <= NODES; i++) {
        rooms.add(await(log.deploy(vertx, i, new MapKnowledge(), event -> {})).room());
      }
      await(rooms.get(0).distribute("sum", VariableOptions.DEFAULT.withMerge("counter")));
      for (VariableRoom room : rooms) {
        await(room.get("sum"));
      }
      await(Future.all(write(rooms)));
      for (VariableRoom room : rooms) {
        await(reads(vertx, room, NODES * THREADS * ADDITIONS));
      }
    } finally {
      await(vertx.close());
      log.close();
    }
  }

  /** Each addition is there when its future says so, which is most often at once. */
  private static List<Future<?>> write(List<VariableRoom> rooms) throws InterruptedException {
    List<List<Future<?>>> each = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (VariableRoom room : rooms) {
      for (int i = 0; i < THREADS; i++) {
        List<Future<?>> own = new ArrayList<>();
        each.add(own);
        threads.add(
            new Thread(
                () -> {
                  for (int n = 0; n < ADDITIONS; n++) {
                    own.add(room.set("sum", 1));
                  }
                }));
      }
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    List<Future<?>> all = new ArrayList<>();
    each.forEach(all::addAll);
    return all;
  }

  private static Future<Void> reads(Vertx vertx, VariableRoom room, long sum) {
    Promise<Void> read = Promise.promise();
    look(vertx, room, sum, read);
    return read.future();
  }

  private static void look(Vertx vertx, VariableRoom room, long sum, Promise<Void> read) {
    Future<VariableValue> now = room.get("sum");
    if (now.succeeded() && ((Number) now.result().value()).longValue() == sum) {
      read.complete();
    } else {
      vertx.setTimer(1, again -> look(vertx, room, sum, read));
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(PATIENCE_S, TimeUnit.SECONDS);
  }

  // ---- one after the other, in the simulation -------------------------------------------------

  private final SimVariables cluster = SimVariables.of(1, 3);

  @Test
  void shouldBeDoneWhenItReturnsAndReadByTheNextThatReads() {
    VariableRoom room = distributed();
    assertEquals(7, room.set("v", 7).result().value());
    assertEquals(7, room.get("v").result().value());
    cluster.awaitQuiet();
    assertEquals(7, cluster.node("n2").room.get("v").result().value());
  }

  @Test
  void shouldDoWritesInTheOrderInWhichTheyWereAskedFor() {
    VariableRoom room = distributed();
    room.set("v", 1);
    room.delete("v", WriteOptions.DEFAULT);
    Future<VariableValue> last = room.set("v", 2);
    cluster.await(last::isComplete, "the last is written");
    assertEquals(2, room.get("v").result().value());
    Future<VariableValue> before = room.set("v", 3, new WriteOptions(WriteOptions.MAJORITY));
    room.set("v", 4);
    cluster.await(before::isComplete, "a majority has the one before");
    cluster.awaitQuiet();
    for (String node : List.of("n1", "n2", "n3")) {
      VariableValue read = cluster.node(node).room.get("v").result();
      assertEquals(4, read.value());
      assertEquals(List.of(), read.siblings());
    }
  }

  @Test
  void shouldPassOnWhatNobodyHadHeardOfWhenItsStayEnded() {
    VariableRoom room = distributed();
    assertTrue(room.set("v", 7).isComplete());
    cluster.rejoin("n1");
    cluster.await(
        () -> Integer.valueOf(7).equals(cluster.node("n2").store.get("v").view().value()),
        "n2 has it");
  }

  private VariableRoom distributed() {
    VariableRoom room = cluster.node("n1").room;
    Future<VariableInfo> made = room.distribute("v", VariableOptions.DEFAULT);
    cluster.await(made::isComplete, "it is made");
    cluster.awaitQuiet();
    return room;
  }
}
