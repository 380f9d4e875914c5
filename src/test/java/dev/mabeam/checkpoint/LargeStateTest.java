package dev.mabeam.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.link.Courier;
import dev.mabeam.link.Link;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkOptions;
import dev.mabeam.link.OldestMemberRegistrar;
import dev.mabeam.link.Reachability;
import dev.mabeam.link.SeedSource;
import dev.mabeam.link.SharedCourier;
import dev.mabeam.link.TcpLinkTransport;
import dev.mabeam.testing.FreePorts;
import dev.mabeam.time.Scheduler;
import dev.mabeam.time.ThreadScheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A hundred megabytes between two real links: the copy is right, and no heartbeat waits for it. */
@Tag("long")
class LargeStateTest {
  private static final int BYTES = 100 * 1024 * 1024;
  /** What comes every so many nanoseconds on the links. */
  private static final long HEARTBEAT = 500_000_000L;

  private final Queue<String> changes = new ConcurrentLinkedQueue<>();

  /** A link on its loop and a room on its thread, as a node has them. */
  private final class Side implements SetDecisions {
    final Vertx vertx = Vertx.vertx();
    final Context context = vertx.getOrCreateContext();
    final Scheduler loop = new VertxScheduler(vertx, context);
    final ThreadScheduler thread;
    final CheckpointStore store;
    final LinkAddress address;
    final Link link;
    final AtomicLong longestGap = new AtomicLong();
    volatile Map<String, Stores.Store> stores = Map.of();
    CheckpointRoom room;

    Side(String name, int port, List<LinkAddress> seeds, long seed) {
      thread = ThreadScheduler.start("checkpoints-" + name);
      store = CheckpointStore.inMemory(new Random(seed));
      address = new LinkAddress("127.0.0.1", port);
      link =
          Link.create(
              new LinkOptions(
                  name, address, address, address, seeds.isEmpty(), 0, Duration.ofSeconds(30)),
              new TcpLinkTransport(vertx),
              SeedSource.fixed(seeds),
              loop,
              new Random(seed));
    }

    <T> T await(Supplier<Future<T>> action) throws Exception {
      return on(loop::execute, action);
    }

    <T> T inRoom(Supplier<Future<T>> action) throws Exception {
      return on(thread::execute, action);
    }

    private <T> T on(Executor where, Supplier<Future<T>> action)
        throws Exception {
      Promise<T> promise = Promise.promise();
      where.execute(() -> action.get().onComplete(promise));
      return promise.future().toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
    }

    void open() throws Exception {
      await(
          () -> {
            SharedCourier shared = new SharedCourier(link.courier());
            Courier courier =
                Courier.hopping(
                    shared.room(Message.FIRST_TYPE), loop::execute, thread::execute);
            thread.execute(
                () ->
                    room =
                        CheckpointRoom.open(
                            new CheckpointContext(
                                courier, thread, store, () -> stores, this,
                                new CheckpointCounts(), 1)));
            link.onChange(
                peer -> {
                  if (peer.reachability() != Reachability.CONNECTED) {
                    changes.add(peer.toString());
                  }
                });
            AtomicLong last = new AtomicLong(loop.nanos());
            loop.every(
                Duration.ofMillis(5),
                () -> {
                  long now = loop.nanos();
                  longestGap.accumulateAndGet(now - last.getAndSet(now), Math::max);
                });
            return Future.succeededFuture();
          });
    }

    void close() throws Exception {
      thread.execute(room::close);
      await(link::leave);
      thread.close();
      vertx.close().toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    @Override
    public void drop(String silent, Map<String, Long> epochs) {
      changes.add("drop of " + silent);
    }

    @Override
    public void filled(String key, long epoch, long version) {}

    @Override
    public void change(String key, long epoch, long version, List<String> to) {}
  }

  @Test
  void shouldMoveAHundredMegabytesWithoutStallingAHeartbeat() throws Exception {
    int port = FreePorts.block();
    Side a = new Side("a", port, List.of(), 1);
    Side b = new Side("b", port + 1, List.of(a.address), 2);
    OldestMemberRegistrar.serve(a.link, a.loop);
    a.await(a.link::join);
    b.await(b.link::join);
    a.open();
    b.open();
    Map<String, Stores.Store> both =
        Map.of(
            a.store.id(), new Stores.Store(a.store.id(), a.address, "", true),
            b.store.id(), new Stores.Store(b.store.id(), b.address, "", true));
    a.stores = both;
    b.stores = both;
    byte[] bytes = new byte[BYTES];
    new Random(3).nextBytes(bytes);
    CheckpointSet set = CheckpointSet.first(List.of(a.store.id(), b.store.id()));
    long begun = System.nanoTime();
    a.inRoom(
        () ->
            a.room
                .open("large", 1, set)
                .write(Buffer.buffer("e"), new StateWrite.Base(1, Buffer.buffer(bytes))));
    System.out.println(
        "100 MB took " + (System.nanoTime() - begun) / 1_000_000 + " ms; longest gaps on the loops "
            + a.longestGap.get() / 1_000_000 + " and " + b.longestGap.get() / 1_000_000 + " ms");
    Content there = b.inRoom(() -> Future.succeededFuture(b.store.content("large")));
    assertEquals(Buffer.buffer(bytes), there.checkpoint().base());
    assertEquals(List.of(), new ArrayList<>(changes));
    assertTrue(a.longestGap.get() < HEARTBEAT, a.longestGap + " ns");
    assertTrue(b.longestGap.get() < HEARTBEAT, b.longestGap + " ns");
    a.close();
    b.close();
  }
}
