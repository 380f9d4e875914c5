package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.checkpoint.SetDecisions;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.grid.GridView;
import dev.mabeam.link.Member;
import dev.mabeam.time.Calls;
import dev.mabeam.time.Scheduler;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * A node's agents: deploys them by decision, runs those that it owns, and sends to all.
 *
 * <p>Deploying: a node is chosen, the directory decides, the owner starts the agent and reports,
 * the directory decides that too; whoever deployed sees it in its own copy. Undeploying goes the
 * same way back: nobody shows the agent once that is decided, and its id is free when its owner has
 * reported that it stopped. So no two activations of an id ever run at the same time, unless a node
 * was expelled, which the lease is for.
 *
 * <p>Agents here start and stop as this node's copy of the directory says; {@link #close} stops
 * them without a decision: they become unavailable when this node's leaving is decided.
 *
 * <p>The methods of {@link Agents} may be called on any thread; their futures end on the caller's
 * context. What is under way when the room closes fails with UNAVAILABLE.
 */
public final class AgentRoom implements Agents {
  private final AgentRoomContext with;
  private final String nodeId;
  private final AgentDirectory directory;
  private final Scheduler scheduler;
  private final Services services = new Services();
  private final AgentCounts counts = new AgentCounts();
  private final Leash leash;
  private final Shell shell;
  private final Deployments deployments;
  private final Awaited awaited;
  private final Activations activations;
  private final Moves moves;
  private final Sets sets;
  private final PendingAsks pending;
  private final Router router;
  private final Inbound inbound;
  private final Mirror mirror;
  private final AgentEvents events;
  private final Following following = new Following();
  private final Known known;
  private final Calls calls;
  private final Promise<Void> ended = Promise.promise();
  private volatile BiFunction<String, String, Future<AgentInfo>> mover;
  private volatile boolean closed;

  private AgentRoom(
      AgentRoomContext with, AgentTypes types, Shell shell, AgentRules agentRules) {
    this.with = with;
    nodeId = with.nodeId();
    directory = with.directory();
    scheduler = with.scheduler();
    calls = new Calls(scheduler::execute, () -> AgentErrors.closed(nodeId));
    known = new Known(scheduler);
    leash = new Leash(with.lease(), scheduler, counts::unsaid);
    this.shell = shell;
    Mailbox.Rules rules =
        new Mailbox.Rules(with.options().mailbox(), leash::holds, scheduler::nanos, counts);
    Proposals proposals = new Proposals(with.decisions(), scheduler::execute);
    Barriers barriers = new Barriers(with.decisions(), scheduler::execute);
    sets = new Sets(proposals, scheduler::execute);
    awaited = new Awaited(directory, scheduler);
    Keeping.Chooser stores = with.keeping().chooser();
    deployments =
        new Deployments(
            directory, with.places(), stores, proposals, awaited, with.options().limit());
    RunQueue writes = new RunQueue(with.keeping().thread());
    Stage stage =
        new Stage(
            with.vertx(),
            nodeId,
            this,
            services,
            types,
            shell,
            rules,
            agentRules,
            with.keeping(),
            writes,
            new WriteRounds(writes, with.keeping().timers()),
            (stamp, target, body) -> router().post(stamp, target, body),
            scheduler,
            with.options().limit());
    Recovering recovering = new Recovering(with.keeping(), writes, with.members(), scheduler);
    activations =
        new Activations(
            stage, directory, proposals, barriers, recovering, new Watching());
    moves = new Moves(directory, proposals, barriers, activations, stores, with.members());
    pending = new PendingAsks(scheduler, counts);
    Outgoing outgoing =
        new Outgoing(
            nodeId,
            agentRules.session().apply(nodeId),
            scheduler::execute,
            shell.homes(),
            shell.wire());
    router =
        new Router(
            nodeId, directory, activations, barriers, pending, outgoing, leash, known, scheduler);
    inbound =
        new Inbound(
            nodeId,
            directory,
            activations,
            barriers,
            router,
            pending,
            outgoing,
            leash,
            scheduler,
            agentRules);
    mirror = new Mirror(nodeId, directory, with.knowledge(), scheduler);
    events = new AgentEvents(with.events(), scheduler);
  }

  /** On the context that becomes the room's; then {@link #start}. */
  public static AgentRoom create(AgentRoomContext with) {
    AgentTypes types = new AgentTypes(with.vertx(), with.code());
    int contexts = with.options().contexts();
    Shell shell =
        new VertxShell(
            with.vertx(), with.nodeId(), contexts, types.loader(), with.scheduler());
    return create(with, types, shell, AgentRules.ALL);
  }

  /** In another shell than Vert.x. */
  static AgentRoom create(
      AgentRoomContext with, AgentTypes types, Shell shell, AgentRules rules) {
    return new AgentRoom(with, types, shell, rules);
  }

  /** Lets agents have {@link AgentContext#service} of that type; before {@link #start}. */
  public <T> void offer(Class<T> type, T service) {
    services.offer(type, service);
  }

  /** Runs what this node owns, and takes messages. */
  public Future<Void> start() {
    directory.onChange(following);
    with.lease().onChange(held -> scheduler.execute(() -> leaseChanged(held)));
    return shell
        .open(inbound::receive, this::undelivered, this)
        .onSuccess(served -> scheduler.execute(this::everythingChanged));
  }

  /** Is there as soon as anything is sent. */
  private Router router() {
    return router;
  }

  private void undelivered(Buffer batch) {
    scheduler.execute(() -> router.undelivered(new Frames.Reader(batch)));
  }

  private void leaseChanged(boolean held) {
    if (held) {
      leash.release();
      activations.resume();
    }
  }

  /** Registers what this room counts; the gauges hold it for as long as the registry lives. */
  public void register(MeterRegistry registry) {
    counts.register(registry);
    Gauge.builder("mabeam.agents", activations, Activations::count)
        .description("Agents that run on this node")
        .strongReference(true)
        .register(registry);
    Gauge.builder("mabeam.agent.pending", pending, PendingAsks::size)
        .description("Messages from this node that have not ended")
        .strongReference(true)
        .register(registry);
  }

  /** For the room that keeps checkpoints; any thread. */
  public SetDecisions setDecisions() {
    return sets;
  }

  /** For the rooms that move and recover agents. */
  public AgentMoves moves() {
    return moves;
  }

  AgentCounts counts() {
    return counts;
  }

  /** How many messages an agent here has, or has not answered; 0 if it is not here. */
  int depth(String id) {
    Activation here = activations.get(id);
    return here == null ? 0 : here.mailbox().depth();
  }

  /** How many agents run on this node. */
  public int countHere() {
    return activations.count();
  }

  /** Tells this that the grid has a new view: what is shown is put again. */
  public void onView(GridView view) {
    if (!closed) {
      scheduler.execute(mirror::onView);
    }
  }

  @Override
  public Future<AgentInfo> deploy(AgentSpec spec) {
    try {
      SpecRules.require(Objects.requireNonNull(spec));
    } catch (MabeamException | NullPointerException | IllegalStateException invalid) {
      return Future.failedFuture(
          invalid instanceof MabeamException ours
              ? ours
              : new MabeamException(
                  ErrorCode.INVALID, "the specification cannot be read: " + invalid));
    }
    return calls.call(() -> deployments.deploy(spec));
  }

  @Override
  public Future<Void> undeploy(String id) {
    if (id == null) {
      return Future.failedFuture(AgentErrors.notFound("null"));
    }
    return calls.call(() -> deployments.undeploy(id));
  }

  /** {@code mover} moves an agent to a node, by id or by name; it belongs to a room above. */
  public void moveBy(BiFunction<String, String, Future<AgentInfo>> newMover) {
    mover = newMover;
  }

  @Override
  public Future<AgentInfo> migrate(String id, String node) {
    return mover == null ? Agents.super.migrate(id, node) : mover.apply(id, node);
  }

  @Override
  public List<AgentInfo> list() {
    return directory.entries().values().stream().filter(Entry::shown).map(Entry::info).toList();
  }

  @Override
  public Optional<AgentInfo> get(String id) {
    return Optional.ofNullable(directory.entry(id)).filter(Entry::shown).map(Entry::info);
  }

  @Override
  public Future<Object> ask(String id, Object body, Duration deadline) {
    return router.send(id, body, deadline, true);
  }

  @Override
  public Future<Void> tell(String id, Object body) {
    return router.send(id, body, DEFAULT_DEADLINE, false).mapEmpty();
  }

  @Override
  public Future<Object> ask(String id, Object body, Duration deadline, InSession number) {
    return router.send(id, body, deadline, true, number.stamp());
  }

  @Override
  public Future<Void> tell(String id, Object body, InSession number) {
    return router.send(id, body, DEFAULT_DEADLINE, false, number.stamp()).mapEmpty();
  }

  private void everythingChanged() {
    directory.entries().values().stream()
        .mapToLong(Entry::epoch)
        .max()
        .ifPresent(known::heard);
    with.places()
        .replaced(
            directory.entries().values().stream()
                .filter(entry -> !entry.owner().isEmpty())
                .map(Entry::info)
                .toList());
    activations.syncAll();
    forgetEnded();
    awaited.allChanged();
    mirror.allChanged();
    moves.changed();
  }

  /**
   * Agents may have ended of which this node never heard, as it was away or far behind: this store
   * keeps their checkpoints no longer. Of later agents than any that is known nothing is known.
   */
  private void forgetEnded() {
    Map<String, Entry> all = directory.entries();
    long index = all.values().stream().mapToLong(Entry::epoch).max().orElse(0);
    with.keeping()
        .thread()
        .execute(
            () ->
                with.keeping()
                    .checkpoints()
                    .forgetAll(key -> Entry.hasEnded(key, all, index)));
  }

  private void changed(Change change) {
    String id = change.id();
    if (change.after() != null) {
      known.heard(change.after().epoch());
    }
    if (change.after() == null || change.after().owner().isEmpty()) {
      with.places().notPlaced(id);
    } else {
      with.places().placed(change.after().info());
    }
    activations.sync(id);
    if (change.after() == null && change.before().isKept()) {
      String key = change.before().key();
      with.keeping().thread().execute(() -> with.keeping().checkpoints().forget(key));
    }
    router.caughtUp(id);
    awaited.changed(id);
    mirror.changed(id);
    tell(change);
  }

  /** Of each change one node tells: the owner, and if there is none the oldest member. */
  private void tell(Change change) {
    Entry before = change.before();
    Entry after = change.after();
    if (after != null
        && before != null
        && before.state() == State.STARTING
        && after.state() == State.ACTIVE
        && after.owner().equals(nodeId)) {
      events.deployed(after);
    } else if (after == null && change.why() == null && isToTell(before)) {
      events.undeployed(before);
    }
  }

  private boolean isToTell(Entry entry) {
    return entry.state() == State.UNAVAILABLE ? isOldest() : entry.owner().equals(nodeId);
  }

  private boolean isOldest() {
    Members members = with.members().get();
    Iterator<Member> oldestFirst = members.all().iterator();
    return oldestFirst.hasNext() && oldestFirst.next().id().equals(nodeId);
  }

  private void gone(String node) {
    router.gone(node);
    inbound.gone(node);
    shell.gone(node);
    moves.changed();
    if (isOldest()) {
      mirror.forget(node);
    }
  }

  /**
   * Takes no more messages, fails what is asked for and has not ended, and stops what runs here. A
   * second call waits for the first.
   */
  public Future<Void> close() {
    synchronized (this) {
      if (closed) {
        return ended.future();
      }
      closed = true;
    }
    directory.forget(following);
    calls.close();
    Promise<Void> done = ended;
    scheduler.execute(
        () -> {
          mirror.close();
          router.close();
          leash.close();
          shell.leave().onComplete(left -> scheduler.execute(() -> end(done)));
        });
    return done.future();
  }

  private void end(Promise<Void> done) {
    activations.close().compose(stopped -> shell.close()).onComplete(done);
  }

  private final class Watching implements Activations.Listener {
    @Override
    public void recovered(Entry entry) {
      events.recovered(entry);
    }

    @Override
    public void broken(Entry entry, MabeamException why, Duration pause) {
      counts.broken();
      events.broken(entry, why, pause);
    }

    @Override
    public void ended(Set<Activations.Ended> ended) {
      router.ended(ended);
    }
  }

  /** Brings what the log's thread tells to the room's context, in order. */
  private final class Following implements AgentDirectory.Listener {
    @Override
    public void changed(List<Change> changes) {
      execute(
          () -> {
            changes.forEach(AgentRoom.this::changed);
            moves.changed();
          });
    }

    @Override
    public void cordoned() {
      execute(moves::changed);
    }

    @Override
    public void restored() {
      execute(AgentRoom.this::everythingChanged);
    }

    @Override
    public void gone(String nodeId) {
      execute(() -> AgentRoom.this.gone(nodeId));
    }

    private void execute(Runnable task) {
      if (!closed) {
        scheduler.execute(
            () -> {
              if (!closed) {
                task.run();
              }
            });
      }
    }
  }
}
