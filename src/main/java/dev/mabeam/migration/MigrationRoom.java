package dev.mabeam.migration;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.bus.Bus;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent.AgentMigrated;
import dev.mabeam.event.Sparingly;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.migration.ChunkFrames.Chunk;
import dev.mabeam.migration.ChunkFrames.Received;
import dev.mabeam.time.Calls;
import dev.mabeam.time.Scheduler;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A node's part in moving agents: it carries out the moves of its own agents, takes those that come,
 * drains itself, and passes on what is asked for elsewhere.
 *
 * <p>It serves {@code begin}, {@code result}, {@code state} and {@code drain} as a source, {@code
 * reserve}, {@code restore}, {@code runs} and {@code abandon} as a target, and {@code undrain}; see
 * {@link Answers}.
 */
public final class MigrationRoom implements Migrations {
  /** The lowest type of this room's frames on the link. */
  public static final byte FIRST_TYPE = ChunkFrames.CHUNK;

  /** How many moves from one node are under way at a time. */
  static final int MOST_AT_A_TIME = 32;
  /** How many chunks from one node may be unacknowledged: 4 MB. */
  private static final int MOST_CHUNKS = 16;
  private static final Duration DRAIN_LOOK = Duration.ofSeconds(2);
  private static final Duration WAY = Duration.ofSeconds(2);
  private static final int TRIES = 3;

  private final MigrationContext with;
  private final String nodeId;
  private final AgentMoves moves;
  private final Scheduler scheduler;
  private final Calls calls;
  private final Bus bus;
  private final FirstContact first;
  private final Handoff.Surroundings surroundings;
  private final Budget budget = new Budget(MOST_CHUNKS);
  private final Departures departures;
  private final Landings landings;
  private final ShownMigrations shown;
  private final Sparingly events;
  private final MigrationCounts counts = new MigrationCounts();
  private Bus.Registration registration;
  private Drain drain;
  private Drained drained;
  private volatile boolean closed;

  private MigrationRoom(MigrationContext with, Handoff.Rules rules) {
    this.with = with;
    nodeId = with.nodeId();
    moves = with.moves();
    scheduler = with.scheduler();
    calls = new Calls(scheduler::execute, () -> MigrationErrors.closed(nodeId));
    bus = with.bus();
    first = new FirstContact(bus, scheduler, this::isMember);
    surroundings =
        new Handoff.Surroundings(
            nodeId, moves, with.agents()::get, scheduler, with.steps(), rules);
    shown =
        new ShownMigrations(nodeId, with.knowledge(), with.members(), this::own, scheduler);
    departures = new Departures(MOST_AT_A_TIME, shown::changed);
    landings =
        new Landings(
            nodeId, moves, with.agents()::get, with.places(), bus, scheduler, with.steps());
    events = new Sparingly(with.events(), scheduler);
  }

  /** On the thread that becomes the room's; then {@link #start}. */
  public static MigrationRoom create(MigrationContext with) {
    return create(with, Handoff.Rules.ALL);
  }

  static MigrationRoom create(MigrationContext with, Handoff.Rules rules) {
    return new MigrationRoom(with, rules);
  }

  /** Serves other nodes. */
  public Future<Void> start() {
    with.courier().onFrame(this::frame);
    landings.start();
    shown.start();
    Map<String, Function<JsonObject, Future<JsonObject>>> verbs =
        Map.of(
            "begin", this::begin,
            "result", this::result,
            "state", this::state,
            "drain", this::serveDrain,
            "undrain", this::serveUndrain,
            "reserve", this::reserve,
            "restore", body -> done(landings.restore(move(body), body.getJsonObject("manifest"))),
            "runs", this::runs,
            "abandon", this::abandon);
    return bus.serve(
            Answers.address(nodeId),
            body ->
                Answers.wrap(
                    () -> verbs.getOrDefault(body.getString("do"), unknown()).apply(body)))
        .onSuccess(served -> registration = served)
        .mapEmpty();
  }

  private static Function<JsonObject, Future<JsonObject>> unknown() {
    return body ->
        Future.failedFuture(
            new MabeamException(
                ErrorCode.INVALID, "moves do not know the verb '" + body.getString("do") + "'"));
  }

  /** Registers what this room counts. */
  public void register(MeterRegistry registry) {
    counts.register(registry, departures::runningNow);
  }

  // ---- for anybody ----------------------------------------------------------------------------

  @Override
  public Future<Move> migrate(String agent, String node) {
    return calls.call(
        () -> {
          Member to = member(node);
          return located(agent, to).compose(info -> migrate(info, to, TRIES));
        });
  }

  private Future<Move> migrate(AgentInfo agent, Member to, int tries) {
    long move = with.random().nextLong();
    Future<Move> moved =
        agent.node().equals(nodeId)
            ? depart(move, agent, to.id())
            : new Request(bus, first, moves, this::isMember, agent, to.id(), move).run();
    return moved.recover(
        failure ->
            MabeamException.of(failure).code() == ErrorCode.STALE_EPOCH && tries > 1
                ? decided(agent.id(), to).compose(info -> migrate(info, to, tries - 1))
                : Future.failedFuture(failure));
  }

  /**
   * The agent, if it can be asked to go there. This node's copy may be behind, so it is refused
   * only by what is decided.
   */
  private Future<AgentInfo> located(String agent, Member to) {
    return with.agents()
        .get(agent)
        .filter(copy -> obstacle(copy, to) == null)
        .map(Future::succeededFuture)
        .orElseGet(() -> decided(agent, to));
  }

  private Future<AgentInfo> decided(String agent, Member to) {
    return moves
        .decided(agent)
        .map(
            found -> {
              AgentInfo info = found.orElseThrow(() -> MigrationErrors.noAgent(agent));
              MabeamException obstacle = obstacle(info, to);
              if (obstacle != null) {
                throw obstacle;
              }
              return info;
            });
  }

  /** Why the agent cannot be asked to go there as things are, or null. */
  private static MabeamException obstacle(AgentInfo agent, Member to) {
    if (agent.node().equals(to.id())) {
      return MigrationErrors.thereAlready(agent);
    }
    return agent.node().isEmpty() || agent.status() == AgentInfo.Status.STARTING
        ? MigrationErrors.notNow(agent)
        : null;
  }

  @Override
  public Future<Foreseen> foresee(String agent, String node) {
    return calls.call(
        () -> {
          Member to = member(node);
          return located(agent, to)
              .compose(
                  info ->
                      new Target(bus, first, to.id(), 0)
                          .reserve(agent, info.epoch(), info.node(), true)
                          .map(free -> new Foreseen(agent, info.node(), to.id(), null))
                          .otherwise(
                              obstacle ->
                                  new Foreseen(
                                      agent,
                                      info.node(),
                                      to.id(),
                                      MabeamException.of(obstacle))));
        });
  }

  @Override
  public MigrationList list() {
    return shown.all();
  }

  @Override
  public Future<Drained> drain(String node, Duration patience) {
    return calls.call(
        () -> {
          Member member = member(node);
          long until = scheduler.nanos() + patience.toNanos();
          return member.id().equals(nodeId)
              ? drainHere(patience)
              : drainThere(member.id(), until);
        });
  }

  private Future<Drained> drainThere(String node, long until) {
    Duration left = Duration.ofNanos(Math.max(0, until - scheduler.nanos()));
    Duration look = left.compareTo(DRAIN_LOOK) < 0 ? left : DRAIN_LOOK;
    return askNode(node, "drain", new JsonObject().put("waitMs", look.toMillis()), look.plus(WAY))
        .map(Drained::fromJson)
        .compose(
            far ->
                far.done() || scheduler.nanos() - until >= 0
                    ? Future.succeededFuture(far)
                    : drainThere(node, until));
  }

  @Override
  public Future<Void> undrain(String node) {
    return calls.call(
        () -> {
          Member member = member(node);
          return moves
              .uncordon(member.id())
              .compose(
                  decided ->
                      member.id().equals(nodeId)
                          ? undrainHere()
                          : askNode(member.id(), "undrain", new JsonObject(), WAY)
                              .otherwiseEmpty()
                              .mapEmpty());
        });
  }

  private Future<JsonObject> askNode(
      String node, String verb, JsonObject body, Duration deadline) {
    return first
        .ask(node, verb, body, deadline)
        .recover(silence -> Future.failedFuture(MigrationErrors.unreachable(node, silence)))
        .compose(Answers::unwrap);
  }

  private Member member(String idOrName) {
    return with.members().get().all().stream()
        .filter(member -> member.id().equals(idOrName) || member.name().equals(idOrName))
        .max(Comparator.comparingLong(Member::incarnation))
        .orElseThrow(() -> MigrationErrors.noNode(idOrName));
  }

  private boolean isMember(String id) {
    return with.members().get().contains(id);
  }

  // ---- as a source ----------------------------------------------------------------------------

  private Future<Move> depart(long move, AgentInfo agent, String to) {
    departures.requireFree(agent.id());
    Optional<Member> target = with.members().get().member(to);
    if (target.isEmpty()) {
      return Future.failedFuture(MigrationErrors.noNode(to));
    }
    LinkAddress line = target.get().link();
    Handoff handoff =
        new Handoff(
            surroundings,
            agent,
            to,
            new Target(bus, first, to, move),
            cargo ->
                new Sending(
                    move,
                    cargo,
                    chunk -> with.courier().send(line, ChunkFrames.CHUNK, chunk),
                    budget,
                    scheduler));
    return departures.add(move, handoff).onComplete(this::moved, this::notMoved);
  }

  private void moved(Move move) {
    counts.moved(move);
    events.tell(
        "migrated",
        others ->
            new AgentMigrated(
                move.agent(),
                move.from(),
                move.to(),
                move.epoch(),
                move.phases().toJson(),
                move.ms(),
                move.bytes(),
                others));
  }

  private void notMoved(Throwable failure) {
    counts.failed();
  }

  private Future<JsonObject> begin(JsonObject body) {
    long move = move(body);
    String id = body.getString("agent");
    if (departures.get(move) != null) {
      return done(Future.succeededFuture());
    }
    AgentInfo agent =
        with.agents()
            .get(id)
            .filter(here -> here.node().equals(nodeId))
            .filter(here -> here.epoch() == body.getLong("epoch"))
            .orElseThrow(() -> MigrationErrors.notHere(id, nodeId));
    departures.requireFree(id);
    depart(move, agent, body.getString("to")).onFailure(told -> {});
    return done(Future.succeededFuture());
  }

  private Future<JsonObject> result(JsonObject body) {
    Handoff handoff = departures.get(move(body));
    if (handoff == null) {
      return Future.failedFuture(MigrationErrors.forgotten(body.getString("agent"), nodeId));
    }
    Promise<JsonObject> answer = Promise.promise();
    Scheduler.Scheduled later =
        scheduler.after(
            Duration.ofMillis(body.getLong("waitMs", 0L)),
            () -> answer.tryComplete(new JsonObject().put("done", false)));
    handoff
        .result()
        .onComplete(
            move -> answer.tryComplete(new JsonObject().put("done", true).put("result", move.toJson())),
            answer::tryFail);
    return answer.future().onComplete(told -> later.cancel());
  }

  /** Whether the agent goes on here for certain, so that nobody will flip that move. */
  private Future<JsonObject> state(JsonObject body) {
    boolean here =
        with.agents()
            .get(body.getString("agent"))
            .filter(agent -> agent.node().equals(nodeId))
            .filter(agent -> agent.epoch() == body.getLong("epoch"))
            .isPresent();
    return Future.succeededFuture(
        new JsonObject().put("resumed", here && !departures.isUnderWay(move(body))));
  }

  // ---- as a target ----------------------------------------------------------------------------

  private Future<JsonObject> reserve(JsonObject body) {
    return done(
        landings.reserve(
            move(body),
            body.getString("agent"),
            body.getLong("epoch"),
            body.getString("source"),
            body.getBoolean("trial", false)));
  }

  private Future<JsonObject> runs(JsonObject body) {
    return done(
        landings.runs(move(body), body.getString("agent"), body.getLong("epoch")));
  }

  private Future<JsonObject> abandon(JsonObject body) {
    landings.abandon(move(body));
    return done(Future.succeededFuture());
  }

  private static Future<JsonObject> done(Future<Void> outcome) {
    return outcome.map(done -> new JsonObject().put("v", 1));
  }

  private static long move(JsonObject body) {
    return Long.parseUnsignedLong(body.getString("move"), 16);
  }

  private void frame(LinkAddress from, byte type, Buffer payload) {
    if (closed) {
      return;
    }
    if (type == ChunkFrames.CHUNK) {
      Chunk chunk = Chunk.decode(payload);
      if (chunk != null) {
        with.courier().send(from, ChunkFrames.RECEIVED, landings.take(chunk).encode());
      }
    } else if (type == ChunkFrames.RECEIVED) {
      Received received = Received.decode(payload);
      Handoff handoff = received == null ? null : departures.get(received.move());
      if (handoff != null) {
        handoff.received(received.next());
      }
    }
  }

  // ---- drains ---------------------------------------------------------------------------------

  private Future<JsonObject> serveDrain(JsonObject body) {
    return drainHere(Duration.ofMillis(body.getLong("waitMs", 0L))).map(Drained::toJson);
  }

  private Future<JsonObject> serveUndrain(JsonObject body) {
    return done(undrainHere());
  }

  /** The drain goes on, however long somebody waits for it. */
  private Future<Drained> drainHere(Duration patience) {
    return (drain == null ? beginDrain() : Future.succeededFuture(drain))
        .compose(
            running -> {
              Promise<Drained> answer = Promise.promise();
              Scheduler.Scheduled late =
                  scheduler.after(patience, () -> answer.tryComplete(running.shown()));
              running.result().onComplete(answer::tryComplete, answer::tryFail);
              return answer.future().onComplete(told -> late.cancel());
            });
  }

  private Future<Drain> beginDrain() {
    return moves
        .cordon(nodeId, true)
        .map(
            decided -> {
              if (drain != null) {
                return drain;
              }
              Drain begun =
                  new Drain(
                      nodeId,
                      this::here,
                      surroundings.rules().awaitsCopies() ? this::keptHere : List::of,
                      with.places(),
                      this::departAnyhow,
                      () -> moves.cordoned().contains(nodeId),
                      scheduler,
                      shown::changed);
              drain = begun;
              // One that has nothing to move has ended before this returns.
              begun.run().onComplete(this::drainEnded, this::drainFailed);
              return begun;
            });
  }

  private Future<Move> departAnyhow(AgentInfo agent, String to) {
    try {
      return depart(with.random().nextLong(), agent, to);
    } catch (MabeamException objection) {
      return Future.failedFuture(objection);
    }
  }

  private List<AgentInfo> here() {
    return with.agents().list().stream().filter(agent -> agent.node().equals(nodeId)).toList();
  }

  /** Of whose checkpoints the set names this node's store, also while it is being replaced. */
  private List<AgentInfo> keptHere() {
    Optional<Member> self = with.members().get().member(nodeId);
    return self.isEmpty()
        ? List.of()
        : with.agents().list().stream()
            .filter(agent -> !agent.node().equals(nodeId))
            .filter(agent -> agent.set().all().contains(self.get().store()))
            .toList();
  }

  /** It stays cordoned, unless that was undone meanwhile; another node may be drained now. */
  private void drainEnded(Drained how) {
    drained = how;
    drain = null;
    if (!closed && moves.drained().filter(nodeId::equals).isPresent()) {
      moves.cordon(nodeId, false).onFailure(itLeavesAnyway -> {});
    }
    shown.changed();
  }

  private void drainFailed(Throwable why) {
    drain = null;
    shown.changed();
  }

  private Future<Void> undrainHere() {
    if (drain != null) {
      drain.stop(MigrationErrors.undrained(nodeId));
    }
    drained = null;
    shown.changed();
    return Future.succeededFuture();
  }

  private MigrationList own() {
    List<Drained> drains =
        drain != null ? List.of(drain.shown()) : drained != null ? List.of(drained) : List.of();
    return departures.shown(drains);
  }

  // ---- the rest -------------------------------------------------------------------------------

  /**
   * Begins no more moves and takes none; those whose flip is under way end with their agents. Who
   * waits for one here is told that the node closes.
   */
  public Future<Void> close() {
    closed = true;
    calls.close();
    departures.close();
    landings.close();
    shown.close();
    if (drain != null) {
      drain.stop(MigrationErrors.closed(nodeId));
    }
    return registration == null
        ? Future.succeededFuture()
        : registration.close().otherwiseEmpty();
  }
}
