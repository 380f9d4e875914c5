package dev.mabeam.verticle;

import dev.mabeam.bus.Addresses;
import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.GridView;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The cluster's plain verticles: deploys them on any node, undeploys and lists them.
 *
 * <p>A request goes to the coordinator, which gives the id and chooses the node ({@link Placer}),
 * and from there to the node. Each node keeps one entry about its own verticles in the replicated
 * map and puts it again after a merge; the list is what these entries say of the nodes that are
 * still there.
 *
 * <p>Guaranteed: an id is in use once, as long as the coordinator stays the same; when a deploy has
 * succeeded, every node that can be reached lists the verticle, or will within seconds if the map
 * takes no writes just now. <em>Not</em> guaranteed: that a deploy which failed with TIMEOUT did
 * not take effect; that the list is newer than a second; that a verticle outlives its node; that
 * every node's bus has heard of a verticle's consumers, or of their end, when a deploy or an undeploy
 * has succeeded: for some milliseconds a message may go to where one of that address was before.
 *
 * <p>Every method may be called on any thread. Futures end and listeners run on the context that
 * {@link #create} was called on.
 */
public final class Verticles {
  /** How long a verticle may take to start, and how long to stop. */
  public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(8);

  /** What one hop over the bus may add before the caller stops waiting. */
  static final Duration HOP = Duration.ofMillis(700);

  private static final Duration CHECK_PERIOD = Duration.ofSeconds(1);
  private static final List<Duration> AFTER_A_VIEW =
      List.of(Duration.ofMillis(500), Duration.ofMillis(2500), Duration.ofSeconds(6));

  private volatile String nodeId;
  private final Bus bus;
  private final Supplier<ClusterStatus> cluster;
  private final Scheduler scheduler;
  private final Executor context;
  private final Duration limit;
  private final Listing listing;
  private final Hosted hosted;
  private final Placer placer;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final List<Bus.Registration> registrations = new ArrayList<>();
  private Scheduler.Scheduled check = () -> {};
  private volatile boolean closed;

  Verticles(
      String nodeId,
      VerticleHost host,
      Bus bus,
      Knowledge knowledge,
      Supplier<ClusterStatus> cluster,
      Consumer<ClusterEvent> events,
      Scheduler scheduler,
      Executor context,
      Duration limit) {
    this.nodeId = nodeId;
    this.bus = bus;
    this.cluster = cluster;
    this.scheduler = scheduler;
    this.context = context;
    this.limit = limit;
    this.hosted = new Hosted(() -> this.nodeId, host, knowledge, events, scheduler, context);
    this.listing = new Listing(() -> this.nodeId, hosted, knowledge, cluster);
    this.placer = new Placer(listing, cluster, scheduler, this::deployOn);
    knowledge.onChange(key -> mayHaveChanged());
  }

  /**
   * The verticles as {@code nodeId} has them. Call it on the node's context, then {@link #start}.
   *
   * @param knowledge the map {@code mabeam.verticles}
   * @param cluster the nodes and the coordinator as this node sees them, on any thread
   * @param events where to publish what was deployed here; called on the node's context
   */
  public static Verticles create(
      Vertx vertx,
      String nodeId,
      UserCode code,
      Bus bus,
      Knowledge knowledge,
      Supplier<ClusterStatus> cluster,
      Consumer<ClusterEvent> events,
      Scheduler scheduler) {
    Context own = vertx.getOrCreateContext();
    Executor context =
        task -> {
          if (Vertx.currentContext() == own) {
            task.run();
          } else {
            own.runOnContext(none -> task.run());
          }
        };
    VerticleHost host = new VertxHost(vertx, code, scheduler, DEFAULT_LIMIT);
    return new Verticles(
        nodeId, host, bus, knowledge, cluster, events, scheduler, context, DEFAULT_LIMIT);
  }

  /** Serves requests of other nodes and shows this node's entry. */
  public Future<Void> start() {
    check = scheduler.every(CHECK_PERIOD, this::check);
    return serve().compose(all -> hosted.show());
  }

  private Future<?> serve() {
    Stream<Future<Bus.Registration>> served =
        Stream.of(
            bus.serve(
                Addresses.node(nodeId, "verticle", "place"),
                body -> Answers.wrap(placer.place(DeployRequest.fromJson(body)))),
            bus.serve(
                Addresses.node(nodeId, "verticle", "deploy"),
                body -> Answers.wrap(deployHere(DeployRequest.fromJson(body)))),
            bus.serve(
                Addresses.node(nodeId, "verticle", "undeploy"),
                body -> Answers.wrap(hosted.undeploy(body.getString("id")))));
    return Future.all(served.map(future -> future.onSuccess(registrations::add)).toList());
  }

  /**
   * The node has another id: what runs here goes on, and is found and shown under that one. Call
   * it on the node's context.
   */
  public Future<Void> rename(String newNodeId) {
    nodeId = newNodeId;
    List<Future<Void>> closing = registrations.stream().map(Bus.Registration::close).toList();
    registrations.clear();
    return Future.join(closing)
        .otherwiseEmpty()
        .compose(closed -> serve())
        .compose(all -> hosted.renamed());
  }

  /** Tells this that the grid has a new view: after a merge each node's entry is put again. */
  public void onView(GridView view) {
    // The view changes once more after this has been closed and its event loop is gone.
    if (!closed) {
      AFTER_A_VIEW.forEach(delay -> scheduler.after(delay, hosted::show));
    }
    mayHaveChanged();
  }

  private void check() {
    hosted.showAgainIfLost();
    listing.removeForgotten(scheduler.nanos());
  }

  /**
   * Starts a verticle, here or on another node. NOT_FOUND if the class or the node is not there,
   * INVALID if the class is no verticle, FORBIDDEN if it may not be deployed, CONFLICT if the id is
   * in use, INTERNAL if its start failed, TIMEOUT if it did not end in time, NO_SUITABLE_NODES if
   * no node is active, UNAVAILABLE if the node cannot be reached, READ_ONLY without a majority.
   */
  public Future<VerticleInfo> deploy(DeployRequest request) {
    return onContext(() -> requireWritable().compose(ok -> toPlacer(request)));
  }

  private Future<VerticleInfo> toPlacer(DeployRequest request) {
    String coordinator = cluster.get().coordinator();
    if (coordinator.isEmpty() || coordinator.equals(nodeId)) {
      return placer.place(request);
    }
    Duration deadline = limit.plus(HOP.multipliedBy(2));
    return bus.request(
            Addresses.node(coordinator, "verticle", "place"), request.toJson(), deadline)
        .map(Optional::of)
        // A coordinator that just came or went does not serve; then this node places.
        .recover(failure -> ifNotServed(failure, Future.succeededFuture(Optional.empty())))
        .compose(answer -> answer.map(Answers::unwrap).orElseGet(() -> placer.place(request)));
  }

  private Future<VerticleInfo> deployOn(String node, DeployRequest request) {
    return node.equals(nodeId)
        ? deployHere(request)
        : ask(node, "deploy", request.toJson(), limit.plus(HOP));
  }

  private Future<VerticleInfo> deployHere(DeployRequest request) {
    return hosted.deploy(request.id(), request.className(), request.config());
  }

  /**
   * Stops a verticle, wherever it runs, also if its stop fails. NOT_FOUND if there is none of that
   * id, UNAVAILABLE if its node cannot be reached, READ_ONLY without a majority.
   */
  public Future<Void> undeploy(String id) {
    return onContext(
        () -> requireWritable().compose(ok -> listing.locate(id)).compose(this::undeployOn));
  }

  private Future<Void> undeployOn(VerticleInfo info) {
    Future<VerticleInfo> done =
        info.node().equals(nodeId)
            ? hosted.undeploy(info.id())
            : ask(
                info.node(), "undeploy", new JsonObject().put("id", info.id()), limit.plus(HOP));
    return done.mapEmpty();
  }

  private Future<VerticleInfo> ask(String node, String verb, JsonObject body, Duration deadline) {
    return bus.request(Addresses.node(node, "verticle", verb), body, deadline)
        .recover(failure -> ifNotServed(failure, Future.failedFuture(unreachable(node))))
        .compose(Answers::unwrap);
  }

  private static <T> Future<T> ifNotServed(Throwable failure, Future<T> then) {
    return MabeamException.of(failure).code() == ErrorCode.NOT_FOUND
        ? then
        : Future.failedFuture(failure);
  }

  private static MabeamException unreachable(String node) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE,
        "node " + node + " cannot be reached",
        "it is starting, stopping, gone or cut off; try again when it is active");
  }

  private Future<Void> requireWritable() {
    return ClusterStatus.READ_ONLY.equals(cluster.get().mode())
        ? Future.failedFuture(
            new MabeamException(
                ErrorCode.READ_ONLY,
                "this side of the cluster has no majority: nothing is deployed or undeployed",
                "ask a node on the other side, or wait until the cluster is whole again"))
        : Future.succeededFuture();
  }

  /** Every verticle that runs on a node of the cluster, ordered by id. */
  public List<VerticleInfo> list() {
    return listing.list();
  }

  /** The verticle of that id, if it is listed. */
  public Optional<VerticleInfo> find(String id) {
    return list().stream().filter(info -> info.id().equals(id)).findFirst();
  }

  /** How many verticles run on this node. */
  public int countHere() {
    return hosted.list().size();
  }

  /** Hears that the list may have changed. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private void mayHaveChanged() {
    if (!closed) {
      context.execute(this::changed);
    }
  }

  private void changed() {
    listeners.forEach(Runnable::run);
  }

  /** Serves nobody any more, and undeploys what runs here. */
  public Future<Void> close() {
    return onContext(
        () -> {
          closed = true;
          check.cancel();
          List<Future<Void>> closed =
              registrations.stream().map(Bus.Registration::close).toList();
          return Future.join(closed).otherwiseEmpty().compose(done -> hosted.close());
        });
  }

  private <T> Future<T> onContext(Supplier<Future<T>> task) {
    Promise<T> result = Promise.promise();
    context.execute(() -> task.get().onComplete(result));
    return result.future();
  }
}
