package dev.mabeam;

import dev.mabeam.agent.Agents;
import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.LoggedEvent;
import dev.mabeam.link.Member;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.Membership;
import dev.mabeam.migration.Drained;
import dev.mabeam.migration.Migrations;
import dev.mabeam.recovery.Recoveries;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.Verticles;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A node of a mabeam cluster in this process: what an embedder imports first.
 *
 * <h2>Lifecycle</h2>
 *
 * {@link #start} opens the node and joins or founds its cluster; {@link #close} leaves in order. The
 * node owns its Vert.x instances and closes them. Several nodes may run in one process if their
 * ports differ.
 *
 * <h2>Use</h2>
 *
 * {@link #vertx} is the clustered Vert.x: its event bus reaches every node. {@link #verticles}
 * deploys on any node. Addresses under {@code mabeam.} are the cluster's own.
 *
 * <h2>State</h2>
 *
 * {@link #status} and {@link #nodes} answer at once from what this node knows, also without a
 * majority; what they say may be a second old.
 *
 * <p>Every method may be called on any thread. Failures are {@link MabeamException}s.
 */
public final class Mabeam {
  private static final System.Logger LOG = System.getLogger(Mabeam.class.getName());
  private static final Duration DRAIN_AGAIN = Duration.ofMillis(500);

  private final MabeamOptions options;
  private final Wiring wiring;
  private final Promise<Void> over = Promise.promise();
  private volatile Node node;
  private boolean joining;
  private boolean closing;

  private Mabeam(MabeamOptions options, Wiring wiring) {
    this.options = options;
    this.wiring = wiring;
  }

  /**
   * Starts a node. Fails, with nothing left open, with NO_REACHABLE_SEED_NODES if no cluster was
   * found in {@link MabeamOptions#setJoinTimeout time}, CONFLICT if a port or the name is taken,
   * INVALID if an option is of no use, or this Java is not {@link SupportedJava supported}.
   */
  public static Future<Mabeam> start(MabeamOptions options) {
    return start(options, Wiring.PLAIN);
  }

  /** The same, for tests that reach in between the node and its network. */
  public static Future<Mabeam> start(MabeamOptions options, Wiring wiring) {
    Optional<MabeamException> objection = SupportedJava.objection();
    if (objection.isPresent()) {
      return Future.failedFuture(objection.get());
    }
    Mabeam mabeam = new Mabeam(new MabeamOptions(options), wiring);
    return mabeam.open(mabeam.options).map(mabeam);
  }

  /** The version of mabeam that this is; {@code development} outside its jar. */
  public static String version() {
    String version = Mabeam.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private Future<Void> open(MabeamOptions with) {
    return Node.start(with, wiring, this::join)
        .onSuccess(
            started -> {
              node = started;
              started.replaced().onSuccess(this::replacedBy);
              started.broken().onFailure(this::cannotComeBack);
            })
        .mapEmpty();
  }

  /** The node's id, {@code <name>#<incarnation>}; another one after {@link #join}. */
  public String nodeId() {
    return node.id();
  }

  /** The cluster as this node sees it. */
  public ClusterStatus status() {
    return node.membership().status();
  }

  /** Who decides, as this node's copy of what is decided has it. */
  public ConsensusStatus decisions() {
    return node.decisions();
  }

  /** The nodes, and changes of them. */
  public Membership nodes() {
    return node.membership();
  }

  /** Deploys, undeploys and lists plain verticles anywhere in the cluster. */
  public Verticles verticles() {
    return node.verticles();
  }

  /** Deploys agents anywhere, and sends to all of them. */
  public Agents agents() {
    return node.agents();
  }

  /** Named values for the whole cluster. */
  public Variables variables() {
    return node.variables();
  }

  /** Moves agents between nodes, and drains nodes. */
  public Migrations migrations() {
    return node.migrations();
  }

  /** Brings agents back whose node is gone; it happens by itself. */
  public Recoveries recovery() {
    return node.recovery();
  }

  /**
   * Moves all agents of this node to others, before it {@link #close closes} for good; completes
   * when none is left that can be moved, or in the {@link MabeamOptions#setDrainTimeout time} that
   * it has. While another node is drained it waits its turn. A node that is alone moves nothing.
   */
  public Future<Drained> drain() {
    long until = System.nanoTime() + options.getDrainTimeout().toNanos();
    boolean alone = status().nodes().size() < 2 || agents().list().isEmpty();
    return alone || options.getDrainTimeout().isZero()
        ? Future.succeededFuture(new Drained(nodeId(), true, 0, 0, 0, List.of()))
        : drain(until);
  }

  private Future<Drained> drain(long until) {
    Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
    return migrations()
        .drain(nodeId(), left)
        .recover(
            failure ->
                MabeamException.of(failure).code() == ErrorCode.CONFLICT
                        && left.compareTo(DRAIN_AGAIN) > 0
                    ? vertx().timer(DRAIN_AGAIN.toMillis(), TimeUnit.MILLISECONDS)
                        .compose(waited -> drain(until))
                    : Future.failedFuture(failure));
  }

  /** The newest {@code limit} events that this node knows of, oldest first. */
  public List<LoggedEvent> events(int limit) {
    return node.log().newest(limit);
  }

  /** The clustered Vert.x; another one after {@link #join}. The node closes it. */
  public Vertx vertx() {
    return node.vertx();
  }

  /** The port that HTTP is served at, or -1 if it is not. */
  public int httpPort() {
    return node.httpPort();
  }

  /**
   * Gives up this node's own cluster for the one that {@code seeds} lead to. Completes once a seed
   * has answered; the node then closes, and opens again in the other cluster under a new id and on
   * a new {@link #vertx}. If the seeds are gone by then, it opens alone again.
   *
   * <p>Fails with CONFLICT if this node is not alone, or verticles are deployed on it;
   * NO_REACHABLE_SEED_NODES if no seed answers; INVALID if one is no address.
   *
   * @param seeds link addresses, {@code host:port}
   */
  public Future<Void> join(List<String> seeds) {
    MabeamOptions target = new MabeamOptions(options).setSeeds(seeds).setBootstrap(false);
    target.setDiscovery(MabeamOptions.DEFAULT_DISCOVERY).setBootstrapExpect(0);
    Node current = node;
    return Future.succeededFuture()
        .compose(
            checked -> {
              requireHoldsNothing(current, seeds);
              return current.requireReachable(target);
            })
        .onSuccess(reachable -> reopen(current, target));
  }

  private synchronized void requireHoldsNothing(Node current, List<String> seeds) {
    int others = current.membership().status().nodes().size() - 1;
    int hosted = current.verticles().countHere();
    if (seeds.isEmpty()) {
      throw new MabeamException(ErrorCode.INVALID, "no seed is named", "give host:port of a node");
    }
    if (others > 0 || hosted > 0 || joining || closing) {
      String why =
          joining
              ? "is joining already"
              : closing ? "is closing" : others > 0 ? "is not alone" : "has verticles deployed";
      throw new MabeamException(
          ErrorCode.CONFLICT,
          "node " + current.id() + " cannot join another cluster: it " + why,
          "only a node that is alone and holds nothing can; start a new one with --seed instead");
    }
    joining = true;
  }

  private void reopen(Node current, MabeamOptions target) {
    current
        .close()
        .compose(closed -> open(target))
        .recover(
            failure -> {
              LOG.log(
                  System.Logger.Level.ERROR,
                  "node " + options.getName() + " could not join " + target.getSeeds() + ": "
                      + failure.getMessage() + "; it goes on alone");
              return open(options);
            })
        .onComplete(
            opened -> ended(),
            failure -> {
              LOG.log(
                  System.Logger.Level.ERROR,
                  "node " + options.getName() + " could not open again; end this process",
                  failure);
              over.tryFail(MabeamException.of(failure));
            });
  }

  /** While this node was out of reach its name was given away: it owns nothing any more. */
  private void replacedBy(Member other) {
    MabeamException why =
        new MabeamException(
            ErrorCode.CONFLICT,
            "node " + nodeId() + " was replaced by " + other.id() + " while it was out of reach",
            "start it again under another name, or end the other one first");
    LOG.log(System.Logger.Level.ERROR, why.getMessage() + "; it closes");
    close().onComplete(closed -> over.tryFail(why));
  }

  private void cannotComeBack(Throwable failure) {
    MabeamException why = MabeamException.of(failure);
    LOG.log(
        System.Logger.Level.ERROR,
        nodeId() + " cannot come back: " + why.getMessage() + "; it closes");
    close().onComplete(closed -> over.tryFail(why));
  }

  private void ended() {
    boolean close;
    synchronized (this) {
      joining = false;
      close = closing;
    }
    if (close) {
      node.close();
    }
  }

  /**
   * Leaves the cluster and closes everything, in order: says goodbye, undeploys users' verticles,
   * closes HTTP and Vert.x, then the grid, then the link. A second call waits for the first.
   */
  public Future<Void> close() {
    synchronized (this) {
      closing = true;
    }
    return node.close();
  }

  /**
   * Fails when the node had to close by itself: with CONFLICT if another node got its name while
   * this one was out of reach; or when it closed to {@link #join} and could not open again. Never
   * completes otherwise.
   */
  public Future<Void> failure() {
    return over.future();
  }
}
