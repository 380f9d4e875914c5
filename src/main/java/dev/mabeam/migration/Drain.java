package dev.mabeam.migration;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.Places;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.migration.Drained.Left;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Moves everything off this node, which gets nothing new by then. Each agent goes where placing it
 * anew would put it; if a target refuses it, or fails to start it, to the next best one.
 *
 * <p>The checkpoints that this node keeps for others have to go too: if it left with them, their
 * agents would have one copy less, until that was noticed and made good. Nothing is sent for that.
 * A cordoned node's store is wanted by no set any more, so every owner has its sets changed, and
 * fills the store that takes its place, by itself; this waits until no set names the store, be it
 * as one that is still being replaced.
 *
 * <p>It ends when nothing is left. What cannot go ends it too, after everything else has gone, and
 * is named: agents that have no place anywhere, or nowhere where they start, and were tried {@link
 * #TRIES} times; and copies of agents without an owner, which nobody can replace, when {@link
 * #OWNERLESS} has passed in which recovery found them none.
 */
final class Drain {
  /** How many moves are begun before some have ended; the queue of the node bounds them further. */
  static final int AT_A_TIME = 64;
  static final int TRIES = 4;
  /** Recovering an agent of a node that has just died takes two or three seconds. */
  static final Duration OWNERLESS = Duration.ofSeconds(10);
  private static final Duration TICK = Duration.ofMillis(250);
  private static final String NO_OWNER =
      "this node has a copy of its last state, and it has no node that could have another made";
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  /** What another node may do better. */
  private static final Set<ErrorCode> OF_THE_TARGET =
      Set.of(
          ErrorCode.NO_SUITABLE_NODES,
          ErrorCode.FAILED_TO_START_ON_TARGET,
          ErrorCode.UNAVAILABLE,
          ErrorCode.NOT_FOUND,
          ErrorCode.CONFLICT,
          ErrorCode.TIMEOUT);

  /** What says nothing of whether the agent can be moved. */
  private static final Set<ErrorCode> PASSING =
      Set.of(
          ErrorCode.MIGRATING,
          ErrorCode.STALE_EPOCH,
          ErrorCode.AGENT_NOT_FOUND,
          ErrorCode.INSUFFICIENT_CONSENSUS,
          ErrorCode.READ_ONLY,
          ErrorCode.OVERLOADED);

  private static final class Try {
    private int failures;
    private long notBeforeNanos;
    private final Set<String> refused = new HashSet<>();
    private String why;
  }

  private final String nodeId;
  private final Supplier<List<AgentInfo>> here;
  private final Supplier<List<AgentInfo>> kept;
  private final Places places;
  private final BiFunction<AgentInfo, String, Future<Move>> mover;
  private final BooleanSupplier cordoned;
  private final Scheduler scheduler;
  private final Runnable changed;
  private final Map<String, Try> tries = new HashMap<>();
  private final Map<String, String> underWay = new HashMap<>();
  /** Since when an agent that a copy is kept of has had no owner. */
  private final Map<String, Long> ownerless = new HashMap<>();
  private final Promise<Drained> end = Promise.promise();
  private Scheduler.Scheduled tick = () -> {};
  private int moved;
  private int waiting;
  private int copies;
  private boolean stepping;

  /**
   * @param here the agents that this node owns
   * @param kept the others of which this node's store has to have the checkpoints still
   * @param mover moves one of them to that node
   * @param cordoned whether this is still wanted
   * @param changed hears after every change of what is shown
   */
  Drain(
      String nodeId,
      Supplier<List<AgentInfo>> here,
      Supplier<List<AgentInfo>> kept,
      Places places,
      BiFunction<AgentInfo, String, Future<Move>> mover,
      BooleanSupplier cordoned,
      Scheduler scheduler,
      Runnable changed) {
    this.nodeId = nodeId;
    this.here = here;
    this.kept = kept;
    this.places = places;
    this.mover = mover;
    this.cordoned = cordoned;
    this.scheduler = scheduler;
    this.changed = changed;
  }

  /** Begins; completes when it has ended. */
  Future<Drained> run() {
    tick = scheduler.every(TICK, this::step);
    step();
    return end.future();
  }

  private void step() {
    if (stepping || end.future().isComplete()) {
      return;
    }
    if (!cordoned.getAsBoolean()) {
      finish(undrained());
      return;
    }
    stepping = true;
    List<AgentInfo> all = here.get();
    waiting = all.size();
    tries.keySet().retainAll(all.stream().map(AgentInfo::id).toList());
    boolean hopeless = true;
    for (AgentInfo agent : all) {
      if (!underWay.containsKey(agent.id()) && underWay.size() < AT_A_TIME) {
        attempt(agent);
      }
      Try attempt = tries.get(agent.id());
      hopeless &=
          attempt != null && attempt.failures >= TRIES && !underWay.containsKey(agent.id());
    }
    stepping = false;
    if (replaced() && hopeless && underWay.isEmpty()) {
      finish(null);
    } else {
      changed.run();
    }
  }

  /** Whether every copy that can be made elsewhere is. */
  private boolean replaced() {
    List<AgentInfo> all = kept.get();
    copies = all.size();
    long now = scheduler.nanos();
    List<String> without =
        all.stream().filter(agent -> agent.node().isEmpty()).map(AgentInfo::id).toList();
    ownerless.keySet().retainAll(without);
    without.forEach(agent -> ownerless.putIfAbsent(agent, now));
    return without.size() == copies
        && ownerless.values().stream().allMatch(since -> now - since > OWNERLESS.toNanos());
  }

  private void attempt(AgentInfo agent) {
    Try attempt = tries.computeIfAbsent(agent.id(), none -> new Try());
    if (agent.status() == AgentInfo.Status.STARTING
        || attempt.why != null && scheduler.nanos() - attempt.notBeforeNanos < 0) {
      return;
    }
    String to;
    try {
      to = places.choose(agent.spec(), without(attempt));
    } catch (MabeamException nowhere) {
      nowhere(attempt, nowhere);
      return;
    }
    underWay.put(agent.id(), to);
    mover
        .apply(agent, to)
        .onComplete(
            move -> {
              underWay.remove(agent.id());
              moved++;
              scheduler.execute(this::step);
            },
            failure -> {
              underWay.remove(agent.id());
              places.givenUp(agent.id());
              refused(attempt, to, MabeamException.of(failure));
              scheduler.execute(this::step);
            });
  }

  private Set<String> without(Try attempt) {
    Set<String> without = new HashSet<>(attempt.refused);
    without.add(nodeId);
    return without;
  }

  /** Every node may be tried again once all have refused it; what they said is worth more. */
  private void nowhere(Try attempt, MabeamException why) {
    if (attempt.refused.isEmpty()) {
      attempt.why = why.getMessage();
    }
    attempt.refused.clear();
    again(attempt, true);
  }

  private void refused(Try attempt, String to, MabeamException why) {
    attempt.why = why.getMessage();
    if (OF_THE_TARGET.contains(why.code())) {
      attempt.refused.add(to);
    }
    again(attempt, !PASSING.contains(why.code()));
  }

  private void again(Try attempt, boolean counts) {
    attempt.failures += counts ? 1 : 0;
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(3, attempt.failures));
    attempt.notBeforeNanos = scheduler.nanos() + pause.toNanos();
  }

  private void finish(MabeamException why) {
    tick.cancel();
    if (why == null) {
      end.tryComplete(shown(true));
    } else {
      end.tryFail(why);
    }
    changed.run();
  }

  Drained shown() {
    return shown(end.future().isComplete());
  }

  private Drained shown(boolean done) {
    List<Left> left = new ArrayList<>();
    tries.forEach(
        (agent, attempt) -> {
          if (attempt.why != null && !underWay.containsKey(agent)) {
            left.add(new Left(agent, attempt.why));
          }
        });
    if (done) {
      ownerless.keySet().forEach(agent -> left.add(new Left(agent, NO_OWNER)));
    }
    return new Drained(nodeId, done, moved, waiting, copies, left);
  }

  Future<Drained> result() {
    return end.future();
  }

  /** It is not wanted any more. */
  void stop(MabeamException why) {
    if (!end.future().isComplete()) {
      finish(why);
    }
  }

  private MabeamException undrained() {
    return new MabeamException(
        ErrorCode.CONFLICT,
        "node " + nodeId + " gets agents again: its drain has ended after " + moved + " moves",
        "drain it again if it is to be empty");
  }
}
