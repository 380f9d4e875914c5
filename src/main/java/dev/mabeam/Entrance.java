package dev.mabeam;

import dev.mabeam.consensus.ConsensusContext;
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
import dev.mabeam.link.TcpLinkTransport;
import dev.mabeam.membership.Peers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;

/**
 * How a node gets into its cluster, on its {@link Link}: it {@linkplain #open joins} by its seeds,
 * or goes on with the log that its data directory has; it {@linkplain #rejoin joins again} when it
 * was expelled. Each admission is one incarnation, and has a {@link Stay} in which it decides.
 */
final class Entrance {
  private final MabeamOptions options;
  private final Wiring wiring;
  private final Loops loops;
  private final Consumer<String> onExpelled;
  private final Promise<Member> replaced = Promise.promise();
  private Link link;
  private Peers peers;
  private volatile Admission admission;
  private volatile Stay stay;
  private boolean resumed;

  /** @param onExpelled hears why the present stay has ended; on the log's thread */
  Entrance(MabeamOptions options, Wiring wiring, Loops loops, Consumer<String> onExpelled) {
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
            options.getJoinTimeout());
    link =
        Link.create(
            linkOptions,
            wiring.transport().apply(new TcpLinkTransport(loops.vertx())),
            seeds(options),
            loops.link(),
            new SecureRandom());
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
                  .onSuccess(admitted -> resumed = true)
                  .compose(
                      admitted ->
                          loops.onLink(
                              () -> {
                                link.enter(admitted);
                                return Future.<Void>succeededFuture();
                              }))
                  .recover(
                      failure -> resuming.end().compose(ended -> loops.onLink(this::joinAfter)));
            });
  }

  private Future<Void> joinAfter() {
    stay = null;
    return join();
  }

  /** Applies to the members again, for a new incarnation. */
  Future<Void> rejoin() {
    return loops.onLink(link::rejoin).onSuccess(admitted -> admission = admitted).mapEmpty();
  }

  // ---- deciding -------------------------------------------------------------------------------

  /** Completes once the stay that belongs to the admission decides; it may have begun with that. */
  Future<Void> decide() {
    return stay != null && stay.isIn(admission)
        ? Future.succeededFuture()
        : newStay(admission.clusterId()).decide(admission);
  }

  private Stay newStay(String clusterId) {
    Stay opening = new Stay(machines -> consensusContext(clusterId, machines));
    opening.consensus().onExpelled(onExpelled);
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
        Courier.hopping(link.courier(), loops.link()::execute, loops.log()::execute),
        loops.log(),
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
    return resumed
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
