package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import dev.mabeam.link.Reachability;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A node's part in what its cluster decides, for one stay of it there: one incarnation.
 *
 * <h2>Lifecycle</h2>
 *
 * {@link #create}, then {@link #found}, or {@link #follow}, or {@link #restart} first, {@link #close}
 * once. Whoever is about to leave for good says so first ({@link #leave}); a node that only
 * closes stays a member until somebody expels it.
 *
 * <h2>Use</h2>
 *
 * Everything may be called on any thread. Futures complete on the caller's context if it has one;
 * listeners are called on the log's thread and may not hold it up.
 */
public final class Consensus {
  private static final System.Logger LOG = System.getLogger(Consensus.class.getName());
  private static final Duration ADMISSION = Duration.ofSeconds(4);
  private static final Duration FOLLOWING = Duration.ofSeconds(30);

  private final ConsensusContext context;
  private final Scheduler scheduler;
  private final Hop hop;
  private final Post post;
  private final Group group = new Group();
  private final Replica replica;
  private final Seat seat;
  private final Proposals proposals;
  private final Barriers barriers;
  private final Feed feed;
  private final SessionExpiry expiry;
  private final Governance governance;
  private final List<Consumer<Members>> memberListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> expelledListeners = new CopyOnWriteArrayList<>();
  private final Promise<Void> inside = Promise.promise();
  private volatile Member self;
  private volatile String expelled;
  private boolean leaving;
  private Future<Void> closed;

  private Consensus(
      ConsensusOptions options,
      ConsensusContext context,
      Logs logs,
      Rules rules,
      LeaseRules leaseRules) {
    this.context = context;
    this.scheduler = context.scheduler();
    hop = new Hop(scheduler);
    post = new Post(context.courier(), scheduler);
    replica = new Replica(context.machines(), rules, new Heard());
    seat = new Seat(post, scheduler, context.random(), logs, replica, group, rules);
    proposals =
        new Proposals(post, scheduler, context.random(), group, options.maxPending(), rules);
    barriers = new Barriers(post, scheduler, seat::log, group, replica::index, rules);
    Desk desk = new Desk(post, scheduler, seat::log, group, options.maxPending());
    feed =
        new Feed(
            post, scheduler, context.workers(), replica, seat.recent(), group, seat::votes);
    expiry =
        new SessionExpiry(scheduler, replica, desk, seat::leads, options.sessionIdle());
    governance =
        new Governance(
            post,
            scheduler,
            context.random(),
            seat,
            group,
            replica,
            () -> self,
            context.reachability(),
            leaseRules);
    governance.lease().onGone(() -> ended("a voter says that it is no member any more"));
  }

  /** Does nothing yet; {@code context} is its own from now on. */
  public static Consensus create(ConsensusOptions options, ConsensusContext context) {
    LogContext ofLog =
        new LogContext(
            context.scheduler(),
            context.random(),
            context.courier(),
            context.workers(),
            context.store().isPresent() ? LogSettings.ON_DISK : LogSettings.DEFAULT);
    LogStores stores =
        context
            .store()
            .<LogStores>map(
                directory ->
                    new KeptLogs(
                        directory,
                        context.clusterId(),
                        context.workers(),
                        context.scheduler()::execute))
            .orElseGet(LogStores::memory);
    return create(
        options, context, new MicroRaftLogs(ofLog, stores), Rules.ALL, LeaseRules.ALL);
  }

  /** One in which nobody is expelled, and the voters change only by hand. */
  static Consensus create(
      ConsensusOptions options, ConsensusContext context, Logs logs, Rules rules) {
    return create(options, context, logs, rules, null);
  }

  static Consensus create(
      ConsensusOptions options,
      ConsensusContext context,
      Logs logs,
      Rules rules,
      LeaseRules leaseRules) {
    return new Consensus(options, context, logs, rules, leaseRules);
  }

  // ---- coming and going -----------------------------------------------------------------------

  /**
   * Starts the log with this node as its only voter, and decides that {@code self} is a member.
   * Completes with it as it was admitted, in incarnation 1.
   */
  public Future<Member> found(Member applicant) {
    return hop.call(
        () -> {
          post.self(applicant.link());
          return seat.found(applicant)
              .compose(first -> proposals.propose(MemberTable.found(applicant, first), FOLLOWING))
              .map(Consensus::member)
              .onSuccess(this::become);
        });
  }

  /**
   * Follows what is decided. This node was just {@linkplain #admit admitted} as {@code self}; it
   * may come to vote later, and does already if it {@linkplain #restart went on} with a log.
   * Completes when this node's copy has applied that admission.
   *
   * @param others members to ask; one that answers is enough
   */
  public Future<Void> follow(Member self, List<Member> others) {
    return hop.call(
        () -> {
          post.self(self.link());
          Future<Void> log =
              seat.log() == null && seat.kept() ? seat.restart() : Future.succeededFuture();
          return log.compose(
              started -> {
                seat.follow(others.stream().map(Member::link).toList());
                become(self);
                return within(
                    FOLLOWING, inside.future(), "no voter told this node what is decided");
              });
        });
  }

  /**
   * Goes on with the log that the store has from an earlier life, as the endpoint that it was: it
   * votes from now on, although this node is no member. For {@link #admitMyself}, {@link #follow},
   * or both at once. Fails if the log cannot be opened.
   */
  public Future<Void> restart(Member applicant) {
    return hop.call(
        () -> {
          post.self(applicant.link());
          return seat.restart();
        });
  }

  /**
   * After {@link #restart}: has this node admitted by its own log, when nobody else may be there who
   * could; with a majority of the others in the same position that decides. Completes with it as it
   * was admitted. If others {@link #admit} it meanwhile, that is the same admission.
   */
  public Future<Member> admitMyself(Member applicant, Duration deadline) {
    return hop.call(
        () ->
            admitMyself(applicant, scheduler.nanos() + deadline.toNanos())
                .onSuccess(this::become));
  }

  private Future<Member> admitMyself(Member applicant, long deadlineNanos) {
    Duration left = Duration.ofNanos(deadlineNanos - scheduler.nanos());
    Member before = replica.members().named(applicant.name()).orElse(null);
    // This process listens where that one did.
    boolean mine = before != null && before.link().equals(applicant.link());
    return proposals
        .propose(MemberTable.admit(applicant, mine ? before.id() : null), left)
        .map(Consensus::member)
        .recover(
            failure -> {
              Member holder = replica.members().named(applicant.name()).orElse(null);
              boolean news =
                  holder != null && !holder.equals(before)
                      && holder.link().equals(applicant.link());
              return news ? admitMyself(applicant, deadlineNanos) : Future.failedFuture(failure);
            });
  }

  /**
   * Decides that {@code applicant}, whose own incarnation counts for nothing, is a member, and
   * completes with it as admitted: in an incarnation that nobody had before. The same boot id again
   * gets the same answer, while it is a member. If another member has the name: CONFLICT, or
   * UNAVAILABLE if it may be gone, or, if its process has certainly ended, it is expelled in the
   * same decision.
   */
  public Future<Member> admit(Member applicant) {
    return hop.call(
        () ->
            proposals
                .propose(MemberTable.admit(applicant, null), ADMISSION)
                .recover(failure -> admitInstead(applicant, MabeamException.of(failure)))
                .map(Consensus::member));
  }

  private Future<Buffer> admitInstead(Member applicant, MabeamException refusal) {
    Member holder = replica.members().named(applicant.name()).orElse(null);
    if (refusal.code() != ErrorCode.CONFLICT || holder == null || holder.equals(self)) {
      return Future.failedFuture(refusal);
    }
    Reachability reachability = context.reachability().apply(holder);
    if (reachability == Reachability.REFUSED) {
      return proposals.propose(MemberTable.admit(applicant, holder.id()), ADMISSION);
    }
    // At one address there is one process: the link has not noticed yet which.
    boolean moved = !holder.link().equals(applicant.link());
    return Future.failedFuture(
        reachability == Reachability.CONNECTED && moved
            ? refusal
            : new MabeamException(
                ErrorCode.UNAVAILABLE,
                holder.id() + " has that name and does not answer; it may be back"));
  }

  private static Member member(Buffer json) {
    return Member.fromJson(json.toJsonObject());
  }

  /**
   * Decides that this member is one no more, by its own will. What is no member is fine. A node
   * that leaves itself gives up its lease first.
   */
  public Future<Void> leave(String nodeId) {
    return hop.call(
        () -> {
          if (self != null && self.id().equals(nodeId)) {
            leaving = true;
            governance.lease().close();
          }
          return proposals
              .propose(MemberTable.leave(nodeId), Decisions.DEFAULT_DEADLINE)
              .mapEmpty();
        });
  }

  /**
   * Decides that this member is one no more. What is no member is fine. Whoever calls this has
   * waited until that member's lease has certainly run out, or its process has ended.
   */
  public Future<Void> expel(String nodeId, String reason) {
    return hop.call(
        () ->
            proposals
                .propose(MemberTable.expel(nodeId, reason), Decisions.DEFAULT_DEADLINE)
                .mapEmpty());
  }

  /** Of the ways to be admitted the first counts; another comes to the same member. */
  private void become(Member admitted) {
    if (self != null) {
      return;
    }
    self = admitted;
    proposals.self(admitted.id());
    governance.start();
    lookForMyself();
  }

  /** Who is in the table, or will be, or was: incarnations only grow. */
  private void lookForMyself() {
    Member me = self;
    MemberTable members = replica.members();
    if (me == null || expelled != null || members.lastIncarnation() < me.incarnation()) {
      return;
    }
    if (members.contains(me.id())) {
      inside.tryComplete();
      return;
    }
    ended(members.reason(me.id()));
  }

  private void ended(String reason) {
    Member me = self;
    if (expelled != null) {
      return;
    }
    expelled = reason;
    MabeamException why =
        new MabeamException(ErrorCode.STALE_EPOCH, me.id() + " is no member: " + expelled);
    inside.tryFail(why);
    proposals.end(why);
    barriers.end(why);
    if (!leaving) {
      LOG.log(System.Logger.Level.WARNING, me.id() + " was expelled: " + expelled);
      expelledListeners.forEach(listener -> listener.accept(expelled));
    }
  }

  private <T> Future<T> within(Duration deadline, Future<T> future, String otherwise) {
    Promise<T> result = Promise.promise();
    Scheduler.Scheduled timer =
        scheduler.after(
            deadline,
            () -> result.tryFail(new MabeamException(ErrorCode.TIMEOUT, otherwise)));
    future.onComplete(
        done -> {
          timer.cancel();
          if (done.succeeded()) {
            result.tryComplete(done.result());
          } else {
            result.tryFail(done.cause());
          }
        });
    return result.future();
  }

  /** Stops taking part; commands under way fail. A second call does the same as the first. */
  public Future<Void> close() {
    return hop.call(
        () -> {
          if (closed == null) {
            closed = closing();
          }
          return closed;
        });
  }

  private Future<Void> closing() {
    MabeamException why = new MabeamException(ErrorCode.UNAVAILABLE, "this node is closing");
    proposals.closeSession();
    proposals.end(why);
    barriers.end(why);
    inside.tryFail(why);
    feed.close();
    expiry.close();
    governance.close();
    return seat.close().onComplete(done -> post.close());
  }

  // ---- what is decided ------------------------------------------------------------------------

  public Decisions decisions() {
    return new Here();
  }

  /** As this node's copy has it now. */
  public Members members() {
    return replica.members();
  }

  /** Hears the members after every change. */
  public void onMembers(Consumer<Members> listener) {
    memberListeners.add(listener);
  }

  /** Hears once, with the reason, that this incarnation was expelled. */
  public void onExpelled(Consumer<String> listener) {
    expelledListeners.add(listener);
  }

  public Lease lease() {
    return governance.lease();
  }

  // ---- who votes ------------------------------------------------------------------------------

  /**
   * Tells the leader what bears on whether this node should vote.
   *
   * @param zone which nodes fail together with it; empty if that is not known
   * @param witness it is there to vote
   */
  public void describe(String zone, boolean witness) {
    hop.run(
        () -> governance.traits(new Traits(zone, witness, governance.traits().leaving())));
  }

  /**
   * This node is about to leave: has it hand over what it leads, and vote no more. Completes when
   * that is decided, or when nobody else is there who could vote; fails with TIMEOUT if it takes
   * longer than {@code deadline}. From then on it can {@link #leave} and {@link #close} without
   * taking a vote along. Nothing takes this back.
   */
  public Future<Void> retire(Duration deadline) {
    return hop.call(
        () -> within(deadline, governance.retire(), "this node still votes"));
  }

  /**
   * How to ask right now whether a member's process is still there; see {@link
   * dev.mabeam.link.Link#probe(Member)}. Called on the log's thread. Without it, what the context
   * says of reachability is believed as it is.
   */
  public void probe(Function<Member, Future<Reachability>> asks) {
    hop.run(() -> governance.probe(asks));
  }

  public ConsensusStatus status() {
    GroupStatus now = group.status();
    return ConsensusStatus.of(
        now.leader() == null ? "" : replica.idOf(now.leader().node()),
        now.voters().stream().map(voter -> replica.idOf(voter.node())).toList());
  }

  /** As {@link Decisions#appliedIndex}. */
  public long appliedIndex() {
    return replica.ordinal();
  }

  /** For tests that compare copies. */
  Supplier<Buffer> image() {
    return replica.image();
  }

  Seat seat() {
    return seat;
  }

  Group group() {
    return group;
  }

  Replica replica() {
    return replica;
  }

  Governance governance() {
    return governance;
  }

  /** The decisions as this node makes them. */
  private final class Here implements Decisions {
    @Override
    public Future<Buffer> propose(String machine, Buffer command, Duration deadline) {
      StateMachine known = replica.machine(machine);
      if (known == null) {
        return Future.failedFuture(
            new MabeamException(ErrorCode.NOT_FOUND, "nothing decides about '" + machine + "'"));
      }
      return hop.call(() -> proposals.propose(known, command, deadline));
    }

    @Override
    public Future<Void> barrier(Duration deadline) {
      return hop.call(() -> barriers.barrier(deadline));
    }

    @Override
    public long appliedIndex() {
      return replica.ordinal();
    }
  }

  /** What this node's copy says of itself. */
  private final class Heard implements Replica.Listener {
    @Override
    public void outcome(long session, long request, Answer answer) {
      proposals.outcome(session, request, answer);
    }

    @Override
    public void notExecuted(
        long session, long request, boolean sessionGone, MabeamException why) {
      proposals.notExecuted(session, request, sessionGone, why);
    }

    @Override
    public void outcome(long nonce, Answer answer) {
      proposals.outcome(nonce, answer);
    }

    @Override
    public void applied(long index, Buffer entry) {
      seat.applied(index, entry);
      feed.applied();
      barriers.applied();
      governance.applied();
    }

    @Override
    public void restored(long index) {
      seat.restored(index);
      proposals.restored(replica.sessions());
      barriers.applied();
      governance.applied();
    }

    @Override
    public void membersChanged(MemberTable members) {
      lookForMyself();
      governance.changed();
      memberListeners.forEach(listener -> listener.accept(members));
    }

    @Override
    public void failed(Throwable cause) {
      MabeamException why =
          new MabeamException(
              ErrorCode.INTERNAL,
              "this node's copy of what is decided has stopped",
              "restart the node; its log has the reason",
              cause);
      proposals.end(why);
      barriers.end(why);
      inside.tryFail(why);
      // Not from within the log's own call.
      scheduler.execute(seat::close);
    }
  }
}
