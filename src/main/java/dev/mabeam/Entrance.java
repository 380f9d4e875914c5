package dev.mabeam;

import dev.mabeam.consensus.ConsensusContext;
import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.consensus.DecidingRegistrar;
import dev.mabeam.consensus.KeptLogs;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
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
import dev.mabeam.membership.Peers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * How a node gets into its cluster, on its {@link Link}: it {@linkplain #open joins} by its seeds,
 * or goes on with the log that its data directory has; it {@linkplain #rejoin joins again} when it
 * was expelled. Each admission is one incarnation, and has a {@link Stay} in which it decides.
 *
 * <h2>Going on with a log</h2>
 *
 * An endpoint is not an incarnation. The <em>endpoint</em> votes. It lives as long as its log, and
 * its vote counts whether or not a process is a member that has it: quorum is a majority of the
 * committed voters, and what a voter has promised is in its log. The <em>incarnation</em> owns: it is
 * given by decision, one for each life of a process. A node that restarts with its data directory
 * has the first and not yet the second. So it votes at once, owns nothing, and goes two ways to be
 * admitted:
 *
 * <pre>
 * its own log:  it proposes its admission to whoever leads, itself perhaps. If a whole cluster has
 *               restarted there is no other way, since nobody is a member who could admit another.
 * the link:     it applies to the seeds, as every node does. If its endpoint does not vote any
 *               more there is no other way, since nobody takes proposals from its log.
 * </pre>
 *
 * Neither way is given up for the other. If a node stopped voting in order to apply, all could do
 * so at the same moment, and a majority that is there would admit nobody.
 *
 * <ol>
 *   <li><b>One incarnation.</b> Both ways end in a decision about one boot id, and the members'
 *       table admits a boot id once: the second gets the answer of the first. If the node was ended
 *       in between, the second is refused.
 *   <li><b>A vote without a member is safe.</b> It rests on the log alone, which was forced before
 *       anything was promised. As a voter it confirms nobody's lease in its first lease, whatever
 *       it may have confirmed in its life before.
 *   <li><b>An endpoint that was removed decides nothing.</b> Its removal is known to a majority of
 *       the voters it knows, so it gets no majority from them. A leader it asks for its vote tells it,
 *       and then its log closes; without one it goes on asking, and the way by the link is open all
 *       the time. Once admitted there, it follows the others, and begins an empty log under a new
 *       endpoint if it is to vote again.
 *   <li><b>No other cluster.</b> Until it is admitted it says of itself that it is in the cluster of
 *       its log: it founds none, promises nothing, and applies to no other.
 * </ol>
 *
 * Whom it applies to need not be a member itself: a node in the same position passes the application
 * on to whoever leads. If neither way has come off in the join timeout, the node gives up.
 */
final class Entrance {
  private static final System.Logger LOG = System.getLogger(Entrance.class.getName());

  private final MabeamOptions options;
  private final Wiring wiring;
  private final Loops loops;
  private final Supplier<String> storeId;
  private final BiConsumer<Stay, String> onExpelled;
  private final Promise<Member> replaced = Promise.promise();
  private Link link;
  private SharedCourier courier;
  private Peers peers;
  private volatile Admission admission;
  private volatile Stay stay;
  /** The stay that votes already and has no admission yet. */
  private Stay resuming;
  private boolean keptLog;

  /**
   * @param storeId names the store of checkpoints that this node has
   * @param onExpelled hears which stay has ended, and why; on the log's thread
   */
  Entrance(
      MabeamOptions options,
      Wiring wiring,
      Loops loops,
      Supplier<String> storeId,
      BiConsumer<Stay, String> onExpelled) {
    this.storeId = storeId;
    this.options = options;
    this.wiring = wiring;
    this.loops = loops;
    this.onExpelled = onExpelled;
  }

  /** Completes once the node is admitted. */
  Future<Void> open() {
    return loops.onLink(
        () -> {
          openLink();
          return keptCluster().compose(kept -> kept.isEmpty() ? join() : resume(kept.get()));
        });
  }

  private void openLink() {
    LinkOptions linkOptions =
        new LinkOptions(
            options.getName(),
            address(options.getLinkPort()),
            address(options.getGridPort()),
            address(options.getBusPort()),
            options.isBootstrap(),
            options.getBootstrapExpect(),
            options.getJoinTimeout(),
            storeId.get());
    link =
        Link.create(
            linkOptions,
            wiring.transport().apply(new TcpLinkTransport(loops.vertx())),
            seeds(options),
            loops.link(),
            new SecureRandom());
    courier = new SharedCourier(link.courier());
    link.onReplaced(other -> replaced.tryComplete(other));
    link.setRegistrar(new DecidingRegistrar(() -> stay == null ? null : stay.consensus()));
    peers = Peers.of(link, loops.link());
  }

  private LinkAddress address(int port) {
    return new LinkAddress(options.getBind(), port);
  }

  private SeedSource seeds(MabeamOptions from) {
    return Discovery.of(
        loops.vertx(),
        from.getDiscovery(),
        from.getSeeds().stream().map(LinkAddress::parse).toList(),
        address(from.getLinkPort()),
        System.getenv());
  }

  // ---- the ways in ----------------------------------------------------------------------------

  private Future<Void> join() {
    return link.join().onSuccess(admitted -> admission = admitted).mapEmpty();
  }

  private Future<Optional<String>> keptCluster() {
    return dataDirectory().isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : loops
            .vertx()
            .executeBlocking(
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
   * Goes on in the cluster whose log is kept: votes at once, and is admitted either by that log or
   * by somebody who is a member already. Both are tried until one has come off.
   */
  private Future<Void> resume(String clusterId) {
    keptLog = true;
    return link.resume(clusterId)
        .compose(listening -> loops.onLink(() -> restart(clusterId)))
        .compose(voting -> loops.onLink(() -> bothWays(clusterId)));
  }

  private Future<Void> restart(String clusterId) {
    resuming = newStay(clusterId);
    return resuming.restart(link.applicant());
  }

  private Future<Void> bothWays(String clusterId) {
    Stay voting = resuming;
    voting
        .admitMyself(clusterId, link.applicant(), options.getJoinTimeout())
        .onSuccess(admitted -> loops.link().execute(() -> link.enter(admitted)))
        .onFailure(
            failure ->
                LOG.log(
                    System.Logger.Level.DEBUG,
                    options.getName() + " was not admitted by its own log",
                    failure));
    return join().recover(failure -> Future.failedFuture(inVain(clusterId, failure)));
  }

  private MabeamException inVain(String clusterId, Throwable failure) {
    MabeamException why = MabeamException.of(failure);
    ConsensusStatus known = resuming.consensus().status();
    return why.code() != ErrorCode.NO_REACHABLE_SEED_NODES || known.voters().isEmpty()
        ? why
        : new MabeamException(
            why.code(),
            why.getMessage() + "; it goes on with the log of cluster " + clusterId
                + ", in which " + known.quorum() + " of " + String.join(", ", known.voters())
                + " have to agree",
            "start the missing ones; if a majority is gone for good, 'mabeam quorum recover'",
            why);
  }

  /** Applies to the members again, for a new incarnation. */
  Future<Void> rejoin() {
    return loops.onLink(link::rejoin).onSuccess(admitted -> admission = admitted).mapEmpty();
  }

  // ---- deciding -------------------------------------------------------------------------------

  /** Completes once the stay that belongs to the admission decides. */
  Future<Void> decide() {
    Stay deciding = resuming == null ? newStay(admission.clusterId()) : resuming;
    resuming = null;
    return deciding.decide(admission);
  }

  private Stay newStay(String clusterId) {
    Stay opening = new Stay(machines -> consensusContext(clusterId, with(machines)));
    wiring.decisions().accept(opening.consensus().decisions());
    opening.consensus().onExpelled(reason -> onExpelled.accept(opening, reason));
    opening.consensus().describe(options.getZone(), options.isWitness());
    opening.consensus().probe(member -> loops.onLink(() -> link.probe(member)));
    opening
        .consensus()
        .onMembers(members -> loops.link().execute(() -> members.all().forEach(link::learn)));
    stay = opening;
    return opening;
  }

  private ConsensusContext consensusContext(String clusterId, List<StateMachine> machines) {
    return new ConsensusContext(
        courier(Courier.FIRST_TYPE, loops.log()::execute),
        loops.log(),
        new SecureRandom(),
        ForkJoinPool.commonPool(),
        clusterId,
        dataDirectory(),
        this::reachability,
        machines);
  }

  private List<StateMachine> with(List<StateMachine> machines) {
    return Stream.concat(machines.stream(), wiring.machines().get().stream()).toList();
  }

  private Reachability reachability(Member member) {
    return peers.peers().stream()
        .filter(peer -> peer.member().equals(member))
        .map(PeerState::reachability)
        .findFirst()
        .orElse(Reachability.SILENT);
  }

  /** What the room whose lowest type of frames is that one sends and hears with, on its thread. */
  Courier courier(byte first, Executor thread) {
    return Courier.hopping(courier(first), loops.link()::execute, thread);
  }

  /** The same for a room on the link's thread. */
  Courier courier(byte first) {
    return courier.room(first);
  }

  // ---- what came of it ------------------------------------------------------------------------

  /** The last one, once {@link #open} has completed. */
  Admission admission() {
    return admission;
  }

  /** The one that decides, or is about to; null before. */
  Stay stay() {
    return stay;
  }

  Peers peers() {
    return peers;
  }

  /** Whether this node opens the grid, since nobody else is there who could have. */
  Future<Boolean> opensGrid() {
    return keptLog
        ? GridTurn.isFirst(loops.vertx(), loops.link(), peers, admission)
        : Future.succeededFuture(admission.founder());
  }

  /** Completes when another node has this one's name, which the cluster then does not know. */
  Future<Member> replaced() {
    return replaced.future();
  }

  /** Whether a seed answers: what has to be true before this node gives up the cluster it is in. */
  Future<Void> requireReachable(MabeamOptions target) {
    SeedSource seeds = seeds(target);
    return loops.onLink(
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

  // ---- leaving --------------------------------------------------------------------------------

  Future<Void> stopDeciding() {
    return stay == null ? Future.succeededFuture() : stay.leave();
  }

  Future<Void> closeLink() {
    return link == null ? Future.succeededFuture() : loops.onLink(link::leave);
  }
}
