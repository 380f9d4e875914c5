package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.microraft.MembershipChangeMode;
import io.microraft.Ordered;
import io.microraft.QueryPolicy;
import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.RaftRole;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.PreVoteRequest;
import io.microraft.model.message.RaftMessage;
import io.microraft.model.message.VoteRequest;
import io.microraft.report.RaftNodeReport.RaftNodeReportReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * {@link Log} by MicroRaft 0.7. The engine does the protocol; this class gives it a thread, a
 * clock, messages and a store, and says to the rooms above what it does.
 *
 * <h2>Being in a group</h2>
 *
 * A group begins with one endpoint, its founder, and all others join by committed change: the
 * engine never takes back an endpoint of its initial list that was removed. Whoever joins is told
 * the founder's endpoint, which may be gone, and waits to be added.
 *
 * <pre>
 *   {@link #found}     alone, leads at once
 *   {@link #join}      waits until a leader sends it the log
 *   {@link #restart}   goes on as what its store says that it was
 * </pre>
 *
 * <h2>Where the engine is helped</h2>
 *
 * {@link Corrections} says where the protocol is. Beside that, images are encoded when a message or
 * a store needs their bytes, on another thread, and go from the leader only, as two nodes may write
 * the same state differently; and {@link Handover} makes a transfer of leadership succeed under
 * load.
 */
final class MicroRaftLog implements Log {
  private static final System.Logger LOG = System.getLogger(MicroRaftLog.class.getName());

  /**
   * The engine's log has room for the entries that may be pending, and none for those with which
   * leaders begin their terms: a new leader that finds it full could neither commit nor append. So
   * it is told a higher number than the one that is kept to.
   */
  private static final int ROOM_FOR_NEW_TERMS = 1_000;

  /** Ways in which a test breaks it. */
  static class Rules {
    /** What the engine gets instead of {@code message}. */
    List<RaftMessage> heard(RaftMessage message, MicroRaftLog by) {
      return List.of(message);
    }

    /** Whether the engine is helped in that respect. */
    boolean corrects(Corrections.What what) {
      return true;
    }

    /**
     * Whether a leader may remove itself. The engine would let it: and if it comes back before that
     * is committed, it counts its own vote among those of a group that it is not in.
     */
    boolean leadersRemoveThemselves() {
      return false;
    }
  }

  private final Endpoint self;
  private final String group;
  private final LogContext context;
  private final LogStore store;
  private final Follower follower;
  private final Rules rules;
  private final EngineThread thread;
  private final RaftNodeImpl engine;
  private final EngineTransport transport;
  private final Corrections corrections;
  private final Pieces pieces;
  private final LogFailures failures;
  private final Handover handover;
  private LogStatus said;
  private boolean saying;
  private boolean broken;

  /** The founder of a new group, alone. */
  static MicroRaftLog found(
      String group, Endpoint self, Follower follower, LogContext context, LogStore store) {
    return create(group, self, List.of(self), follower, context, store, new Rules());
  }

  /** An endpoint that waits to be added to the group that {@code founder} began. */
  static MicroRaftLog join(
      String group,
      Endpoint self,
      Endpoint founder,
      Follower follower,
      LogContext context,
      LogStore store) {
    return create(group, self, List.of(founder), follower, context, store, new Rules());
  }

  /** The endpoint whose log and vote are in {@code store}. */
  static MicroRaftLog restart(
      String group, Follower follower, LogContext context, LogStore store) {
    return restart(group, follower, context, store, new Rules());
  }

  static MicroRaftLog create(
      String group,
      Endpoint self,
      List<Endpoint> initial,
      Follower follower,
      LogContext context,
      LogStore store,
      Rules rules) {
    if (store.restored().isPresent()) {
      throw new IllegalStateException("the store of " + self + " holds a log already");
    }
    List<RaftEndpoint> members = List.copyOf(initial);
    return new MicroRaftLog(
        group,
        self,
        builder ->
            builder
                .setLocalEndpoint(self)
                .setInitialGroupMembers(members),
        follower,
        context,
        store,
        rules);
  }

  static MicroRaftLog restart(
      String group, Follower follower, LogContext context, LogStore store, Rules rules) {
    var restored =
        store
            .restored()
            .orElseThrow(() -> new IllegalStateException("the store holds no log to go on with"));
    return new MicroRaftLog(
        group,
        (Endpoint) restored.getLocalEndpointPersistentState().getLocalEndpoint(),
        builder -> builder.setRestoredState(restored),
        follower,
        context,
        store,
        rules);
  }

  private MicroRaftLog(
      String group,
      Endpoint self,
      UnaryOperator<RaftNode.RaftNodeBuilder> as,
      Follower follower,
      LogContext context,
      LogStore store,
      Rules rules) {
    this.self = self;
    this.group = group;
    this.context = context;
    this.store = store;
    this.follower = follower;
    this.rules = rules;
    this.thread = new EngineThread(context.scheduler());
    this.pieces = new Pieces(group, self, context.random().nextLong());
    this.transport = new EngineTransport(context.courier(), pieces);
    this.engine =
        (RaftNodeImpl)
            as.apply(RaftNode.newBuilder())
                .setGroupId(group)
                .setConfig(config(context.settings()))
                .setExecutor(thread)
                .setClock(thread.clock())
                .setRandom(new EngineRandom(context.random()))
                .setModelFactory(LogCodec.MODEL)
                .setTransport(transport)
                .setStore(store.engine())
                .setStateMachine(
                    new EngineMachine(
                        follower,
                        context.encoder(),
                        context.scheduler()::execute,
                        this::defect,
                        context.settings(),
                        this::takeImage))
                .setRaftNodeReportListener(report -> reported(report.getReason()))
                .build();
    this.failures = new LogFailures(self.node(), this::closed);
    this.handover = new Handover(engine, context.scheduler());
    this.corrections = new Corrections(engine, rules);
    transport.onSend(corrections::toSend);
    store.onFailure(() -> context.scheduler().execute(this::storeFailed));
  }

  private static RaftConfig config(LogSettings settings) {
    return RaftConfig.newBuilder()
        .setLeaderHeartbeatPeriodSecs(1)
        .setLeaderHeartbeatTimeoutSecs(2)
        .setLeaderElectionTimeoutMillis(500)
        .setAppendEntriesRequestBatchSize(settings.batch())
        .setMaxPendingLogEntryCount(settings.maxPending() + ROOM_FOR_NEW_TERMS)
        .setCommitCountToTakeSnapshot(settings.entriesPerImage())
        .setTransferSnapshotsFromFollowersEnabled(false)
        .setRaftNodeReportPublishPeriodSecs(3600)
        .build();
  }

  @Override
  public Endpoint self() {
    return self;
  }

  @Override
  public Future<Void> start() {
    return from(engine.start()).mapEmpty();
  }

  @Override
  public Future<Long> append(Buffer entry) {
    if (entry.length() == 0) {
      throw new IllegalArgumentException("an empty entry says nothing");
    }
    if (handover.underWay()) {
      return Future.failedFuture(failures.overloaded("is handing over its leadership"));
    }
    RaftState state = engine.state();
    long pending = state.log().lastLogOrSnapshotIndex() - state.commitIndex();
    if (state.leaderState() != null && pending >= context.settings().maxPending()) {
      return Future.failedFuture(failures.overloaded("has too much pending"));
    }
    return from(engine.replicate(entry))
        .transform(
            done ->
                done.succeeded()
                    ? Future.succeededFuture(done.result().getCommitIndex())
                    : Future.failedFuture(failures.notAppended(done.cause())));
  }

  @Override
  public Future<Long> readIndex() {
    return from(
            engine.query(
                EngineMachine.READ, QueryPolicy.LINEARIZABLE, Optional.empty(), Optional.empty()))
        .transform(
            done ->
                done.succeeded()
                    ? Future.succeededFuture(done.result().getCommitIndex())
                    : Future.failedFuture(failures.notRead(done.cause())));
  }

  @Override
  public Future<Long> change(Endpoint endpoint, Change change, long configuration) {
    if (change == Change.PROMOTE
        && !engine.getCommittedMembers().getMembers().contains(endpoint)) {
      return Future.failedFuture(LogFailures.refused(endpoint, change, "it is no learner"));
    }
    if (change == Change.REMOVE && endpoint.equals(self) && !rules.leadersRemoveThemselves()) {
      return Future.failedFuture(
          status().role() == Role.LEADER
              ? LogFailures.refused(endpoint, change, "it has to hand over its leadership first")
              : new NotLeader(status().leader()));
    }
    MembershipChangeMode mode =
        switch (change) {
          case ADD_LEARNER -> MembershipChangeMode.ADD_LEARNER;
          case PROMOTE -> MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER;
          case REMOVE -> MembershipChangeMode.REMOVE_MEMBER;
        };
    return from(engine.changeMembership(endpoint, mode, configuration))
        .transform(
            done ->
                done.succeeded()
                    ? Future.succeededFuture(done.result().getCommitIndex())
                    : Future.failedFuture(failures.notChanged(endpoint, change, done.cause())));
  }

  @Override
  public Future<Void> transferTo(Endpoint endpoint) {
    LogStatus now = status();
    if (now.role() != Role.LEADER) {
      return Future.failedFuture(new NotLeader(now.leader()));
    }
    if (endpoint.equals(self)) {
      return Future.succeededFuture();
    }
    if (!now.voters().contains(endpoint)) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.CONFLICT,
              "cannot make '" + endpoint.node() + "' the leader: it is no voter"));
    }
    return handover.to(endpoint);
  }

  // ---- how it stands --------------------------------------------------------------------------

  @Override
  public LogStatus status() {
    return EngineStatus.of(engine);
  }

  private boolean closed() {
    return EngineStatus.closed(engine);
  }

  /** The engine tells in the middle of things; what it came to is said after them. */
  private void reported(RaftNodeReportReason reason) {
    boolean says =
        reason == RaftNodeReportReason.ROLE_CHANGE
            || reason == RaftNodeReportReason.STATUS_CHANGE
            || reason == RaftNodeReportReason.GROUP_MEMBERS_CHANGE;
    if (says && !saying) {
      saying = true;
      context.scheduler().execute(this::say);
    }
  }

  private void say() {
    saying = false;
    LogStatus now = status();
    handover.changed(now);
    if (said == null || EngineStatus.differ(said, now)) {
      said = now;
      follower.changed(now);
    }
  }

  // ---- messages -------------------------------------------------------------------------------

  @Override
  public void receive(Buffer message) {
    if (LogCodec.kind(message) == LogCodec.PIECE) {
      Buffer whole = pieces.join(message);
      if (whole != null) {
        receive(whole);
      }
      return;
    }
    if (LogCodec.kind(message) == LogCodec.REMOVED) {
      heardOfRemoval(LogCodec.removal(group, self, message));
      return;
    }
    RaftMessage decoded = LogCodec.decode(group, self, message);
    if (decoded == null || closed()) {
      return;
    }
    tellIfRemoved(decoded);
    rules.heard(decoded, this).forEach(corrections::hear);
  }

  /** The leader's followers do not hear of their own removal: the log ends for them before it. */
  private void tellIfRemoved(RaftMessage message) {
    boolean wantsToLead = message instanceof PreVoteRequest || message instanceof VoteRequest;
    var committed = engine.getCommittedMembers();
    if (wantsToLead
        && engine.state().leaderState() != null
        && !committed.isKnownMember(message.getSender())
        && !engine.getEffectiveMembers().isKnownMember(message.getSender())) {
      Endpoint to = (Endpoint) message.getSender();
      Buffer removal =
          LogCodec.begin(LogCodec.REMOVED, group, to, self, engine.state().term(), 128)
              .appendLong(committed.getLogIndex());
      context.courier().send(to.address(), FrameType.LOG, removal);
    }
  }

  /** An endpoint that waits to be added is in no configuration it knows, and goes on waiting. */
  private void heardOfRemoval(long configuration) {
    var committed = engine.getCommittedMembers();
    if (!closed() && committed.isKnownMember(self) && configuration > committed.getLogIndex()) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "the log of '" + self.node() + "' closes: its endpoint was removed from the group");
      close();
    }
  }

  // ---- images ---------------------------------------------------------------------------------

  /** If it cannot be now, the next entry asks again. */
  private void takeImage() {
    RaftState state = engine.state();
    if (closed()
        || state.role() == RaftRole.CANDIDATE
        || state.lastApplied() != state.commitIndex()) {
      return;
    }
    engine
        .takeSnapshot()
        .whenComplete(
            (taken, failure) -> {
              if (failure != null) {
                LOG.log(
                    System.Logger.Level.DEBUG,
                    "the log of '" + self.node() + "' could not take an image now",
                    failure);
              }
            });
  }

  // ---- the end --------------------------------------------------------------------------------

  /** A copy that missed an entry must not go on as if it had it. */
  private void defect(long index, Throwable defect) {
    if (!broken) {
      broken = true;
      LOG.log(
          System.Logger.Level.ERROR,
          "the log of '" + self.node() + "' closes: its entry " + index + " could not be applied",
          defect);
      context.scheduler().execute(this::close);
    }
  }

  private void storeFailed() {
    LOG.log(
        System.Logger.Level.ERROR,
        "the log of '" + self.node() + "' closes: its store cannot keep anything any more");
    close();
  }

  @Override
  public Future<Void> close() {
    return from(engine.terminate()).<Void>mapEmpty().eventually(this::closeStore);
  }

  private Future<Void> closeStore() {
    store.close();
    return Future.succeededFuture();
  }

  private static <T> Future<Ordered<T>> from(CompletableFuture<Ordered<T>> future) {
    Promise<Ordered<T>> promise = Promise.promise();
    future.whenComplete(
        (result, failure) -> {
          if (failure == null) {
            promise.complete(result);
          } else {
            promise.fail(failure);
          }
        });
    return promise.future();
  }
}
