package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.bus.VertxBus;
import dev.mabeam.event.EventLog;
import dev.mabeam.event.Events;
import dev.mabeam.grid.GridView;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.grid.Views;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.testing.sim.SimGrid;
import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** On a real event loop: that the pieces are tied together; the rest is the simulation's. */
class MembershipVerticleTest {
  @Test
  void shouldStateItsEntryWhenDeployedAndSayGoodbyeWhenUndeployed() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Simulation still = new Simulation(1);
      SimGrid.Seat seat = new SimGrid(still).join(still.start("n1"));
      MembershipVerticle verticle =
          new MembershipVerticle(on -> Future.succeededFuture(lone(vertx, seat, on)));
      String id = vertx.deployVerticle(verticle).await(60, TimeUnit.SECONDS);
      Membership membership = verticle.membership();
      assertEquals(NodeStatus.ACTIVE, membership.self().status());
      assertEquals(List.of(membership.self()), membership.nodes());
      assertEquals("n1#1", membership.status().coordinator());
      vertx.undeploy(id).await(60, TimeUnit.SECONDS);
      assertEquals(NodeStatus.LEAVING, membership.self().status());
    } finally {
      vertx.close().await(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void shouldLeaveNoListenerBehindHoweverOftenItIsRenewed() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Simulation still = new Simulation(1);
      SimGrid.Seat seat = new SimGrid(still).join(still.start("n1"));
      AtomicInteger listeners = new AtomicInteger();
      AtomicReference<Context> context = new AtomicReference<>();
      Counted counted = new Counted(seat, listeners);
      MembershipVerticle verticle =
          new MembershipVerticle(
              on -> {
                context.set(Vertx.currentContext());
                return Future.succeededFuture(lone(vertx, counted, counted, on));
              });
      vertx.deployVerticle(verticle).await(60, TimeUnit.SECONDS);
      int of1 = listeners.get();
      assertEquals(3, of1);
      for (int i = 0; i < 8; i++) {
        Promise<Void> renewed = Promise.promise();
        context.get().runOnContext(none -> verticle.renew().onComplete(renewed));
        renewed.future().await(60, TimeUnit.SECONDS);
        assertEquals(of1, listeners.get(), "after " + (i + 1) + " renewals");
      }
    } finally {
      vertx.close().await(60, TimeUnit.SECONDS);
    }
  }

  /** Else a node is shown as it was in a view that has long been replaced. */
  @Test
  void shouldTakeViewsInTheOrderInWhichTheyCame() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Simulation still = new Simulation(1);
      SimGrid.Seat seat = new SimGrid(still).join(still.start("n1"));
      Knowledge nodes = seat.knowledge("mabeam.nodes");
      nodes.put("n2#1", peer("n2").toJson());
      nodes.put("n3#1", peer("n3").toJson());
      still.runFor(Duration.ofSeconds(1));
      ViewsByHand views = new ViewsByHand();
      AtomicReference<Overtaking> scheduler = new AtomicReference<>();
      MembershipVerticle verticle =
          new MembershipVerticle(
              on -> {
                scheduler.set(new Overtaking(on));
                return Future.succeededFuture(lone(vertx, views, nodes, scheduler.get()));
              });
      vertx.deployVerticle(verticle).await(60, TimeUnit.SECONDS);
      views.install("n1", "n2");
      views.install("n1", "n2", "n3");
      Promise<Void> over = Promise.promise();
      scheduler.get().execute(scheduler.get()::runTimers);
      scheduler.get().execute(over::complete);
      over.future().await(60, TimeUnit.SECONDS);
      assertEquals(
          List.of(NodeStatus.ACTIVE, NodeStatus.ACTIVE, NodeStatus.ACTIVE),
          verticle.membership().nodes().stream().map(NodeInfo::status).toList());
    } finally {
      vertx.close().await(60, TimeUnit.SECONDS);
    }
  }

  private static NodeInfo peer(String name) {
    return new NodeInfo(
        name + "#1", name, 1, NodeStatus.ACTIVE, List.of(), new Capacity(64, 1), 0, 0, "default", 0,
        0, 0, "", "test", 1);
  }

  /** Views that a test installs, told on its own thread. */
  private static final class ViewsByHand implements Views {
    private volatile GridView view = new GridView(0, List.of("n1"), false);
    private volatile Consumer<GridView> listener = told -> {};

    void install(String... members) {
      view = new GridView(view.id() + 1, List.of(members), false);
      listener.accept(view);
    }

    @Override
    public GridView view() {
      return view;
    }

    @Override
    public Runnable onView(Consumer<GridView> hears) {
      listener = hears;
      return () -> listener = told -> {};
    }

    @Override
    public boolean writable() {
      return true;
    }

    @Override
    public Runnable onWritable(Consumer<Boolean> hears) {
      return () -> {};
    }
  }

  /** Of timers for the same moment the last runs first, as it may if other threads set them. */
  private record Overtaking(Scheduler on, Deque<Runnable> timers) implements Scheduler {
    Overtaking(Scheduler on) {
      this(on, new ConcurrentLinkedDeque<>());
    }

    void runTimers() {
      timers.forEach(Runnable::run);
    }

    @Override
    public long nanos() {
      return on.nanos();
    }

    @Override
    public long wallMillis() {
      return on.wallMillis();
    }

    @Override
    public void execute(Runnable task) {
      on.execute(task);
    }

    @Override
    public Scheduled after(Duration delay, Runnable task) {
      if (!delay.isZero()) {
        return on.after(delay, task);
      }
      timers.push(task);
      return () -> timers.remove(task);
    }

    @Override
    public Scheduled every(Duration period, Runnable task) {
      return on.every(period, task);
    }
  }

  /** Counts who hears of the grid's views and of the cache. */
  private record Counted(SimGrid.Seat seat, AtomicInteger listeners) implements Views, Knowledge {
    private Runnable counted(Runnable end) {
      listeners.incrementAndGet();
      return () -> {
        listeners.decrementAndGet();
        end.run();
      };
    }

    private Knowledge knowledge() {
      return seat.knowledge("mabeam.nodes");
    }

    @Override
    public GridView view() {
      return seat.views().view();
    }

    @Override
    public Runnable onView(Consumer<GridView> listener) {
      return counted(seat.views().onView(listener));
    }

    @Override
    public boolean writable() {
      return seat.views().writable();
    }

    @Override
    public Runnable onWritable(Consumer<Boolean> listener) {
      return counted(seat.views().onWritable(listener));
    }

    @Override
    public Future<Void> put(String key, JsonObject value) {
      return knowledge().put(key, value);
    }

    @Override
    public Future<Void> remove(String key) {
      return knowledge().remove(key);
    }

    @Override
    public Map<String, JsonObject> entries() {
      return knowledge().entries();
    }

    @Override
    public Runnable onChange(Consumer<String> listener) {
      return counted(knowledge().onChange(listener));
    }
  }

  private static Membership lone(Vertx vertx, SimGrid.Seat seat, Scheduler on) {
    return lone(vertx, seat.views(), seat.knowledge("mabeam.nodes"), on);
  }

  private static Membership lone(Vertx vertx, Views views, Knowledge knowledge, Scheduler on) {
    LinkAddress nowhere = new LinkAddress("n1", 1);
    Member self = new Member("n1", 1, nowhere, nowhere, nowhere, "boot");
    VertxBus bus = new VertxBus(vertx.eventBus());
    return Membership.create(
        new MembershipOptions(
            "c", self, List.of(), new Capacity(64, 1), "default", Topology.RING, "test"),
        new MembershipContext(
            views, knowledge, new NoPeers(), bus,
            new Events("n1#1", bus, on, new EventLog(10)), on, new Random(1), () -> Load.IDLE,
            () -> 0));
  }

  private static final class NoPeers implements Peers {
    @Override
    public Collection<PeerState> peers() {
      return List.of();
    }

    @Override
    public Runnable onChange(Consumer<PeerState> listener) {
      return () -> {};
    }
  }
}
