package dev.mabeam.migration;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.Departure;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.migration.Move.Stage;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The handoff of one agent from this node, its <em>source</em>, to another, the <em>target</em>:
 * nothing that was sent to the agent is lost, handled twice or out of order, and its state is on
 * one of the two nodes at every moment.
 *
 * <pre>
 *   source                                                     target
 *   RESERVE  ── reserve {agent, epoch} ──────────────────────► keeps a place; may refuse
 *   PAUSE    after the running message the agent stops, and its last checkpoint is written;
 *            what is sent to it from now on waits here
 *   TRANSFER ── chunks over the link, restore {manifest} ────► puts them together, makes the agent:
 *                                                              it cannot send, write or start timers
 *            ◄─────────────────────────────── restored ──────
 *   FLIP     one decision: the agent of this epoch is the target's, at the next epoch
 *   FILL     ── what waited here, as it came ────────────────► seals the old stores, finds nothing
 *                                                              newer, fills the new ones; only then
 *            ── runs ────────────────────────────────────────► it answers and sends
 *   DONE     ◄──────────────────────────────────── yes ──────
 * </pre>
 *
 * <h2>Invariants</h2>
 *
 * <ol>
 *   <li>Until the flip is decided the source alone may commit, answer and send for the agent; from
 *       then on nobody but the target may, whatever either of them knows. The decision compares
 *       the epoch, and every store and receiver refuses a lower one.
 *   <li>Between PAUSE and the known outcome of the flip the source commits nothing. So what was
 *       transferred is the newest there is when the flip is decided, or the flip is refused.
 *   <li>The source resumes only when it is certain that no flip of this move is or will be
 *       decided: none was proposed, each was certainly not applied, or a later proposal of this
 *       node was decided against it, after which an earlier one is void.
 *   <li>The target does not trust the transfer: if a store of the old set holds anything newer, it
 *       begins anew from that, as after a crash.
 * </ol>
 *
 * <h2>Who dies when</h2>
 *
 * <ul>
 *   <li><em>The source, before the flip is decided</em>: the agent has no owner once that death is
 *       decided, and is recovered from its stores at the next epoch, where there is room; if it is
 *       this target, from what it has made already, provided that the stores hold nothing newer.
 *       Otherwise the target drops what it has when it sees another epoch, or after a while.
 *   <li><em>The source, after the flip</em>: the target runs the agent. What waited at the source
 *       was not acknowledged; its senders send it again under the same numbers.
 *   <li><em>The target, before the flip is decided</em>: a request to it fails and the source
 *       resumes; if the flip is proposed already, either the target's death is decided first, and
 *       the flip is refused, as to any node that is no member; or the flip is, and the agent is
 *       recovered as any of the dead node's.
 *   <li><em>The target, after the flip</em>: recovered as any of its agents, at the next epoch.
 *   <li><em>The leader</em>: the decision takes longer, or its outcome is unknown for a while, see
 *       below. No other step needs it.
 *   <li><em>Whoever asked</em>: the move goes on; it was the source's from the moment that it was
 *       taken on.
 *   <li><em>A cut</em> between the two is as the death of the other, before the flip; after it,
 *       what waited cannot be passed on and is sent again by its senders. A source that is on the
 *       smaller side cannot decide; it stays paused, as it has no lease either.
 * </ul>
 *
 * <h2>A flip whose outcome is unknown</h2>
 *
 * The source stays paused and asks what is decided. Another epoch settles it: if the target has
 * the agent it was flipped. The same epoch does not: the proposal may still be on its way. So the
 * flip is proposed <em>again</em>, for as long as it takes: comparing the same epoch, at most one
 * of them is done, and when this one is decided, either way, all before it are void. A paused
 * agent whose majority is gone could not answer anyway.
 *
 * <h2>Deadlines</h2>
 *
 * Every request has its own; the pause waits {@link #PAUSING} for the running message, a stalled
 * transfer ends after {@link Sending#STALLED}. All of these come before the flip, and what waited
 * here goes on here. After the flip the move can only be finished, if need be by recovery.
 *
 * <p>One a move; on the room's context.
 */
final class Handoff {
  static final Duration PAUSING = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** What says of a decision that it may be one later, or that none was made. */
  private static final Set<ErrorCode> NOT_DECIDED =
      Set.of(
          ErrorCode.TIMEOUT,
          ErrorCode.INSUFFICIENT_CONSENSUS,
          ErrorCode.READ_ONLY,
          ErrorCode.OVERLOADED,
          ErrorCode.INTERNAL);

  /**
   * What a test breaks, to see that its checker notices.
   *
   * @param settles an unknown outcome keeps the source paused until it is known
   * @param awaitsCopies a node is not drained before no agent needs its store
   */
  record Rules(boolean settles, boolean awaitsCopies) {
    static final Rules ALL = new Rules(true, true);
  }

  /**
   * What moves from this node share.
   *
   * @param copy what this node's copy of the directory has of an agent
   */
  record Surroundings(
      String nodeId,
      AgentMoves moves,
      Function<String, Optional<AgentInfo>> copy,
      Scheduler scheduler,
      Steps steps,
      Rules rules) {}

  /** Makes what carries one state to the target. */
  @FunctionalInterface
  interface Carrier {
    Sending carry(Cargo cargo);
  }

  private final Surroundings with;
  private final AgentMoves moves;
  private final Scheduler scheduler;
  private final AgentInfo agent;
  private final String to;
  private final Target target;
  private final Carrier carrier;
  private final long askedAt;
  private final Promise<Move> result = Promise.promise();
  private Stage stage = Stage.WAITING;
  private Phases phases = Phases.NONE;
  private long startedNanos;
  private long phaseNanos;
  private long endedNanos;
  private Departure departure;
  private Sending sending;
  private long bytes;
  private long newEpoch;
  private boolean reserved;
  private boolean unsettled;
  private MabeamException error;

  /**
   * @param agent as it is owned by this node
   * @param to the id of the target
   */
  Handoff(Surroundings with, AgentInfo agent, String to, Target target, Carrier carrier) {
    this.with = with;
    this.moves = with.moves();
    this.scheduler = with.scheduler();
    this.agent = agent;
    this.to = to;
    this.target = target;
    this.carrier = carrier;
    askedAt = scheduler.wallMillis();
    startedNanos = scheduler.nanos();
  }

  /** Completes when the agent takes messages at the target; fails with why it does not. */
  Future<Move> result() {
    return result.future();
  }

  /** Begins; once. */
  Future<Move> run() {
    startedNanos = scheduler.nanos();
    phaseNanos = startedNanos;
    reserve()
        .compose(place -> pause())
        .compose(paused -> transfer())
        .compose(made -> flip())
        .compose(decided -> fill())
        .onComplete(runs -> end(Stage.DONE, null), this::failed);
    return result.future();
  }

  private Future<Void> reserve() {
    stage = Stage.RESERVE;
    return target
        .reserve(agent.id(), agent.epoch(), with.nodeId(), false)
        .onSuccess(
            kept -> {
              reserved = true;
              phases =
                  new Phases(lap(), 0, 0, 0, 0);
              with.steps().reached(Step.RESERVED, agent.id());
            })
        // The request may have arrived all the same.
        .onFailure(refused -> reserved = true);
  }

  private Future<Void> pause() {
    stage = Stage.PAUSE;
    Promise<Void> paused = Promise.promise();
    Scheduler.Scheduled late = scheduler.after(PAUSING, () -> paused.tryFail(neverEnds()));
    moves
        .depart(agent.id())
        .onComplete(
            departing -> {
              late.cancel();
              if (!paused.future().isComplete()) {
                departure = departing;
                paused.complete();
              } else {
                departing.resume();
              }
            },
            failure -> paused.tryFail(unlessHere(failure)));
    return paused
        .future()
        .map(
            done -> {
              requireSameEpoch();
              phases = new Phases(phases.reserve(), lap(), 0, 0, 0);
              with.steps().reached(Step.PAUSED, agent.id());
              return null;
            });
  }

  /** It is this node's and does not run: it is being recovered, and cannot go yet. */
  private Throwable unlessHere(Throwable failure) {
    boolean isHere =
        with.copy()
            .apply(agent.id())
            .filter(info -> info.epoch() == agent.epoch() && info.node().equals(with.nodeId()))
            .isPresent();
    return isHere && MabeamException.of(failure).code() == ErrorCode.AGENT_NOT_FOUND
        ? MigrationErrors.notOpen(agent.id(), with.nodeId())
        : failure;
  }

  private void requireSameEpoch() {
    if (departure.epoch() != agent.epoch()) {
      throw new MabeamException(
          ErrorCode.STALE_EPOCH,
          "agent '" + agent.id() + "' was at epoch " + agent.epoch()
              + " when its move was asked for, and is at " + departure.epoch(),
          "look where it is, and ask again");
    }
  }

  private Future<Void> transfer() {
    stage = Stage.TRANSFER;
    Cargo cargo = Cargo.of(agent.id(), departure.carried());
    bytes = cargo.length();
    sending = carrier.carry(cargo);
    return sending
        .start()
        .compose(sent -> target.restore(cargo.manifest()))
        .onComplete(
            outcome -> {
              sending.stop();
              // Moves are remembered for long; their states are not.
              sending = null;
            })
        .onSuccess(
            restored ->
                phases = new Phases(phases.reserve(), phases.pause(), lap(), 0, 0));
  }

  /** Whatever the target says of the state. */
  void received(int next) {
    if (sending != null) {
      sending.received(next);
    }
  }

  private Future<Void> flip() {
    stage = Stage.FLIP;
    with.steps().reached(Step.FLIPPING, agent.id());
    Promise<Long> decided = Promise.promise();
    propose(decided, FIRST_PAUSE);
    return decided
        .future()
        .map(
            epoch -> {
              newEpoch = epoch;
              phases =
                  new Phases(phases.reserve(), phases.pause(), phases.transfer(), lap(), 0);
              with.steps().reached(Step.FLIPPED, agent.id());
              return null;
            });
  }

  private void propose(Promise<Long> decided, Duration pause) {
    moves
        .flip(agent.id(), agent.epoch(), to)
        .onComplete(
            decided::complete,
            failure -> undecided(decided, MabeamException.of(failure), pause));
  }

  private void undecided(Promise<Long> decided, MabeamException failure, Duration pause) {
    unsettled |= failure.code() == ErrorCode.TIMEOUT;
    if (!unsettled || !with.rules().settles()) {
      decided.fail(failure);
      return;
    }
    boolean certain = !NOT_DECIDED.contains(failure.code());
    look(decided, failure, certain, pause);
  }

  /** Until it can be read: only that tells whether an earlier proposal was done. */
  private void look(
      Promise<Long> decided, MabeamException failure, boolean certain, Duration pause) {
    moves
        .decided(agent.id())
        .onComplete(
            info -> settle(decided, failure, certain, pause, info),
            unread ->
                scheduler.after(
                    pause, () -> look(decided, failure, certain, longer(pause))));
  }

  private void settle(
      Promise<Long> decided,
      MabeamException failure,
      boolean certain,
      Duration pause,
      Optional<AgentInfo> info) {
    if (info.isPresent() && info.get().epoch() == agent.epoch()) {
      if (certain) {
        decided.fail(failure);
      } else {
        scheduler.after(pause, () -> propose(decided, longer(pause)));
      }
    } else if (info.isPresent() && info.get().node().equals(to)) {
      decided.complete(info.get().epoch());
    } else {
      decided.fail(overtaken(info));
    }
  }

  private MabeamException overtaken(Optional<AgentInfo> info) {
    return new MabeamException(
        ErrorCode.STALE_EPOCH,
        "agent '" + agent.id() + "' was " + (info.isEmpty() ? "undeployed" : "placed elsewhere")
            + " while it was on its way to " + to,
        "look where it is");
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  private Future<Void> fill() {
    stage = Stage.FILL;
    departure.forward(to, newEpoch);
    departure = null;
    with.steps().reached(Step.FORWARDED, agent.id());
    return target
        .runs(agent.id(), newEpoch)
        .recover(failure -> Future.failedFuture(notHeard(failure)))
        .onSuccess(
            runs ->
                phases =
                    new Phases(
                        phases.reserve(), phases.pause(), phases.transfer(), phases.flip(), lap()));
  }

  /** Before the flip, everything is as it was; after it, the target's node sees to it. */
  private void failed(Throwable failure) {
    if (departure != null) {
      departure.resume();
      departure = null;
    }
    if (reserved && newEpoch == 0) {
      target.abandon();
    }
    end(Stage.FAILED, MabeamException.of(failure));
  }

  private void end(Stage last, MabeamException why) {
    stage = last;
    error = why;
    endedNanos = scheduler.nanos();
    if (why == null) {
      result.complete(shown());
    } else {
      result.fail(why);
    }
  }

  /** The milliseconds since the last phase ended. */
  private double lap() {
    long now = scheduler.nanos();
    double millis = Phases.tenth((now - phaseNanos) / 1e6);
    phaseNanos = now;
    return millis;
  }

  Move shown() {
    long until = stage.last() ? endedNanos : scheduler.nanos();
    return new Move(
        agent.id(),
        with.nodeId(),
        to,
        stage,
        askedAt,
        Phases.tenth((until - startedNanos) / 1e6),
        newEpoch,
        bytes,
        phases,
        error);
  }

  String agentId() {
    return agent.id();
  }

  String target() {
    return to;
  }

  /** It was given up before it began. */
  void cancel(MabeamException why) {
    if (stage == Stage.WAITING) {
      end(Stage.FAILED, why);
    }
  }

  private MabeamException neverEnds() {
    return new MabeamException(
        ErrorCode.TIMEOUT,
        "agent '" + agent.id() + "' has not ended its message within " + PAUSING.toSeconds() + " s",
        "it goes on where it is; try again when it is less busy");
  }

  private MabeamException notHeard(Throwable failure) {
    MabeamException why = MabeamException.of(failure);
    return new MabeamException(
        why.code(),
        "agent '" + agent.id() + "' is " + to + "'s by decision, at epoch " + newEpoch
            + ", and has not been heard there yet: " + why.getMessage(),
        "it is recovered if that node is gone; look at the agent",
        why);
  }
}
