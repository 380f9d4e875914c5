package dev.mabeam.membership;

import dev.mabeam.bus.Bus;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.GridView;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps this node's entry, and the list of all nodes as this node sees them.
 *
 * <p>Once a second it states its own entry in the cache {@code mabeam.nodes}, exchanges reports
 * with its overlay neighbours ({@code Gossip}), asks them about whom it does not hear
 * ({@code IndirectProbe}), and folds all of it into one list ({@code NodeTable}); a change of the
 * view or of a link is folded in at once. The first node of the view is the <em>coordinator</em>:
 * it publishes the {@code node.*} events ({@code Announcer}), and writes into the cache who failed
 * and who has gone.
 *
 * <p>Guaranteed: reading never blocks and may be done from any thread; what one call returns was
 * true together. <em>Not</em> guaranteed: that two nodes see the same at the same time. Once
 * connected and quiet they do, but for phi, round-trip time and last heartbeat, which are each
 * node's own.
 */
public final class Membership {
  private static final Duration BEAT = Duration.ofSeconds(1);
  /** A node that was itself stopped this long has seen nobody, and distrusts its verdicts. */
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration DISTRUST = Duration.ofSeconds(3);
  private static final Duration GOODBYE = Duration.ofSeconds(1);
  private static final Duration COALESCE = Duration.ofMillis(100);

  private final MembershipOptions options;
  private final MembershipContext with;
  private final String selfId;
  private final NodeTable table;
  private final NodeCache cache;
  private final Announcer announcer;
  private final Gossip gossip;
  private final IndirectProbe probe;
  private final List<Consumer<NodeInfo>> listeners = new ArrayList<>();
  private final List<Bus.Registration> registrations = new ArrayList<>();
  /** Ends what this hears of others. */
  private final List<Runnable> hears = new ArrayList<>();
  private Scheduler.Scheduled ticker = () -> {};
  private volatile ClusterStatus status;
  private volatile NodeInfo self;
  private volatile Load load = Load.IDLE;
  private volatile String http = "";
  private volatile boolean leaving;
  private boolean reading;
  private boolean hasHistory;
  private boolean coordinator;
  private int catchingUp;
  private long lastTick;
  private long silentUntil;

  private Membership(
      MembershipOptions options,
      MembershipContext with,
      Function<VerdictRules.Sight, NodeStatus> rules) {
    this.options = options;
    this.with = with;
    this.selfId = options.self().id();
    this.self = entry(0, NodeStatus.JOINING);
    this.table = new NodeTable(self, rules);
    this.cache = new NodeCache(with.knowledge(), with.views(), table);
    this.announcer = new Announcer(selfId);
    this.gossip = new Gossip(table, with.bus(), this::refold);
    this.probe = new IndirectProbe(with.bus(), with.random(), this::peer);
    this.lastTick = with.scheduler().nanos();
    this.silentUntil = lastTick;
    this.status = status(List.of(self));
  }

  /** A membership that has not started; {@link #start} makes the node visible. */
  public static Membership create(MembershipOptions options, MembershipContext with) {
    return new Membership(options, with, VerdictRules::judge);
  }

  /** With other rules: for tests that show that wrong ones are caught. */
  static Membership create(
      MembershipOptions options,
      MembershipContext with,
      Function<VerdictRules.Sight, NodeStatus> rules) {
    return new Membership(options, with, rules);
  }

  /** Serves gossip and probes, and states the first entry. Call on the scheduler's thread. */
  public Future<Void> start() {
    with.events().log().newest(Integer.MAX_VALUE).forEach(announcer::heard);
    hears.add(with.events().log().onAdd(announcer::heard));
    hears.add(with.views().onView(view -> soon(() -> viewChanged(view))));
    hears.add(with.views().onWritable(writable -> soon(this::refold)));
    hears.add(with.peers().onChange(peer -> soon(() -> linkChanged(peer))));
    hears.add(with.knowledge().onChange(key -> soon(this::readSoon)));
    return Future.all(
            gossip.serve(selfId).onSuccess(registrations::add),
            probe.serve(selfId).onSuccess(registrations::add))
        .onSuccess(
            served -> {
              cache.read();
              viewChanged(with.views().view());
              tick();
              ticker = with.scheduler().every(BEAT, this::tick);
            })
        .mapEmpty();
  }

  /** Every node that is known, by name; any thread. */
  public List<NodeInfo> nodes() {
    return status.nodes();
  }

  /** The node with that id, or the newest with that name; any thread. */
  public Optional<NodeInfo> node(String idOrName) {
    return nodes().stream()
        .filter(node -> node.id().equals(idOrName) || node.name().equals(idOrName))
        .max(Comparator.comparingLong(NodeInfo::incarnation));
  }

  /** This node; any thread. */
  public NodeInfo self() {
    return self;
  }

  /** The cluster as this node sees it; any thread. */
  public ClusterStatus status() {
    return status;
  }

  /** This node's load, measured last; any thread. */
  public Load load() {
    return load;
  }

  /**
   * Hears each node whose row has changed, on the scheduler's thread and up to several times a
   * second, as its phi moves. A node that has gone from {@link #nodes()} is heard a last time.
   */
  public void onChange(Consumer<NodeInfo> listener) {
    listeners.add(listener);
  }

  /** States the URL of this node's HTTP API from the next beat on; any thread. */
  public void announceHttp(String url) {
    http = url;
  }

  /**
   * Tells the others that this node leaves, by cache and by gossip, and stops. Ends after about a
   * second whatever happens; the second call does nothing. Closing link and grid is the caller's.
   */
  public Future<Void> leave() {
    if (leaving) {
      return Future.succeededFuture();
    }
    leaving = true;
    ticker.cancel();
    hears.forEach(Runnable::run);
    own(NodeStatus.LEAVING);
    return atMost(GOODBYE, Future.join(cache.state(self), gossip.round(others())))
        .compose(told -> Future.join(registrations.stream().map(Bus.Registration::close).toList()))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  /** Ends when {@code work} does, however it does, or after {@code bound}. */
  private Future<Void> atMost(Duration bound, Future<?> work) {
    Promise<Void> ended = Promise.promise();
    Scheduler.Scheduled timer = with.scheduler().after(bound, ended::tryComplete);
    work.onComplete(
        done -> {
          timer.cancel();
          ended.tryComplete();
        });
    return ended.future();
  }

  private void tick() {
    long now = with.scheduler().nanos();
    if (now - lastTick > BEAT.plus(PAUSE).toNanos()) {
      silentUntil = now + DISTRUST.toNanos();
    }
    lastTick = now;
    load = with.load().sample();
    boolean inView = with.views().view().members().contains(options.self().name());
    own(inView ? NodeStatus.ACTIVE : NodeStatus.JOINING);
    cache.read();
    cache.stateSelf(self);
    readHistoryOnce();
    List<String> neighbours = neighbours();
    gossip.round(neighbours);
    probe.round(with.peers().peers(), neighbours, others(), this::take);
    refold();
    if (isCoordinator()) {
      cache.tidy();
    }
  }

  private void own(NodeStatus status) {
    self = entry(self.beat() + 1, status);
    table.own(self);
  }

  /** Before whoever coordinates the first view that this node is in, nobody said anything. */
  private void readHistoryOnce() {
    if (!hasHistory && isCoordinator()) {
      hasHistory = true;
    } else if (!hasHistory && !others().isEmpty()) {
      hasHistory = true;
      catchUp();
    }
  }

  private void viewChanged(GridView view) {
    table.view(view);
    boolean takesOffice = isCoordinator() && !coordinator;
    coordinator = isCoordinator();
    if (takesOffice && view.members().size() > 1 || view.merged()) {
      catchUp();
    }
    refold();
  }

  /** Reads what the others remember; until that has ended, this node announces nothing. */
  private void catchUp() {
    catchingUp++;
    Future.join(
            Stream.concat(
                    Stream.of(Future.<Void>succeededFuture()),
                    heardInView().map(id -> with.events().catchUp(id)))
                .toList())
        .onComplete(
            done -> {
              catchingUp--;
              refold();
            });
  }

  /** Those in the view of whom nothing bad is known. */
  private Stream<String> heardInView() {
    Map<String, PeerState> states = peersById();
    return others().stream()
        .filter(
            id ->
                !states.containsKey(id)
                    || states.get(id).reachability() == Reachability.CONNECTED);
  }

  private void linkChanged(PeerState peer) {
    if (peer.leaving()) {
      table.goodbye(peer.member().id());
    }
    refold();
  }

  private void take(String id, Evidence evidence) {
    table.evidence(id, evidence);
    refold();
  }

  private void readSoon() {
    if (!reading) {
      reading = true;
      with.scheduler()
          .after(
              COALESCE,
              () -> {
                reading = false;
                cache.read();
                refold();
              });
    }
  }

  private void refold() {
    table.link(with.peers().peers());
    long now = with.scheduler().nanos();
    NodeTable.Folded folded = table.fold(now);
    ClusterStatus before = status;
    status = status(folded.nodes());
    announcer.observe(folded);
    announce(folded.nodes(), now);
    tellListeners(before.nodes(), folded);
  }

  private void announce(List<NodeInfo> nodes, long now) {
    boolean speaks = coordinator && catchingUp == 0 && now >= silentUntil && !leaving;
    for (ClusterEvent event : announcer.due(nodes, speaks, now)) {
      with.events().publish(event);
    }
  }

  private void tellListeners(List<NodeInfo> before, NodeTable.Folded folded) {
    Map<String, NodeInfo> known = new HashMap<>();
    before.forEach(node -> known.put(node.id(), node));
    for (NodeInfo node : folded.nodes()) {
      if (!node.equals(known.remove(node.id()))) {
        listeners.forEach(listener -> listener.accept(node));
      }
    }
    known.values().forEach(gone -> listeners.forEach(listener -> listener.accept(gone)));
  }

  private boolean isCoordinator() {
    return with.views().view().coordinator().equals(options.self().name());
  }

  private List<String> neighbours() {
    return Overlay.neighbours(options.topology(), table.idsInView(), selfId);
  }

  private List<String> others() {
    return table.idsInView().stream().filter(id -> !id.equals(selfId)).toList();
  }

  private PeerState peer(String id) {
    return peersById().get(id);
  }

  private Map<String, PeerState> peersById() {
    return with.peers().peers().stream()
        .collect(Collectors.toMap(peer -> peer.member().id(), peer -> peer, (a, b) -> b));
  }

  /** For what other threads tell: tasks keep their order, timers set there may overtake. */
  private void soon(Runnable task) {
    // The view changes once more after this has left and its event loop is gone.
    if (!leaving) {
      with.scheduler().execute(task);
    }
  }

  private NodeInfo entry(long beat, NodeStatus status) {
    Member member = options.self();
    return new NodeInfo(
        selfId, member.name(), member.incarnation(), status, options.capabilities(),
        options.capacity(), load.value(), with.agentCount().getAsInt(), options.zone(),
        with.scheduler().wallMillis(), 0, 0, http, options.version(), beat,
        with.readOnly().getAsBoolean());
  }

  private ClusterStatus status(List<NodeInfo> nodes) {
    GridView view = with.views().view();
    String speaker =
        nodes.stream()
            .filter(node -> node.name().equals(view.coordinator()))
            .max(Comparator.comparingLong(NodeInfo::incarnation))
            .map(NodeInfo::id)
            .orElse(view.coordinator());
    return new ClusterStatus(
        options.clusterId(),
        with.views().writable() ? ClusterStatus.NORMAL : ClusterStatus.READ_ONLY,
        view.id(),
        speaker,
        options.topology().json(),
        nodes);
  }
}
