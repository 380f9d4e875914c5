package dev.mabeam;

import dev.mabeam.agent.Agent;
import dev.mabeam.bus.Bus;
import dev.mabeam.bus.VertxBus;
import dev.mabeam.event.EventLog;
import dev.mabeam.event.Events;
import dev.mabeam.grid.Grid;
import dev.mabeam.grid.GridOptions;
import dev.mabeam.link.Admission;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.membership.Capacity;
import dev.mabeam.membership.LoadSampler;
import dev.mabeam.membership.Membership;
import dev.mabeam.membership.MembershipContext;
import dev.mabeam.membership.MembershipMetrics;
import dev.mabeam.membership.MembershipOptions;
import dev.mabeam.membership.MembershipVerticle;
import dev.mabeam.membership.Topology;
import dev.mabeam.placement.PlacementNode;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.ReplicaStore;
import dev.mabeam.variable.conflict.MergeFunctions;
import dev.mabeam.verticle.UserCode;
import dev.mabeam.verticle.Verticles;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/**
 * What of a node outlasts its incarnations, once it is in a cluster: the grid, the clustered Vert.x
 * on it, events, membership and users' verticles, and what its store has of variables. When the
 * node was expelled and is admitted again, these go on under the new id.
 *
 * <p>The rooms share one context of the clustered Vert.x: {@link #context}.
 */
final class Premises {
  private final MabeamOptions options;
  private final Wiring wiring;
  private final Loops loops;
  private final Entrance entrance;
  private final MeterRegistry metrics;
  private final Keeper.OfProcess checkpoints;
  private final IntSupplier agentsHere;
  private final ReplicaStore replicas = new ReplicaStore(new SecureRandom());
  private UserCode code;
  private Grid grid;
  private Vertx vertx;
  private Context context;
  private Scheduler roomScheduler;
  private Bus bus;
  private Events events;
  private MembershipVerticle membershipVerticle;
  private volatile Verticles verticles;

  /** @param agentsHere how many agents run on this node; any thread */
  Premises(
      MabeamOptions options,
      Wiring wiring,
      Loops loops,
      Entrance entrance,
      MeterRegistry metrics,
      Keeper.OfProcess checkpoints,
      IntSupplier agentsHere) {
    this.options = options;
    this.wiring = wiring;
    this.loops = loops;
    this.entrance = entrance;
    this.metrics = metrics;
    this.checkpoints = checkpoints;
    this.agentsHere = agentsHere;
  }

  // ---- opening, in this order -----------------------------------------------------------------

  Future<Void> openCode() {
    return loops
        .vertx()
        .executeBlocking(
            () -> {
              code = UserCode.open(options.getClassPath(), options.getAllow());
              MergeFunctions.load(code.loader());
              code.deployedOtherwise(
                  Agent.class, "an agent", "deploy it with 'agents deploy CLASS --id ID'");
              return null;
            });
  }

  Future<Void> openGrid() {
    return loops.onLink(() -> entrance.opensGrid().compose(this::openGrid));
  }

  private Future<Void> openGrid(boolean first) {
    Admission admission = entrance.admission();
    List<String> hosts =
        admission.others().stream()
            .map(member -> member.grid().host() + "[" + member.grid().port() + "]")
            .toList();
    GridOptions gridOptions =
        new GridOptions(
            admission.clusterId(),
            options.getName(),
            options.getBind(),
            options.getGridPort(),
            hosts,
            options.getConfigDir());
    // The first one has to know the others too: if two take themselves for it, they merge.
    GridOptions mine = first ? gridOptions.withoutWaiting() : gridOptions;
    return Grid.start(loops.vertx(), wiring.grid().apply(mine))
        .onSuccess(started -> grid = started)
        .mapEmpty();
  }

  Future<Void> openVertx() {
    LinkAddress at = new LinkAddress(options.getBind(), options.getBusPort());
    String boot = entrance.admission().self().bootId();
    return Loops.offLoop(() -> ClusteredVertx.build(at, grid, boot, metrics))
        .onSuccess(started -> vertx = started)
        .mapEmpty();
  }

  Future<Void> openMembership() {
    membershipVerticle = new MembershipVerticle(this::createMembership);
    return vertx
        .deployVerticle(membershipVerticle)
        .onSuccess(deployed -> MembershipMetrics.register(this::membership, metrics))
        .mapEmpty();
  }

  /** On membership's context, which is that of the other rooms too. */
  private Future<Membership> createMembership(Scheduler scheduler) {
    Future<Void> listening;
    if (events == null) {
      context = Vertx.currentContext();
      roomScheduler = scheduler;
      bus = new VertxBus(vertx.eventBus());
      events = new Events(id(), bus, scheduler, new EventLog(EventLog.DEFAULT_CAPACITY));
      listening = events.start();
    } else {
      listening = events.rename(id());
    }
    return listening.map(started -> newMembership(scheduler));
  }

  private Membership newMembership(Scheduler scheduler) {
    Admission admission = entrance.admission();
    MembershipOptions about =
        new MembershipOptions(
            admission.clusterId(),
            admission.self(),
            capabilities(),
            Capacity.ofProcess(options.getMemoryMb(), options.getCpuWeight()),
            options.getZone(),
            Topology.fromJson(options.getTopology()),
            Mabeam.version());
    MembershipContext with =
        new MembershipContext(
            grid,
            grid.knowledge("mabeam.nodes"),
            entrance.peers(),
            bus,
            events,
            scheduler,
            new Random(),
            LoadSampler.ofProcess(scheduler),
            this::countHere,
            () -> entrance.stay().lostLease());
    return Membership.create(about, with);
  }

  private List<String> capabilities() {
    return options.isWitness()
        ? Stream.concat(options.getCapabilities().stream(), Stream.of(PlacementNode.WITNESS))
            .toList()
        : options.getCapabilities();
  }

  private int countHere() {
    int hosted = verticles == null ? 0 : verticles.countHere();
    return hosted + agentsHere.getAsInt();
  }

  Future<Void> openVerticles() {
    return Loops.on(
        context,
        () -> {
          verticles =
              Verticles.create(
                  vertx,
                  id(),
                  code,
                  bus,
                  grid.knowledge("mabeam.verticles"),
                  () -> membership().status(),
                  events::publish,
                  roomScheduler);
          grid.onView(verticles::onView);
          return verticles.start();
        });
  }

  // ---- in another incarnation -----------------------------------------------------------------

  /** The two sides' grids meet some seconds after their links: before, nobody can be registered. */
  Future<Void> writable() {
    Promise<Void> writable = Promise.promise();
    Runnable heard =
        grid.onWritable(
            yes -> {
              if (yes) {
                writable.tryComplete();
              }
            });
    if (grid.writable()) {
      writable.tryComplete();
    }
    return writable.future().onComplete(done -> heard.run());
  }

  /** The old id's membership says goodbye, and one under the new id begins. */
  Future<Void> renewMembership() {
    return Loops.on(context, membershipVerticle::renew);
  }

  Future<Void> renameVerticles() {
    return Loops.on(context, () -> verticles.rename(id()));
  }

  // ---- what is there --------------------------------------------------------------------------

  /** What the rooms of a stay share with the rest. */
  Stay.Surroundings surroundings() {
    return new Stay.Surroundings(
        vertx,
        grid,
        code,
        this::membership,
        event -> context.runOnContext(none -> events.publish(event)),
        replicas,
        checkpoints,
        entrance::courier,
        wiring.steps(),
        metrics,
        options.getZone().equals(MabeamOptions.DEFAULT_ZONE) ? "" : options.getZone(),
        options.getShownVariables());
  }

  private String id() {
    return entrance.admission().self().id();
  }

  Vertx vertx() {
    return vertx;
  }

  Grid grid() {
    return grid;
  }

  /** Of membership, events, agents, variables and verticles. */
  Context context() {
    return context;
  }

  /** To be used on {@link #context}; its log on any thread. */
  Events events() {
    return events;
  }

  Membership membership() {
    return membershipVerticle.membership();
  }

  Verticles verticles() {
    return verticles;
  }

  // ---- closing, each if it was opened ---------------------------------------------------------

  Future<Void> undeploy() {
    return verticles == null ? Future.succeededFuture() : verticles.close();
  }

  Future<Void> sayGoodbye() {
    return membershipVerticle == null || membership() == null
        ? Future.succeededFuture()
        : Loops.on(context, membership()::leave);
  }

  Future<Void> closeVertx() {
    return vertx == null ? Future.succeededFuture() : Loops.offLoop(vertx::close);
  }

  Future<Void> closeGrid() {
    return grid == null ? Future.succeededFuture() : grid.close();
  }

  Future<Void> closeCode() {
    if (code != null) {
      code.close();
    }
    return Future.succeededFuture();
  }
}
