package dev.mabeam;

import dev.mabeam.agent.Agents;
import dev.mabeam.checkpoint.CheckpointCounts;
import dev.mabeam.checkpoint.CheckpointStore;
import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.dashboard.Metrics;
import dev.mabeam.dashboard.NodeRooms;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.EventLog;
import dev.mabeam.link.Courier;
import dev.mabeam.link.Member;
import dev.mabeam.membership.Membership;
import dev.mabeam.migration.Migrations;
import dev.mabeam.recovery.Recoveries;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.Verticles;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One node of a cluster in this process: everything from the link to HTTP, {@linkplain #open opened
 * in order} and {@linkplain #close closed in reverse}. Not reusable.
 *
 * <p>A node may be expelled while it is out of reach. Then its incarnation ends, with its part in
 * deciding, its agents and its variables; link, grid, Vert.x, events, users' verticles and HTTP
 * stay, and {@linkplain #renew go on} under the id of the next incarnation.
 *
 * <table>
 *   <caption>What it is made of</caption>
 *   <tr><td>{@link Loops} <td>the threads that are there before a cluster is known
 *   <tr><td>{@link Entrance} <td>the link, and the ways into the cluster
 *   <tr><td>{@link Premises} <td>what outlasts an incarnation: grid, Vert.x, membership, verticles
 *   <tr><td>{@link Stay} <td>what ends with an incarnation: deciding, agents, variables
 *   <tr><td>{@link Front} <td>HTTP
 * </table>
 */
final class Node {
  private static final System.Logger LOG = System.getLogger(Node.class.getName());
  /** The lowest type of the frames that checkpoints travel in. */
  private static final byte CHECKPOINT_FRAMES = 48;

  private final PrometheusMeterRegistry metrics = Metrics.registry();
  private final Promise<Void> broken = Promise.promise();
  private final MabeamOptions options;
  private final Loops loops;
  private final Entrance entrance;
  private final Premises premises;
  private final Front front;
  private volatile CheckpointStore checkpoints;
  private volatile Stay shown;
  private Future<Void> incarnations = Future.succeededFuture();
  private volatile Future<Void> closed;

  private Node(
      MabeamOptions options, Wiring wiring, Function<List<String>, Future<Void>> join) {
    this.options = options;
    loops = new Loops(options.getName(), options.getDataDir().isEmpty());
    entrance = new Entrance(options, wiring, loops, () -> checkpoints.id(), this::expelled);
    CheckpointCounts counts = new CheckpointCounts();
    counts.register(metrics);
    premises =
        new Premises(
            options,
            wiring,
            loops,
            entrance,
            metrics,
            new Keeper.OfProcess(
                () -> checkpoints,
                counts,
                loops.checkpoints(),
                this::checkpointCourier,
                loops.timers()),
            () -> shown == null ? 0 : shown.agents().countHere());
    front = new Front(options, premises, metrics, () -> rooms(join), () -> closed != null);
  }

  /** Starts everything, or closes again what it had started and fails. */
  static Future<Node> start(
      MabeamOptions options, Wiring wiring, Function<List<String>, Future<Void>> join) {
    Node node = new Node(options, wiring, join);
    // Of no context: that of whatever failed is gone once the node is closed again.
    Promise<Node> result = Promise.promise();
    node.begin()
        .onComplete(
            opened -> result.complete(node),
            failure -> node.close().onComplete(closed -> result.fail(failure)));
    return result.future();
  }

  // ---- the order of things --------------------------------------------------------------------

  /** An incarnation that ends while the node is opened is renewed when it is open. */
  private synchronized Future<Void> begin() {
    incarnations = open();
    return incarnations;
  }

  private Future<Void> open() {
    return premises
        .openCode()
        .compose(opened -> openStore())
        .compose(opened -> entrance.open())
        .compose(admitted -> keepForThisCluster())
        .compose(admitted -> Future.join(decide(), premises.openGrid()))
        .compose(opened -> premises.openVertx())
        .compose(opened -> premises.openMembership())
        .compose(opened -> openRooms())
        .compose(opened -> premises.openVerticles())
        .compose(opened -> front.open());
  }

  /** In the data directory, if there is one; reading it may take a while. */
  private Future<Void> openStore() {
    return loops.blocking(
        () -> {
          if (options.getDataDir().isEmpty()) {
            checkpoints = CheckpointStore.inMemory(new SecureRandom());
            return;
          }
          Path directory = Path.of(options.getDataDir());
          if (options.isForgetCluster()) {
            CheckpointStore.forget(directory);
          }
          checkpoints =
              CheckpointStore.open(
                  directory,
                  new SecureRandom(),
                  loops.checkpointDisk()::execute,
                  loops.checkpoints()::execute);
        });
  }

  private Future<Void> keepForThisCluster() {
    return loops.blocking(() -> checkpoints.belongTo(entrance.admission().clusterId()));
  }

  /** A machine that is slow enough may find its node expelled before it was ever in. */
  private Future<Void> decide() {
    return entrance
        .decide()
        .recover(
            failure ->
                MabeamException.of(failure).code() == ErrorCode.STALE_EPOCH
                    ? unlessClosed(this::decideAnew)
                    : Future.failedFuture(failure));
  }

  private Future<Void> decideAnew() {
    Stay ending = entrance.stay();
    return entrance
        .rejoin()
        .compose(admitted -> unlessClosed(ending::end))
        .compose(ended -> unlessClosed(this::decide));
  }

  /** After {@code ending} was expelled: the same node, in another incarnation. */
  private Future<Void> renew(Stay ending) {
    return unlessClosed(entrance::rejoin)
        .compose(admitted -> unlessClosed(ending::end))
        .compose(ended -> unlessClosed(entrance::decide))
        .compose(opened -> unlessClosed(premises::writable))
        .compose(writable -> unlessClosed(() -> ending.closeRooms(vertx())))
        .compose(left -> unlessClosed(premises::renewMembership))
        .onSuccess(renewed -> front.announce())
        .compose(renewed -> unlessClosed(this::openRooms))
        .compose(opened -> unlessClosed(premises::renameVerticles));
  }

  /** Closes in reverse what was opened, each step also if the one before failed. */
  synchronized Future<Void> close() {
    if (closed == null) {
      closed =
          step("undeploying", premises::undeploy)
              .compose(left -> step("ending agents and variables", this::closeRooms))
              .compose(left -> step("leaving", premises::sayGoodbye))
              .compose(left -> step("closing Vert.x", premises::closeVertx))
              .compose(left -> step("closing the grid", premises::closeGrid))
              .compose(left -> step("ending decisions", entrance::stopDeciding))
              .compose(left -> step("closing the link", entrance::closeLink))
              .compose(left -> step("closing user code", premises::closeCode))
              .compose(left -> step("closing the log's thread", this::closeLog))
              .compose(
                  left ->
                      step(
                          "closing the store",
                          () -> loops.closeCheckpoints(this::closeStore)))
              .compose(left -> step("closing the link's loop", loops::closeLink));
    }
    return closed;
  }

  /** The stay that decides now is shown once its rooms are open. */
  private Future<Void> openRooms() {
    Stay opening = entrance.stay();
    return opening.open(premises.surroundings()).onSuccess(opened -> shown = opening);
  }

  private Future<Void> closeRooms() {
    Stay stay = entrance.stay();
    return stay == null || vertx() == null
        ? Future.succeededFuture()
        : stay.closeRooms(vertx());
  }

  private Courier checkpointCourier() {
    return loops.checkpointsOnLink()
        ? entrance.courier(CHECKPOINT_FRAMES)
        : entrance.courier(CHECKPOINT_FRAMES, loops.checkpoints()::execute);
  }

  private void closeStore() {
    if (checkpoints != null) {
      checkpoints.close();
    }
  }

  private Future<Void> closeLog() {
    metrics.close();
    return loops.closeLog();
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
          return Future.succeededFuture();
        });
  }

  private <T> Future<T> unlessClosed(Supplier<Future<T>> step) {
    return closed == null
        ? step.get()
        : Future.failedFuture(
            new MabeamException(ErrorCode.UNAVAILABLE, "node " + id() + " is closing"));
  }

  // ---- expelled, and back ---------------------------------------------------------------------

  /** The cluster went on without this node, which comes back; one life after the other. */
  private synchronized void expelled(Stay ended, String reason) {
    LOG.log(
        System.Logger.Level.WARNING,
        id() + " was expelled: " + reason + "; it joins again as a new incarnation");
    incarnations =
        incarnations
            .compose(before -> ended == entrance.stay() ? renew(ended) : Future.<Void>succeededFuture())
            .otherwise(this::notBack);
  }

  private Void notBack(Throwable failure) {
    if (closed == null) {
      broken.tryFail(failure);
    }
    return null;
  }

  /** Fails when this node was expelled and cannot come back. */
  Future<Void> broken() {
    return broken.future();
  }

  /** Completes when another node has this one's name, which the cluster then does not know. */
  Future<Member> replaced() {
    return entrance.replaced();
  }

  /** Whether a seed answers: what has to be true before this node gives up the cluster it is in. */
  Future<Void> requireReachable(MabeamOptions target) {
    return entrance.requireReachable(target);
  }

  // ---- what is there --------------------------------------------------------------------------

  private NodeRooms rooms(Function<List<String>, Future<Void>> join) {
    return new NodeRooms(
        membership(),
        verticles(),
        shown.agents(),
        shown.variables(),
        shown.migrations(),
        shown.recovery(),
        shown::cordoned,
        shown.consensus()::status,
        shown.places()::explain,
        join);
  }

  /** The node's id in this stay. */
  String id() {
    return entrance.admission().self().id();
  }

  Vertx vertx() {
    return premises.vertx();
  }

  Membership membership() {
    return premises.membership();
  }

  ConsensusStatus decisions() {
    return shown.consensus().status();
  }

  Agents agents() {
    return shown.agents();
  }

  Variables variables() {
    return shown.variables();
  }

  Migrations migrations() {
    return shown.migrations();
  }

  Recoveries recovery() {
    return shown.recovery();
  }

  Verticles verticles() {
    return premises.verticles();
  }

  EventLog log() {
    return premises.events().log();
  }

  /** The port that HTTP is served at, or -1. */
  int httpPort() {
    return front.port();
  }
}
