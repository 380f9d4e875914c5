package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.link.Courier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.time.ThreadScheduler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HoppingCheckpointsTest {
  /** A node that is alone sends nothing. */
  private static final Courier NOBODY =
      new Courier() {
        @Override
        public void send(LinkAddress to, byte type, Buffer payload) {
          throw new AssertionError("there is nobody to send to");
        }

        @Override
        public boolean reaches(LinkAddress to) {
          return false;
        }

        @Override
        public void onFrame(Handler handler) {
          // nobody sends
        }
      };

  private final ThreadScheduler thread = ThreadScheduler.start("checkpoints-test");
  private final CheckpointStore store = CheckpointStore.inMemory(new Random(1));
  private final CheckpointCounts counts = new CheckpointCounts();
  private final CheckpointSet set = CheckpointSet.first(List.of(store.id()));

  @AfterEach
  void end() {
    thread.close();
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private Checkpoints open() throws Exception {
    Map<String, Stores.Store> alone =
        Map.of(store.id(), new Stores.Store(store.id(), new LinkAddress("a", 1), "", true));
    SetDecisions none =
        new SetDecisions() {
          @Override
          public void drop(String silent, Map<String, Long> epochs) {}

          @Override
          public void filled(String key, long epoch, long version) {}

          @Override
          public void change(String key, long epoch, long version, List<String> stores) {}
        };
    CheckpointContext context =
        new CheckpointContext(NOBODY, thread, store, () -> alone, none, counts, 1);
    CompletableFuture<Checkpoints> room = new CompletableFuture<>();
    thread.execute(() -> room.complete(CheckpointRoom.open(context)));
    return Checkpoints.hopping(room.get(30, TimeUnit.SECONDS), thread::execute);
  }

  @Test
  void shouldKeepTheOrderOfAnyThreadAndCompleteOnTheRooms() throws Exception {
    Checkpoints room = open();
    assertEquals(store.id(), room.storeId());
    Writer writer = room.open("k", 1, set);
    List<Integer> order = new ArrayList<>();
    List<Future<Void>> writes = new ArrayList<>();
    // Nothing completes before somebody listens.
    CompletableFuture<Void> listened = new CompletableFuture<>();
    thread.execute(listened::join);
    for (int i = 0; i < 5_000; i++) {
      int number = i;
      writes.add(
          writer
              .write(
                  Buffer.buffer("e" + i),
                  i == 0 ? new StateWrite.Base(1, Buffer.buffer("s")) : StateWrite.UNCHANGED)
              .onSuccess(
                  done -> {
                    assertTrue(thread.here());
                    order.add(number);
                  }));
    }
    listened.complete(null);
    await(writer.settled());
    await(Future.join(List.copyOf(writes)));
    assertEquals(5_000, order.size());
    assertEquals(order.stream().sorted().toList(), order);
    Checkpoint newest = await(room.seal("k", 2, set)).newest().orElseThrow();
    assertEquals(Buffer.buffer("e4999"), newest.envelope());
    assertEquals(5_000, newest.position());
  }

  @Test
  void shouldFailWhatMakesNoSense() throws Exception {
    Writer writer = open().open("k", 1, set);
    Throwable why =
        await(
            writer
                .write(Buffer.buffer("e"), StateWrite.UNCHANGED)
                .transform(done -> Future.succeededFuture(done.cause())));
    assertTrue(why.getMessage().contains("has no base"), why.toString());
    await(writer.write(Buffer.buffer("e"), new StateWrite.Base(1, Buffer.buffer("s"))));
  }

  @Test
  void shouldCountUnderNamesWithoutKeys() throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    counts.register(registry);
    Checkpoints room = open();
    await(
        room.open("k", 1, set)
            .write(Buffer.buffer("e"), new StateWrite.Base(1, Buffer.buffer("s"))));
    await(room.seal("k", 2, set));
    assertEquals(1, registry.get("mabeam.checkpoint.writes").functionCounter().count());
    assertEquals(1, registry.get("mabeam.checkpoint.seals").functionCounter().count());
    registry.getMeters().forEach(meter -> assertTrue(meter.getId().getTags().isEmpty()));
  }
}
