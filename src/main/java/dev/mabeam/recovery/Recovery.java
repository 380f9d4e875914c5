package dev.mabeam.recovery;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.Places;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent.AgentUnavailable;
import dev.mabeam.event.Sparingly;
import dev.mabeam.link.Member;
import dev.mabeam.time.Calls;
import dev.mabeam.time.Scheduler;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gives agents without an owner another one. That a node is gone is decided elsewhere, by the
 * consensus room, once it holds no lease any more; from then on each of its agents is in the
 * directory without an owner, with the epoch and the stores that it had.
 *
 * <h2>Who does it</h2>
 *
 * The oldest member that is heard, at once; the next one if the agent has no owner after {@link
 * #STAGGER} still; and so on. Not the consensus leader: it is no fact of the log, changes without a
 * decision, and may be a witness that has no view of the nodes' load; while the order of the members
 * is the same everywhere. That the list is the same is not needed for safety: a recovery is a
 * decision that compares the epoch, so of two nodes that place the same agent the first one wins,
 * and the other is told so and reads again. It is needed only so that they seldom do twice the
 * work.
 *
 * <h2>What is asked for</h2>
 *
 * One operation an agent: its owner at the next epoch, chosen by the same scores as for a
 * deployment, with what is placed in this turn taken into account. All of one turn become a few
 * commands, so a thousand agents take a handful of decisions. The new owner then seals the stores
 * at its epoch, takes the newest checkpoint, and goes on: that is the agent room's.
 *
 * <pre>
 *             place found, decided                   runs
 *  ownerless ──────────────────────► owned, begins ────────► (done)
 *   ▲  │  ▲                              │
 *   │  │  └──────────────────────────────┘ its start fails: ownerless again at that epoch; the
 *   │  │                                   next best node is tried, later each time
 *   │  │ no node fits
 *   │  ▼
 *  unavailable: decided, with the reason, and told once; looked at again whenever a member, a
 *  cordon or an owner changes, and every {@link #LONGEST_PAUSE} in any case
 * </pre>
 *
 * <h2>Who dies when</h2>
 *
 * <ul>
 *   <li><em>Whoever places, before it is decided</em>: the next one in the order does it.
 *   <li><em>Whoever places, after</em>: nothing is left to do; the new owner reads it in its copy.
 *   <li><em>The new owner</em>: its agents are without an owner again when that is decided.
 *   <li><em>An unknown outcome</em>: nothing waits for it. Either the directory shows an owner, or
 *       the agent is placed again at the same epoch, and one of the two is refused.
 * </ul>
 *
 * <h2>What it remembers</h2>
 *
 * Which node was tried at which epoch, to tell a start that failed; in memory, on this node alone.
 * Another node that takes over begins without that and may try a failing node once more.
 *
 * <p>Where they were put in haste is looked at once more when all is calm: {@link SecondLook}.
 *
 * <p>An agent of which no store is left is not placed: its state is uncertain, and only {@code
 * recover --accept-loss} brings it back. It comes back by itself if a store does.
 */
public final class Recovery implements Recoveries {
  /** How long each member waits for those that are older. */
  static final Duration STAGGER = Duration.ofMillis(1_500);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration TICK = Duration.ofMillis(250);
  /** How many are placed in one turn of the event loop. */
  private static final int AT_A_TIME = 256;
  /** A reason changes with every megabyte that is taken; it is decided anew no more often. */
  private static final Duration SAY_AGAIN = Duration.ofSeconds(30);
  /** A start may take eight seconds, and reading the state some. */
  private static final Duration REMEMBERED = Duration.ofMinutes(1);
  /** How long the caller of {@link #handleNodeFailure} waits for the decision. */
  private static final Duration DECIDING = Duration.ofSeconds(15);

  /** What this node knows of one agent without an owner. */
  private static final class Orphan {
    private long epoch;
    private long sinceNanos;
    private long notBeforeNanos;
    private int failures;
    private boolean asked;
    private String triedOn;
    private long triedAs;
    private final Set<String> refused = new HashSet<>();
    private long saidNanos;
    private boolean said;
    private long ownedNanos;
  }

  private final RecoveryContext with;
  private final String nodeId;
  private final AgentMoves moves;
  private final Places places;
  private final Scheduler scheduler;
  private final Calls calls;
  private final Sparingly events;
  private final SecondLook secondLook;
  private final Map<String, Orphan> orphans = new HashMap<>();
  private Scheduler.Scheduled tick = () -> {};
  private boolean lookSet;
  private Counter recovered;
  private Counter refusals;
  private volatile int ownerless;
  private volatile boolean closed;

  private Recovery(RecoveryContext with) {
    this.with = with;
    nodeId = with.nodeId();
    moves = with.moves();
    places = with.places();
    scheduler = with.scheduler();
    calls = new Calls(scheduler::execute, () -> closing(nodeId));
    events = new Sparingly(with.events(), scheduler);
    secondLook =
        new SecondLook(with.agents(), places, with.members(), with.mover(), scheduler);
  }

  /** On the thread that becomes its own; then {@link #start}. */
  public static Recovery create(RecoveryContext with) {
    return new Recovery(with);
  }

  public void start() {
    moves.onChange(this::changed);
    tick = scheduler.every(TICK, this::look);
    changed();
  }

  /** Registers what this counts. */
  public void register(MeterRegistry registry) {
    recovered = counter(registry, "placed");
    refusals = counter(registry, "no place");
    Gauge.builder("mabeam.agent.ownerless", this, recovery -> recovery.ownerless)
        .description("Agents that have no node")
        .strongReference(true)
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("mabeam.recoveries")
        .description("Agents without a node that this one has tried to place")
        .tag("outcome", outcome)
        .register(registry);
  }

  /** Something may be possible now that was not: all that had no place is looked at again. */
  private void changed() {
    if (closed || lookSet) {
      return;
    }
    lookSet = true;
    scheduler.execute(
        () -> {
          lookSet = false;
          orphans.values().stream()
              .filter(orphan -> orphan.said)
              .forEach(orphan -> orphan.notBeforeNanos = Math.min(orphan.notBeforeNanos, soon()));
          look();
        });
  }

  /** Not at once: what is decided about one of them changes something too. */
  private long soon() {
    return scheduler.nanos() + FIRST_PAUSE.toNanos();
  }

  private void look() {
    if (closed) {
      return;
    }
    List<AgentInfo> all = moves.ownerless();
    ownerless = all.size();
    long now = scheduler.nanos();
    forget(all, now);
    secondLook.tick(
        all.isEmpty() && moves.drained().isEmpty() && with.serving().getAsBoolean());
    if (all.isEmpty()) {
      return;
    }
    int rank = rank();
    int placed = 0;
    for (AgentInfo agent : all) {
      Orphan orphan = orphans.computeIfAbsent(agent.id(), none -> new Orphan());
      note(agent, orphan, now);
      boolean due =
          !orphan.asked
              && now - orphan.sinceNanos >= patience(agent, rank).toNanos()
              && now - orphan.notBeforeNanos >= 0;
      if (due && with.serving().getAsBoolean()) {
        place(agent, orphan, rank);
        if (++placed == AT_A_TIME) {
          scheduler.execute(this::look);
          return;
        }
      }
    }
  }

  /** Whoever has an owner now; but a start that fails is only heard of a while after it. */
  private void forget(List<AgentInfo> ownerless, long now) {
    Set<String> ids = ownerless.stream().map(AgentInfo::id).collect(Collectors.toSet());
    orphans
        .entrySet()
        .removeIf(
            each ->
                !ids.contains(each.getKey())
                    && (each.getValue().triedAs == 0
                        || now - each.getValue().ownedNanos > REMEMBERED.toNanos()));
  }

  /** What has a reason to be without an owner is somebody's already, who may be waiting. */
  private static Duration patience(AgentInfo agent, int rank) {
    Duration inTurn = STAGGER.multipliedBy(rank);
    return rank > 0 && !agent.why().isEmpty() ? inTurn.plus(LONGEST_PAUSE) : inTurn;
  }

  /** How many older members there are that should be doing this. */
  private int rank() {
    int older = 0;
    for (Member member : with.members().get().all()) {
      if (member.id().equals(nodeId)) {
        return older;
      }
      if (with.active().test(member.id())) {
        older++;
      }
    }
    return older;
  }

  private void note(AgentInfo agent, Orphan orphan, long now) {
    if (orphan.epoch == agent.epoch()) {
      return;
    }
    if (orphan.triedOn != null && orphan.triedAs == agent.epoch()) {
      failedToStart(orphan, now);
    } else {
      orphan.sinceNanos = now;
      orphan.notBeforeNanos = now;
      orphan.failures = 0;
      orphan.refused.clear();
    }
    orphan.epoch = agent.epoch();
    orphan.asked = false;
  }

  private void failedToStart(Orphan orphan, long now) {
    if (with.members().get().contains(orphan.triedOn)) {
      orphan.refused.add(orphan.triedOn);
    }
    later(orphan, now);
  }

  private void later(Orphan orphan, long now) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(5, orphan.failures));
    orphan.failures++;
    orphan.notBeforeNanos =
        now + (pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause).toNanos();
  }

  private void place(AgentInfo agent, Orphan orphan, int rank) {
    String to;
    try {
      to = places.choose(agent.spec(), orphan.refused);
    } catch (MabeamException nowhere) {
      noPlace(agent, orphan, rank, nowhere);
      return;
    }
    orphan.asked = true;
    orphan.triedOn = to;
    orphan.triedAs = 0;
    moves
        .recover(agent.id(), agent.epoch(), to, false)
        .onComplete(
            epoch -> owned(agent, orphan, epoch),
            failure -> notOwned(agent, orphan, MabeamException.of(failure)));
  }

  private void owned(AgentInfo agent, Orphan orphan, long epoch) {
    secondLook.recovered(agent.id(), epoch);
    orphan.triedAs = epoch;
    orphan.ownedNanos = scheduler.nanos();
    orphan.said = false;
    if (recovered != null) {
      recovered.increment();
    }
  }

  private void notOwned(AgentInfo agent, Orphan orphan, MabeamException why) {
    places.givenUp(agent.id());
    orphan.asked = false;
    if (why.code() == ErrorCode.UNAVAILABLE || why.code() == ErrorCode.CONFLICT) {
      // That node is none any more, or has just been cordoned: this one will see it too.
      orphan.notBeforeNanos = soon();
    } else {
      later(orphan, scheduler.nanos());
    }
  }

  /** All of them may be tried again once all have refused it. */
  private void noPlace(
      AgentInfo agent, Orphan orphan, int rank, MabeamException why) {
    long now = scheduler.nanos();
    later(orphan, now);
    if (!orphan.refused.isEmpty()) {
      orphan.refused.clear();
      return;
    }
    if (refusals != null) {
      refusals.increment();
    }
    boolean first = !orphan.said && agent.why().isEmpty();
    boolean again = rank == 0 && (!orphan.said || now - orphan.saidNanos > SAY_AGAIN.toNanos());
    if (first || again) {
      orphan.said = true;
      orphan.saidNanos = now;
      moves
          .unavailable(agent.id(), agent.epoch(), why.getMessage())
          .onComplete(
              decided -> {
                if (first) {
                  tell(agent, why.getMessage());
                }
              },
              failure -> orphan.said = false);
    }
  }

  private void tell(AgentInfo agent, String why) {
    events.tell(
        "unavailable",
        others -> new AgentUnavailable(agent.id(), agent.epoch(), why, others));
  }

  // ---- for people -----------------------------------------------------------------------------

  @Override
  public Future<AgentInfo> recover(String agent, boolean acceptLoss) {
    return calls.call(
        () ->
            moves
                .decided(agent)
                .compose(found -> recover(found.orElseThrow(() -> none(agent)), acceptLoss)));
  }

  private Future<AgentInfo> recover(AgentInfo agent, boolean acceptLoss) {
    if (!agent.node().isEmpty()) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.CONFLICT,
              "agent '" + agent.id() + "' has a node, " + agent.node(),
              "it needs no recovery"));
    }
    String to = places.choose(agent.spec(), Set.of());
    return moves
        .recover(agent.id(), agent.epoch(), to, acceptLoss)
        .onFailure(failure -> places.givenUp(agent.id()))
        .map(
            epoch ->
                with.agents()
                    .get(agent.id())
                    .orElse(
                        new AgentInfo(agent.spec(), to, epoch, AgentInfo.Status.ACTIVE)));
  }

  private static MabeamException none(String agent) {
    return new MabeamException(
        ErrorCode.AGENT_NOT_FOUND,
        "there is no agent '" + agent + "'",
        "list the agents to see their ids");
  }

  @Override
  public Future<NodeFailure> handleNodeFailure(String node, String reason) {
    return calls.call(
        () -> {
          Optional<String> member = member(node);
          String id = member.orElse(node);
          int affected = owned(id);
          if (member.isEmpty() && affected == 0 && !node.contains("#")) {
            return Future.failedFuture(
                new MabeamException(
                    ErrorCode.NOT_FOUND,
                    "there is no node '" + node + "'",
                    "'mabeam nodes' lists them"));
          }
          if (member.isPresent() && with.active().test(id)) {
            return Future.failedFuture(alive(id));
          }
          return gone(id, scheduler.nanos() + DECIDING.toNanos())
              .map(
                  decided -> {
                    changed();
                    return new NodeFailure(id, reason, affected, affected > 0);
                  });
        });
  }

  private Optional<String> member(String idOrName) {
    String found = null;
    for (Member member : with.members().get().all()) {
      if (member.id().equals(idOrName) || member.name().equals(idOrName)) {
        found = member.id();
      }
    }
    return Optional.ofNullable(found);
  }

  private int owned(String node) {
    return (int)
        with.agents().list().stream().filter(agent -> agent.node().equals(node)).count();
  }

  private Future<Void> gone(String node, long until) {
    if (!with.members().get().contains(node)) {
      return Future.succeededFuture();
    }
    if (with.active().test(node)) {
      return Future.failedFuture(alive(node));
    }
    if (scheduler.nanos() - until > 0) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.TIMEOUT,
              "that node " + node + " is gone is not decided after " + DECIDING.toSeconds() + " s",
              "it is when a majority has not heard it for long enough, or its ports refuse"));
    }
    Promise<Void> next = Promise.promise();
    scheduler.after(TICK, () -> gone(node, until).onComplete(next));
    return next.future();
  }

  private static MabeamException alive(String node) {
    return new MabeamException(
        ErrorCode.CONFLICT,
        "node " + node + " has not failed: it answers",
        "'mabeam drain' empties it; or end its process");
  }

  private static MabeamException closing(String node) {
    return new MabeamException(ErrorCode.UNAVAILABLE, "node " + node + " is closing");
  }

  /** Places nothing any more. */
  public void close() {
    closed = true;
    calls.close();
    tick.cancel();
  }
}
