package dev.mabeam;

import dev.mabeam.agent.Agents;
import dev.mabeam.bus.Bus;
import dev.mabeam.bus.VertxBus;
import dev.mabeam.checkpoint.CheckpointCounts;
import dev.mabeam.checkpoint.CheckpointStore;
import dev.mabeam.consensus.ConsensusContext;
import dev.mabeam.consensus.DecidingRegistrar;
import dev.mabeam.consensus.KeptLogs;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.dashboard.ClusterAccess;
import dev.mabeam.dashboard.DashboardContext;
import dev.mabeam.dashboard.DashboardOptions;
import dev.mabeam.dashboard.DashboardVerticle;
import dev.mabeam.dashboard.Metrics;
import dev.mabeam.dashboard.NodeRooms;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.EventLog;
import dev.mabeam.event.Events;
import dev.mabeam.grid.Grid;
import dev.mabeam.grid.GridOptions;
import dev.mabeam.link.Admission;
import dev.mabeam.link.Courier;
import dev.mabeam.link.Discovery;
import dev.mabeam.link.Link;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.LinkOptions;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import dev.mabeam.link.SeedSource;
import dev.mabeam.link.SharedCourier;
import dev.mabeam.link.TcpLinkTransport;
import dev.mabeam.membership.Capacity;
import dev.mabeam.membership.LoadSampler;
import dev.mabeam.membership.Membership;
import dev.mabeam.membership.MembershipContext;
import dev.mabeam.membership.MembershipMetrics;
import dev.mabeam.membership.MembershipOptions;
import dev.mabeam.membership.MembershipVerticle;
import dev.mabeam.membership.Peers;
import dev.mabeam.membership.Topology;
import dev.mabeam.placement.PlacementNode;
import dev.mabeam.time.Scheduler;
import dev.mabeam.time.ThreadScheduler;
import dev.mabeam.time.VertxScheduler;
import dev.mabeam.variable.ReplicaStore;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.UserCode;
import dev.mabeam.verticle.Verticles;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One stay of this process in a cluster: everything from the link to HTTP, opened in order and
 * closed in reverse. Not reusable.
 *
 * <p>A node may be expelled while it is out of reach. Then its incarnation ends, with its part in
 * deciding, its agents and its variables; link, grid, Vert.x, events, users' verticles and HTTP
 * stay, and go on under the id of the next incarnation.
 *
 * <p>Four threads matter. The link's event loop belongs to a small Vert.x of its own, which exists
 * before the node knows its cluster and which no user code can block. The log and the checkpoints
 * each have a thread that may wait for the disk. Membership, events, agents, variables and verticles share one context of the
 * clustered Vert.x, HTTP has another.
 */
final class Node {
  private static final System.Logger LOG = System.getLogger(Node.class.getName());
  /** The lowest type of the frames that checkpoints travel in. */
  private static final byte CHECKPOINT_FRAMES = 48;

  private final MabeamOptions options;
  private final Wiring wiring;
  private final PrometheusMeterRegistry metrics = Metrics.registry();
  private final Vertx linkVertx;
  private final Context linkContext;
  private final Scheduler linkScheduler;
  private final ThreadScheduler logScheduler;
  private final Promise<Member> replaced = Promise.promise();
  private final Promise<Void> broken = Promise.promise();
  private UserCode code;
  private Link link;
  private SharedCourier courier;
  private Peers peers;
  private volatile Admission admission;
  private boolean restarted;
  private final ReplicaStore replicas = new ReplicaStore(new SecureRandom());
  private final CheckpointStore checkpoints = CheckpointStore.inMemory(new SecureRandom());
  private final CheckpointCounts checkpointCounts = new CheckpointCounts();
  private final ThreadScheduler checkpointScheduler;
  private volatile Stay stay;
  private volatile Stay shown;
  private Grid grid;
  private Vertx vertx;
  private Context context;
  private Scheduler roomScheduler;
  private Bus bus;
  private Events events;
  private MembershipVerticle membershipVerticle;
  private volatile Verticles verticles;
  private Future<Void> incarnations = Future.succeededFuture();
  private DashboardVerticle dashboard;
  private volatile Future<Void> closed;

  private Node(MabeamOptions options, Wiring wiring) {
    this.options = options;
    this.wiring = wiring;
    linkVertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(4));
    linkContext = linkVertx.getOrCreateContext();
    linkScheduler = new VertxScheduler(linkVertx, linkContext);
    logScheduler = ThreadScheduler.start("mabeam-log-" + options.getName());
    checkpointScheduler = ThreadScheduler.start("mabeam-checkpoints-" + options.getName());
    checkpointCounts.register(metrics);
  }

  /** Starts everything, or closes again what it had started and fails. */
  static Future<Node> start(
      MabeamOptions options, Wiring wiring, Function<List<String>, Future<Void>> join) {
    Node node = new Node(options, wiring);
    // Of no context: that of whatever failed is gone once the node is closed again.
    Promise<Node> result = Promise.promise();
    node.openCode()
        .compose(opened -> node.onLink(node::openLink))
        .compose(opened -> Future.join(node.openStay(), node.onLink(node::openGrid)))
        .compose(opened -> node.openVertx())
        .compose(opened -> node.openMembership())
        .compose(opened -> node.openRooms())
        .compose(opened -> node.openVerticles())
        .compose(opened -> node.openDashboard(join))
        .onComplete(
            opened -> result.complete(node),
            failure -> node.close().onComplete(closed -> result.fail(failure)));
    return result.future();
  }

  private Future<Void> openCode() {
    return linkVertx.executeBlocking(
        () -> {
          code = UserCode.open(options.getClassPath(), options.getAllow());
          return null;
        });
  }

  private Future<Void> openLink() {
    LinkOptions linkOptions =
        new LinkOptions(
            options.getName(),
            address(options.getLinkPort()),
            address(options.getGridPort()),
            address(options.getBusPort()),
            options.isBootstrap(),
            options.getBootstrapExpect(),
            options.getJoinTimeout(),
            checkpoints.id());
    link =
        Link.create(
            linkOptions,
            wiring.transport().apply(new TcpLinkTransport(linkVertx)),
            seeds(options),
            linkScheduler,
            new SecureRandom());
    courier = new SharedCourier(link.courier());
    link.onReplaced(other -> replaced.tryComplete(other));
    link.setRegistrar(new DecidingRegistrar(() -> stay == null ? null : stay.consensus()));
    peers = Peers.of(link, linkScheduler);
    return keptCluster().compose(kept -> kept.isEmpty() ? join() : resume(kept.get()));
  }

  private Future<Void> join() {
    return link.join().onSuccess(admitted -> admission = admitted).mapEmpty();
  }

  private Future<Optional<String>> keptCluster() {
    return dataDirectory().isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : linkVertx.executeBlocking(
            () -> {
              if (options.isForgetCluster()) {
                KeptLogs.forget(dataDirectory().get());
              }
              return KeptLogs.clusterId(dataDirectory().get());
            });
  }

  private Optional<Path> dataDirectory() {
    return options.getDataDir().isEmpty()
        ? Optional.empty()
        : Optional.of(Path.of(options.getDataDir()));
  }

  /**
   * Goes on in the cluster whose log is kept. If its endpoint does not vote any more, nothing comes
   * of that, and the seeds have to lead there.
   */
  private Future<Void> resume(String clusterId) {
    return link.resume(clusterId)
        .compose(
            listening -> {
              Stay resuming = newStay(clusterId);
              return resuming
                  .resume(clusterId, link.applicant(), options.getJoinTimeout().dividedBy(2))
                  .onSuccess(admitted -> admission = admitted)
                  .onSuccess(admitted -> restarted = true)
                  .compose(
                      admitted ->
                          onLink(
                              () -> {
                                link.enter(admitted);
                                return done();
                              }))
                  .recover(failure -> resuming.end().compose(ended -> onLink(this::joinAfter)));
            });
  }

  private Future<Void> joinAfter() {
    stay = null;
    return join();
  }

  /** The new stay decides from now on; it is shown once its rooms are open. */
  private Future<Void> openStay() {
    return stay != null && stay.isIn(admission)
        ? done()
        : newStay(admission.clusterId()).decide(admission);
  }

  private Stay newStay(String clusterId) {
    Stay opening = new Stay(machines -> consensusContext(clusterId, machines));
    opening.consensus().onExpelled(this::expelled);
    opening.consensus().describe(options.getZone(), options.isWitness());
    opening.consensus().probe(member -> onLink(() -> link.probe(member)));
    opening
        .consensus()
        .onMembers(members -> linkScheduler.execute(() -> members.all().forEach(link::learn)));
    stay = opening;
    return opening;
  }

  private ConsensusContext consensusContext(String clusterId, List<StateMachine> machines) {
    return new ConsensusContext(
        Courier.hopping(
            courier.room(Courier.FIRST_TYPE), linkScheduler::execute, logScheduler::execute),
        logScheduler,
        new SecureRandom(),
        ForkJoinPool.commonPool(),
        clusterId,
        dataDirectory(),
        this::reachability,
        machines);
  }

  private Reachability reachability(Member member) {
    return peers.peers().stream()
        .filter(peer -> peer.member().equals(member))
        .map(PeerState::reachability)
        .findFirst()
        .orElse(Reachability.SILENT);
  }

  private SeedSource seeds(MabeamOptions from) {
    return Discovery.of(
        linkVertx,
        from.getDiscovery(),
        from.getSeeds().stream().map(LinkAddress::parse).toList(),
        address(from.getLinkPort()),
        System.getenv());
  }

  private LinkAddress address(int port) {
    return new LinkAddress(options.getBind(), port);
  }

  private Future<Void> openGrid() {
    Future<Boolean> first =
        restarted
            ? GridTurn.isFirst(linkVertx, linkScheduler, peers, admission)
            : Future.succeededFuture(admission.founder());
    return first.compose(this::openGrid);
  }

  private Future<Void> openGrid(boolean first) {
    List<String> hosts =
        first
            ? List.of()
            : admission.others().stream()
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
    return Grid.start(linkVertx, wiring.grid().apply(gridOptions))
        .onSuccess(started -> grid = started)
        .mapEmpty();
  }

  private Future<Void> openVertx() {
    return offLoop(
            () ->
                ClusteredVertx.build(
                    address(options.getBusPort()), grid, admission.self().bootId(), metrics))
        .onSuccess(started -> vertx = started)
        .mapEmpty();
  }

  private Future<Void> openMembership() {
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
            peers,
            bus,
            events,
            scheduler,
            new Random(),
            LoadSampler.ofProcess(scheduler),
            this::countHere);
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
    return shown == null ? hosted : hosted + shown.agents().countHere();
  }

  private Future<Void> openRooms() {
    Stay opening = stay;
    return opening
        .open(
            new Stay.Surroundings(
                vertx,
                grid,
                code,
                this::membership,
                event -> context.runOnContext(none -> events.publish(event)),
                replicas,
                new Keeper.OfProcess(
                    checkpoints, checkpointCounts, checkpointScheduler, this::checkpointCourier),
                metrics))
        .onSuccess(opened -> shown = opening);
  }

  private Courier checkpointCourier() {
    return Courier.hopping(
        courier.room(CHECKPOINT_FRAMES), linkScheduler::execute, checkpointScheduler::execute);
  }

  private Future<Void> openVerticles() {
    return on(
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

  private Future<Void> openDashboard(Function<List<String>, Future<Void>> join) {
    if (options.getHttpPort() < 0) {
      return done();
    }
    dashboard =
        new DashboardVerticle(
            new DashboardContext(
                new DashboardOptions(
                    options.getHttpHost(),
                    options.getHttpPort(),
                    options.getToken(),
                    Set.of(options.getName())),
                ClusterAccess.of(() -> rooms(join)),
                events,
                context,
                grid::running,
                () -> closed != null,
                metrics,
                Mabeam.version()));
    return vertx
        .deployVerticle(dashboard)
        .onSuccess(
            deployed ->
                membership().announceHttp(httpUrl()))
        .mapEmpty();
  }

  private String httpUrl() {
    return dashboard == null ? "" : "http://" + options.getHttpHost() + ":" + dashboard.port();
  }

  private NodeRooms rooms(Function<List<String>, Future<Void>> join) {
    return new NodeRooms(
        membership(),
        verticles,
        shown.agents(),
        shown.variables(),
        shown.consensus()::status,
        shown.places()::explain,
        join);
  }

  // ---- expelled, and back ---------------------------------------------------------------------

  /** The cluster went on without this node, which comes back; one life after the other. */
  private synchronized void expelled(String reason) {
    LOG.log(
        System.Logger.Level.WARNING,
        id() + " was expelled: " + reason + "; it joins again as a new incarnation");
    incarnations = incarnations.compose(before -> nextIncarnation()).otherwise(this::notBack);
  }

  private Future<Void> nextIncarnation() {
    Stay ending = stay;
    return unlessClosed(() -> onLink(link::rejoin))
        .onSuccess(admitted -> admission = admitted)
        .compose(admitted -> unlessClosed(ending::end))
        .compose(ended -> unlessClosed(this::openStay))
        .compose(opened -> unlessClosed(this::writableGrid))
        .compose(writable -> unlessClosed(() -> ending.closeRooms(vertx)))
        .compose(opened -> unlessClosed(() -> on(context, membershipVerticle::renew)))
        .onSuccess(renewed -> membership().announceHttp(httpUrl()))
        .compose(renewed -> unlessClosed(this::openRooms))
        .compose(opened -> unlessClosed(() -> on(context, () -> verticles.rename(id()))));
  }

  /** The two sides' grids meet some seconds after their links: before, nobody can be registered. */
  private Future<Void> writableGrid() {
    Promise<Void> writable = Promise.promise();
    grid.onWritable(
        yes -> {
          if (yes) {
            writable.tryComplete();
          }
        });
    if (grid.writable()) {
      writable.tryComplete();
    }
    return writable.future();
  }

  private <T> Future<T> unlessClosed(Supplier<Future<T>> step) {
    return closed == null
        ? step.get()
        : Future.failedFuture(
            new MabeamException(ErrorCode.UNAVAILABLE, "node " + id() + " is closing"));
  }

  private Void notBack(Throwable failure) {
    if (closed == null) {
      broken.tryFail(failure);
    }
    return null;
  }

  /** Whether a seed answers: what has to be true before this node gives up the cluster it is in. */
  Future<Void> requireReachable(MabeamOptions target) {
    SeedSource seeds = seeds(target);
    return onLink(
        () ->
            seeds
                .seeds()
                .compose(
                    addresses ->
                        Future.join(addresses.stream().map(link::probe).toList())
                            .compose(
                                probed ->
                                    probed.list().contains(Reachability.CONNECTED)
                                        ? Future.<Void>succeededFuture()
                                        : Future.failedFuture(unreachable(seeds)))));
  }

  private static MabeamException unreachable(SeedSource seeds) {
    return new MabeamException(
        ErrorCode.NO_REACHABLE_SEED_NODES,
        "none of the " + seeds.describe() + " answers",
        "give the link address of a running node, host:port");
  }

  /** The node's id in this stay. */
  String id() {
    return admission.self().id();
  }

  Vertx vertx() {
    return vertx;
  }

  Membership membership() {
    return membershipVerticle.membership();
  }

  Agents agents() {
    return shown.agents();
  }

  Variables variables() {
    return shown.variables();
  }

  Verticles verticles() {
    return verticles;
  }

  EventLog log() {
    return events.log();
  }

  /** Completes when another node has this one's name, which the cluster then does not know. */
  Future<Member> replaced() {
    return replaced.future();
  }

  /** Fails when this node was expelled and cannot come back. */
  Future<Void> broken() {
    return broken.future();
  }

  /** The port that HTTP is served at, or -1. */
  int httpPort() {
    return dashboard == null ? -1 : dashboard.port();
  }

  /** Closes in reverse what was opened, each step also if the one before failed. */
  synchronized Future<Void> close() {
    if (closed == null) {
      closed =
          step("undeploying", () -> verticles == null ? done() : verticles.close())
              .compose(left -> step("ending agents and variables", this::closeRooms))
              .compose(left -> step("leaving", this::leave))
              .compose(
                  left ->
                      step("closing Vert.x", () -> vertx == null ? done() : offLoop(vertx::close)))
              .compose(
                  left -> step("closing the grid", () -> grid == null ? done() : grid.close()))
              .compose(
                  left ->
                      step("ending decisions", () -> stay == null ? done() : stay.leave()))
              .compose(
                  left ->
                      step("closing the link", () -> link == null ? done() : onLink(link::leave)))
              .compose(left -> step("closing user code", this::closeCode))
              .compose(left -> step("closing the link's loop", () -> offLoop(linkVertx::close)));
    }
    return closed;
  }

  private Future<Void> closeRooms() {
    return stay == null || vertx == null ? done() : stay.closeRooms(vertx);
  }

  private Future<Void> leave() {
    return membershipVerticle == null || membership() == null
        ? done()
        : on(context, membership()::leave);
  }

  private Future<Void> closeCode() {
    if (code != null) {
      code.close();
    }
    metrics.close();
    logScheduler.close();
    return closeStore();
  }

  private Future<Void> closeStore() {
    Promise<Void> closed = Promise.promise();
    checkpointScheduler.execute(
        () -> {
          checkpoints.close();
          checkpointScheduler.close();
          closed.complete();
        });
    return closed.future();
  }

  private static Future<Void> done() {
    return Future.succeededFuture();
  }

  private static Future<Void> step(String what, Supplier<Future<Void>> action) {
    Future<Void> result;
    try {
      result = action.get();
    } catch (RuntimeException failure) {
      result = Future.failedFuture(failure);
    }
    return result.recover(
        failure -> {
          LOG.log(System.Logger.Level.WARNING, what + " failed", failure);
          return done();
        });
  }

  private <T> Future<T> onLink(Supplier<Future<T>> action) {
    return on(linkContext, action);
  }

  /**
   * For what makes or ends a Vert.x: it may not be tied to an event loop, which would be of another
   * instance, or gone when it completes.
   */
  private static <T> Future<T> offLoop(Supplier<Future<T>> action) {
    Promise<T> result = Promise.promise();
    ForkJoinPool.commonPool().execute(() -> action.get().onComplete(result));
    return result.future();
  }

  private static <T> Future<T> on(Context context, Supplier<Future<T>> action) {
    Promise<T> result = Promise.promise();
    context.runOnContext(
        none -> {
          try {
            action.get().onComplete(result);
          } catch (RuntimeException failure) {
            result.fail(failure);
          }
        });
    return result.future();
  }
}
