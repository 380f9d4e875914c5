package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.microraft.MembershipChangeMode;
import io.microraft.Ordered;
import io.microraft.QueryPolicy;
import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.RaftNodeStatus;
import io.microraft.RaftRole;
import io.microraft.exception.CannotReplicateException;
import io.microraft.exception.MismatchingRaftGroupMembersCommitIndexException;
import io.microraft.exception.NotLeaderException;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.RaftMessage;
import io.microraft.report.RaftNodeReport.RaftNodeReportReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * {@link Log} by MicroRaft 0.7. The engine does the protocol; this class gives it a thread, a clock,
 * messages and a store, and says to the rooms above what it does.
 *
 * <h2>Being in a group</h2>
 *
 * A group begins with one endpoint, its founder, and all others join by committed change: the engine
 * never takes back an endpoint of its initial list that was removed. Whoever joins is told the
 * founder's endpoint (removed or not, its address need not work any more) and waits to be added.
 *
 * <pre>
 *   {@link #found}     alone, leads at once
 *   {@link #join}      waits until a leader sends it the log
 *   {@link #restart}   goes on as what its store says that it was
 * </pre>
 *
 * <h2>Where the engine is helped</h2>
 *
 * {@link Corrections} says what of the protocol. Beside that, images are encoded when a message or a
 * store needs their bytes, on another thread, and go from the leader only, as two nodes may write
 * the same state differently; and a transfer of leadership waits until nothing is pending, and lets
 * nothing in meanwhile.
 */
final class MicroRaftLog implements Log {
  private static final System.Logger LOG = System.getLogger(MicroRaftLog.class.getName());

  /** How long a transfer of leadership may take. */
  static final Duration TRANSFER = Duration.ofSeconds(2);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

  /** Ways in which a test breaks it. */
  static class Rules {
    /** What the engine gets instead of {@code message}. */
    List<RaftMessage> heard(RaftMessage message, MicroRaftLog by) {
      return List.of(message);
    }

    /** Whether hearing from the leader ends an endpoint's search for votes. */
    boolean leadersEndPreVotes() {
      return true;
    }

    /** Whether an endpoint that its own log calls removed leaves elections to the others. */
    boolean removedOnesAbstain() {
      return true;
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
  private Promise<Void> transfer;
  private Endpoint transferTo;
  private int transferTerm;
  private long transferUntilNanos;
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
                        follower, context.encoder(), context.scheduler()::execute, this::defect))
                .setRaftNodeReportListener(report -> reported(report.getReason()))
                .build();
    this.corrections = new Corrections(engine, self, rules);
    transport.onSend(corrections::toSend);
    store.onFailure(() -> context.scheduler().execute(this::storeFailed));
  }

  private static RaftConfig config(LogSettings settings) {
    return RaftConfig.newBuilder()
        .setLeaderHeartbeatPeriodSecs(1)
        .setLeaderHeartbeatTimeoutSecs(2)
        .setLeaderElectionTimeoutMillis(500)
        .setAppendEntriesRequestBatchSize(settings.batch())
        .setMaxPendingLogEntryCount(settings.maxPending())
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
    if (transfer != null) {
      return Future.failedFuture(overloaded("is handing over its leadership"));
    }
    return from(engine.replicate(entry))
        .transform(
            done ->
                done.succeeded()
                    ? Future.succeededFuture(done.result().getCommitIndex())
                    : Future.failedFuture(notAppended(done.cause())));
  }

  /** Only these certainly did not get into the log. */
  private RuntimeException notAppended(Throwable failure) {
    if (failure instanceof NotLeaderException elsewhere) {
      return new NotLeader((Endpoint) elsewhere.getLeader());
    }
    if (failure instanceof CannotReplicateException) {
      return overloaded("has too much pending, or a change of its voters under way");
    }
    if (failure instanceof IllegalStateException) {
      return terminal() ? new NotLeader(null) : overloaded("is full");
    }
    return new MabeamException(
        ErrorCode.TIMEOUT,
        "the log of '" + self.node() + "' lost its leadership before a majority had the entry",
        "it may still be committed by the next leader",
        failure);
  }

  private MabeamException overloaded(String why) {
    return new MabeamException(
        ErrorCode.OVERLOADED, "the log of '" + self.node() + "' " + why, "try again soon");
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
                    : Future.failedFuture(notRead(done.cause())));
  }

  private RuntimeException notRead(Throwable failure) {
    if (failure instanceof NotLeaderException elsewhere) {
      return new NotLeader((Endpoint) elsewhere.getLeader());
    }
    return new MabeamException(
        ErrorCode.INSUFFICIENT_CONSENSUS,
        "the log of '" + self.node() + "' cannot say yet what was committed",
        "try again soon",
        failure);
  }

  @Override
  public Future<Long> change(Endpoint endpoint, Change change, long configuration) {
    if (change == Change.PROMOTE
        && !engine.getCommittedMembers().getMembers().contains(endpoint)) {
      return Future.failedFuture(refused(endpoint, change, "it is no learner"));
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
                    : Future.failedFuture(notChanged(endpoint, change, done.cause())));
  }

  private RuntimeException notChanged(Endpoint endpoint, Change change, Throwable failure) {
    boolean refused =
        failure instanceof IllegalArgumentException
            || failure instanceof MismatchingRaftGroupMembersCommitIndexException
            || failure instanceof IllegalStateException && !terminal();
    return refused ? refused(endpoint, change, failure.getMessage()) : notAppended(failure);
  }

  private static MabeamException refused(Endpoint endpoint, Change change, String why) {
    return new MabeamException(
        ErrorCode.CONFLICT,
        "cannot " + change + " the endpoint of '" + endpoint.node() + "': " + why);
  }

  // ---- leadership -----------------------------------------------------------------------------

  @Override
  public Future<Void> transferTo(Endpoint endpoint) {
    LogStatus now = status();
    if (now.role() != Role.LEADER) {
      return Future.failedFuture(new NotLeader(now.leader()));
    }
    if (endpoint.equals(self)) {
      return Future.succeededFuture();
    }
    if (transfer != null || !now.voters().contains(endpoint)) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.CONFLICT,
              "cannot make '" + endpoint.node() + "' the leader: "
                  + (transfer != null ? "a transfer is under way" : "it is no voter")));
    }
    Promise<Void> promise = Promise.promise();
    transfer = promise;
    transferTo = endpoint;
    transferTerm = now.term();
    transferUntilNanos = context.scheduler().nanos() + TRANSFER.toNanos();
    Scheduler.Scheduled deadline =
        context.scheduler().after(TRANSFER, () -> giveUpTransfer(promise));
    tryTransfer(promise);
    return promise.future().onComplete(done -> deadline.cancel());
  }

  /** As long as it leads the engine has to end its own attempt first. */
  private void giveUpTransfer(Promise<Void> promise) {
    if (transfer == promise && status().role() != Role.LEADER) {
      endTransfer(promise, notTransferred(transferTo));
    }
  }

  private static MabeamException notTransferred(Endpoint to) {
    return new MabeamException(
        ErrorCode.TIMEOUT, "'" + to.node() + "' did not become the leader within " + TRANSFER);
  }

  private void tryTransfer(Promise<Void> promise) {
    if (transfer != promise || status().role() != Role.LEADER) {
      return;
    }
    if (context.scheduler().nanos() - transferUntilNanos >= 0) {
      endTransfer(promise, notTransferred(transferTo));
      return;
    }
    RaftState state = engine.state();
    if (state.commitIndex() < state.log().lastLogOrSnapshotIndex()) {
      context.scheduler().after(LOOK_AGAIN, () -> tryTransfer(promise));
    } else {
      from(engine.transferLeadership(transferTo))
          .onFailure(
              later -> context.scheduler().after(LOOK_AGAIN, () -> tryTransfer(promise)));
    }
  }

  private void endTransfer(Promise<Void> of, RuntimeException failure) {
    if (transfer == of) {
      transfer = null;
      transferTo = null;
      if (failure == null) {
        of.complete();
      } else {
        of.fail(failure);
      }
    }
  }

  private void settleTransfer(LogStatus now) {
    if (transfer == null || now.role() == Role.LEADER && now.term() == transferTerm) {
      return;
    }
    if (now.role() == Role.CLOSED || now.role() == Role.LEADER) {
      endTransfer(transfer, notTransferred(transferTo));
    } else if (now.leader() != null) {
      endTransfer(
          transfer, now.leader().equals(transferTo) ? null : notTransferred(transferTo));
    }
  }

  // ---- how it stands --------------------------------------------------------------------------

  @Override
  public LogStatus status() {
    RaftState state = engine.state();
    var members = state.committedGroupMembers();
    List<Endpoint> voters = endpoints(members.getVotingMembers());
    List<Endpoint> learners = endpoints(members.getMembers());
    learners.removeAll(voters);
    Map<Endpoint, Long> matched = new LinkedHashMap<>();
    if (state.leaderState() != null) {
      state
          .leaderState()
          .getFollowerStates()
          .forEach((endpoint, other) -> matched.put((Endpoint) endpoint, other.matchIndex()));
    }
    return new LogStatus(
        role(state.role()),
        state.term(),
        terminal() ? null : (Endpoint) state.leader(),
        voters,
        learners,
        members.getLogIndex(),
        state.commitIndex(),
        matched);
  }

  private static List<Endpoint> endpoints(Collection<RaftEndpoint> members) {
    List<Endpoint> endpoints = new ArrayList<>(members.size());
    members.forEach(member -> endpoints.add((Endpoint) member));
    return endpoints;
  }

  private Role role(RaftRole role) {
    if (terminal()) {
      return Role.CLOSED;
    }
    return switch (role) {
      case LEADER -> Role.LEADER;
      case FOLLOWER -> Role.FOLLOWER;
      case CANDIDATE -> Role.CANDIDATE;
      case LEARNER -> Role.LEARNER;
    };
  }

  private boolean terminal() {
    return RaftNodeStatus.isTerminal(engine.getStatus());
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
    settleTransfer(now);
    boolean same =
        said != null
            && said.role() == now.role()
            && said.term() == now.term()
            && said.configuration() == now.configuration()
            && (said.leader() == null ? now.leader() == null : said.leader().equals(now.leader()));
    if (!same) {
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
    RaftMessage decoded = LogCodec.decode(group, message);
    if (decoded == null || terminal()) {
      return;
    }
    rules.heard(decoded, this).forEach(corrections::hear);
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
