package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mabeam.bus.VertxBus;
import dev.mabeam.event.EventLog;
import dev.mabeam.event.Events;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.testing.sim.SimGrid;
import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
      String id = vertx.deployVerticle(verticle).await(10, TimeUnit.SECONDS);
      Membership membership = verticle.membership();
      assertEquals(NodeStatus.ACTIVE, membership.self().status());
      assertEquals(List.of(membership.self()), membership.nodes());
      assertEquals("n1#1", membership.status().coordinator());
      vertx.undeploy(id).await(10, TimeUnit.SECONDS);
      assertEquals(NodeStatus.LEAVING, membership.self().status());
    } finally {
      vertx.close().await(10, TimeUnit.SECONDS);
    }
  }

  private static Membership lone(Vertx vertx, SimGrid.Seat seat, Scheduler on) {
    LinkAddress nowhere = new LinkAddress("n1", 1);
    Member self = new Member("n1", 1, nowhere, nowhere, nowhere, "boot");
    VertxBus bus = new VertxBus(vertx.eventBus());
    return Membership.create(
        new MembershipOptions(
            "c", self, List.of(), new Capacity(64, 1), "default", Topology.RING, "test"),
        new MembershipContext(
            seat.views(), seat.knowledge("mabeam.nodes"), new NoPeers(), bus,
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
