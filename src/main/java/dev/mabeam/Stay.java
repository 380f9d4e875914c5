package dev.mabeam;

import dev.mabeam.agent.AgentDirectory;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.AgentOptions;
import dev.mabeam.agent.AgentRoom;
import dev.mabeam.agent.AgentRoomContext;
import dev.mabeam.agent.AgentsVerticle;
import dev.mabeam.bus.VertxBus;
import dev.mabeam.consensus.Consensus;
import dev.mabeam.consensus.ConsensusContext;
import dev.mabeam.consensus.ConsensusOptions;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Grid;
import dev.mabeam.link.Admission;
import dev.mabeam.link.Courier;
import dev.mabeam.link.Member;
import dev.mabeam.membership.Membership;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.migration.MigrationContext;
import dev.mabeam.migration.MigrationRoom;
import dev.mabeam.migration.MigrationVerticle;
import dev.mabeam.migration.Steps;
import dev.mabeam.placement.PlacementMetrics;
import dev.mabeam.placement.PlacementNode;
import dev.mabeam.placement.Placer;
import dev.mabeam.placement.Standing;
import dev.mabeam.recovery.Recovery;
import dev.mabeam.recovery.RecoveryContext;
import dev.mabeam.recovery.RecoveryVerticle;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.ReplicaStore;
import dev.mabeam.variable.VariableContext;
import dev.mabeam.variable.VariableDefinitions;
import dev.mabeam.variable.VariableRoom;
import dev.mabeam.variable.VariableSyncVerticle;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.UserCode;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What of a node ends with its incarnation: its part in deciding, its agents and its variables. It
 * ends when the node leaves or was expelled; a node that comes back has a new one, and starts from
 * what the others have decided meanwhile. What its store has of variables is the process's, and
 * goes on.
 */
final class Stay {
  private static final Duration RETIRING = Duration.ofSeconds(3);

  /**
   * What the rooms of a stay share with the rest of the node.
   *
   * @param events publishes; on any thread
   * @param membership the one of this incarnation
   * @param steps where a test reaches into moves
   * @param zone which nodes fail together with this one; empty if it has named none
   * @param shownVariables how many of its variables it shows in the map
   */
  record Surroundings(
      Vertx vertx,
      Grid grid,
      UserCode code,
      Supplier<Membership> membership,
      Consumer<ClusterEvent> events,
      ReplicaStore variables,
      Keeper.OfProcess checkpoints,
      Couriers couriers,
      Steps steps,
      MeterRegistry metrics,
      String zone,
      int shownVariables) {}

  /** Gives each room its part of the link's courier. */
  @FunctionalInterface
  interface Couriers {
    /** For frames from that type on, for use on that thread. */
    Courier courier(byte first, Executor thread);
  }

  private final AgentDirectory directory = new AgentDirectory();
  private final VariableDefinitions definitions = new VariableDefinitions();
  private final Consensus consensus;
  private final List<String> deployed = new ArrayList<>();
  /** What uses the agents, the last first. */
  private final List<String> deployedAbove = new ArrayList<>();
  /** Ends what its rooms hear of the rest of the node. */
  private final List<Runnable> hears = new CopyOnWriteArrayList<>();
  private volatile Admission admission;
  private volatile boolean lostLease;
  private volatile PlacesByScore places;
  private volatile AgentRoom agents;
  private volatile VariableRoom variables;
  private volatile Keeper keeper;
  private volatile Scheduler agentsThread;
  private volatile MigrationRoom migrations;
  private volatile Recovery recovery;

  /**
   * Not open yet.
   *
   * @param context makes what consensus works with, given what is to be decided about
   */
  Stay(Function<List<StateMachine>, ConsensusContext> context) {
    this.consensus =
        Consensus.create(
            new ConsensusOptions(), context.apply(List.of(directory, definitions)));
    consensus.lease().onChange(held -> lostLease = !held);
  }

  /** Founds the log, or follows it; completes once this node's copy knows that it is a member. */
  Future<Void> decide(Admission in) {
    admission = in;
    return in.founder()
        ? consensus.found(in.self()).mapEmpty()
        : consensus.follow(in.self(), in.others());
  }

  /** Votes again as the endpoint whose log is kept; then {@link #decide}. */
  Future<Void> restart(Member applicant) {
    return consensus.restart(applicant);
  }

  /** After {@link #restart}: has this node admitted by that log. */
  Future<Admission> admitMyself(String clusterId, Member applicant, Duration deadline) {
    return consensus
        .admitMyself(applicant, deadline)
        .map(
            self -> {
              List<Member> others =
                  consensus.members().all().stream().filter(m -> !m.equals(self)).toList();
              return new Admission(clusterId, self, others, false);
            });
  }

  /** Opens the rooms for agents and variables. */
  Future<Void> open(Surroundings with) {
    forgetMetrics(with.metrics());
    return Keeper.open(with.checkpoints(), consensus, with.membership())
        .onSuccess(opened -> keeper = opened)
        .compose(opened -> openVariables(with))
        .compose(opened -> openAgents(with))
        .compose(opened -> openMigration(with))
        .compose(opened -> openRecovery(with));
  }

  private String id() {
    return admission.self().id();
  }

  private Future<Void> openVariables(Surroundings with) {
    VariableSyncVerticle verticle =
        new VariableSyncVerticle(scheduler -> variableContext(with, scheduler));
    return deploy(with.vertx(), verticle)
        .onSuccess(
            started -> {
              variables = verticle.room();
              consensus.onMembers(members -> variables.membersChanged());
              variables.membersChanged();
              hears.add(with.grid().onView(view -> ifMerged(view.merged())));
              hears.add(with.grid().onWritable(this::ifMerged));
            });
  }

  private void ifMerged(boolean yes) {
    if (yes) {
      variables.merged();
    }
  }

  private VariableContext variableContext(Surroundings with, Scheduler scheduler) {
    return new VariableContext(
        id(),
        new VertxBus(with.vertx().eventBus()),
        consensus.decisions(),
        definitions,
        consensus::members,
        () -> consensus.lease().held(),
        node -> isActive(with.membership().get(), node),
        with.grid().knowledge("mabeam.variables"),
        with.events(),
        with.variables(),
        scheduler,
        new Random(),
        with.metrics(),
        with.zone(),
        with.shownVariables());
  }

  private Future<Void> openAgents(Surroundings with) {
    AgentsVerticle verticle = new AgentsVerticle(scheduler -> agentRoom(with, scheduler));
    return deploy(with.vertx(), verticle)
        .onSuccess(
            started -> {
              agents = verticle.room();
              agents.register(with.metrics());
              keeper.serve(agents);
              hears.add(with.grid().onView(agents::onView));
            });
  }

  private Future<Void> openMigration(Surroundings with) {
    MigrationVerticle verticle = new MigrationVerticle(own -> migrationContext(with, own));
    return deployAbove(with.vertx(), verticle)
        .onSuccess(
            started -> {
              migrations = verticle.room();
              migrations.register(with.metrics());
              agents.moveBy(
                  (agent, node) ->
                      migrations.migrate(agent, node).map(move -> agents.get(agent).orElseThrow()));
            });
  }

  private MigrationContext migrationContext(Surroundings with, Scheduler own) {
    return new MigrationContext(
        id(),
        new VertxBus(with.vertx().eventBus()),
        with.couriers().courier(MigrationRoom.FIRST_TYPE, own::execute),
        movesFor(own),
        agents,
        places,
        consensus::members,
        with.grid().knowledge("mabeam.migrations"),
        with.events(),
        own,
        new Random(),
        with.steps());
  }

  private AgentMoves movesFor(Scheduler own) {
    return AgentMoves.hopping(agents.moves(), agentsThread::execute, own::execute);
  }

  private Future<Void> openRecovery(Surroundings with) {
    RecoveryVerticle verticle =
        new RecoveryVerticle(
            own ->
                new RecoveryContext(
                    id(),
                    movesFor(own),
                    agents,
                    places,
                    consensus::members,
                    node -> isActive(with.membership().get(), node),
                    () -> consensus.lease().held(),
                    migrations::migrate,
                    with.events(),
                    own));
    return deployAbove(with.vertx(), verticle)
        .onSuccess(
            started -> {
              recovery = verticle.recovery();
              recovery.register(with.metrics());
            });
  }

  private static boolean isActive(Membership membership, String id) {
    return membership.nodes().stream()
        .anyMatch(node -> node.id().equals(id) && node.status() == NodeStatus.ACTIVE);
  }

  private AgentRoom agentRoom(Surroundings with, Scheduler scheduler) {
    agentsThread = scheduler;
    Placer placer = new Placer(() -> candidates(with), scheduler::nanos);
    PlacementMetrics.register(placer, with.metrics());
    places = new PlacesByScore(placer);
    AgentRoom room =
        AgentRoom.create(
            new AgentRoomContext(
                with.vertx(),
                id(),
                with.code(),
                directory,
                consensus.decisions(),
                consensus::members,
                consensus.lease(),
                places,
                keeper.keeping(),
                with.grid().knowledge("mabeam.agents"),
                with.events(),
                scheduler,
                AgentOptions.DEFAULT));
    room.offer(Variables.class, variables);
    return room;
  }

  /** The members; a node that is no member yet, or any more, cannot own an agent. */
  private List<PlacementNode> candidates(Surroundings with) {
    return PlacementNode.seenFrom(
            id(),
            with.membership().get().nodes().stream()
                .filter(node -> consensus.members().contains(node.id()))
                .toList())
        .stream()
        .map(this::standing)
        .toList();
  }

  private PlacementNode standing(PlacementNode node) {
    return cordoned().contains(node.id()) ? node.withStanding(Standing.CORDONED) : node;
  }

  /** The nodes that get no agents, as this node's copy has it. */
  Set<String> cordoned() {
    AgentRoom there = agents;
    return there == null ? Set.of() : there.moves().cordoned();
  }

  private Future<Void> deploy(Vertx vertx, io.vertx.core.Deployable verticle) {
    return vertx.deployVerticle(verticle).onSuccess(deployed::add).mapEmpty();
  }

  /** It uses those that were deployed before, and ends before them. */
  private Future<Void> deployAbove(Vertx vertx, io.vertx.core.Deployable verticle) {
    return vertx.deployVerticle(verticle).onSuccess(id -> deployedAbove.add(0, id)).mapEmpty();
  }

  /** What a stay before this one has registered shows that one's end. */
  private static void forgetMetrics(MeterRegistry metrics) {
    for (var meter : List.copyOf(metrics.getMeters())) {
      String name = meter.getId().getName();
      if (name.startsWith("mabeam.agent")
          || name.startsWith("mabeam.variable")
          || name.startsWith("mabeam.migration")
          || name.startsWith("mabeam.recover")
          || name.startsWith("mabeam.placement")) {
        metrics.remove(meter);
      }
    }
  }

  Consensus consensus() {
    return consensus;
  }

  /** Whether it had a lease and lost it; not in the first seconds, in which it has none yet. */
  boolean lostLease() {
    return lostLease;
  }

  /** Null before {@link #open} has ended. */
  AgentRoom agents() {
    return agents;
  }

  /** Null before {@link #open} has ended. */
  VariableRoom variables() {
    return variables;
  }

  /** Null before {@link #open} has ended. */
  MigrationRoom migrations() {
    return migrations;
  }

  /** Null before {@link #open} has ended. */
  Recovery recovery() {
    return recovery;
  }

  PlacesByScore places() {
    return places;
  }

  /** Stops the agents and serves no variables any more; nothing is decided by that. */
  Future<Void> closeRooms(Vertx vertx) {
    hears.forEach(Runnable::run);
    hears.clear();
    AgentRoom there = agents;
    return undeploy(vertx, deployedAbove)
        // Before its verticle, which would take agents along that have a message.
        .compose(ended -> there == null ? Future.succeededFuture() : there.close())
        .compose(ended -> undeploy(vertx, deployed));
  }

  private static Future<Void> undeploy(Vertx vertx, List<String> ids) {
    Future<Void> ended = Future.succeededFuture();
    for (String id : List.copyOf(ids)) {
      ended = ended.compose(before -> vertx.undeploy(id).otherwiseEmpty());
    }
    return ended;
  }

  /** Has it decided, if it can be, that this node votes no more and has left; then ends. */
  Future<Void> leave() {
    Future<Void> left =
        admission == null
            ? Future.succeededFuture()
            : consensus
                .retire(RETIRING)
                .otherwiseEmpty()
                .compose(retired -> consensus.leave(id()))
                .otherwiseEmpty();
    return left.compose(done -> end());
  }

  /** Takes no part in deciding any more, nor in keeping checkpoints. */
  Future<Void> end() {
    return (keeper == null ? Future.<Void>succeededFuture() : keeper.close())
        .compose(closed -> consensus.close());
  }
}
