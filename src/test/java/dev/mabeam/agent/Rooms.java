package dev.mabeam.agent;

import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.grid.MapKnowledge;
import dev.mabeam.verticle.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * The agents' rooms of several nodes, with real directories and real activations, over the event
 * bus of the Vert.x instances that the test gives. What they decide goes into a log in memory.
 */
final class Rooms implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /** One node. */
  final class Room {
    final String id;
    final Vertx vertx;
    final AgentDirectory directory = new AgentDirectory();
    final HandLease lease = new HandLease();
    final ConcurrentLinkedQueue<ClusterEvent> events = new ConcurrentLinkedQueue<>();
    final InMemoryDecisions.Node decisions;
    final LocalKeeper keeper;
    private volatile dev.mabeam.time.Scheduler scheduler;
    AgentRoom agents;
    private String deployment;

    Room(int number, Vertx vertx) {
      this.id = "n" + number + "#" + number;
      this.vertx = vertx;
      keeper =
          new LocalKeeper(
              id, InMemoryDecisions.address(number), wires, log::members, number);
      decisions = log.join(number, keeper.storeId(), directory);
    }

    /** On the room's context. */
    void run(Runnable task) {
      scheduler.execute(task);
    }

    /** How many messages an agent here has, or has not answered. */
    int depth(String agent) {
      return agents.depth(agent);
    }

    private void start(UserCode code, AgentOptions options) {
      AgentsVerticle verticle =
          new AgentsVerticle(
              scheduler -> {
                this.scheduler = scheduler;
                return AgentRoom.create(
                      new AgentRoomContext(
                          vertx, id, code, directory, decisions, log::members, lease, places,
                          keeper.keeping(),
                          caches.apply(id), events::add, scheduler, options));
              });
      deployment = await("start of " + id, vertx.deployVerticle(verticle));
      agents = verticle.room();
      keeper.decideBy(agents.setDecisions());
    }

    /** Deploys a counter there. */
    AgentInfo counter(String agent, String node) {
      return await("deploy of " + agent, agents.deploy(spec(agent, "counter", node)));
    }

    JsonObject add(String agent, int n) {
      return (JsonObject)
          await("ask of " + agent, agents.ask(agent, new JsonObject().put("add", n)));
    }
  }

  final ExecutorService thread = Executors.newSingleThreadExecutor();
  final InMemoryDecisions log = new InMemoryDecisions(thread);
  final LocalKeeper.Wires wires = new LocalKeeper.Wires();
  final MapKnowledge knowledge = new MapKnowledge();
  final Preferring places = new Preferring();
  final List<Room> rooms = new ArrayList<>();

  private final Function<String, Knowledge> caches;
  private final UserCode code;
  private final AgentOptions options;

  Rooms(List<Vertx> nodes, UserCode code, AgentOptions options) {
    this(nodes, code, options, null);
  }

  /** {@code caches} gives each node its copy of the map; null for one map for all. */
  Rooms(
      List<Vertx> nodes,
      UserCode code,
      AgentOptions options,
      Function<String, Knowledge> caches) {
    this.caches = caches == null ? id -> knowledge : caches;
    for (int i = 0; i < nodes.size(); i++) {
      rooms.add(new Room(i + 1, nodes.get(i)));
    }
    this.code = code;
    this.options = options;
    rooms.forEach(room -> room.start(code, options));
  }

  /** Starts a node's room again after it was closed. */
  void reopen(int number) {
    Room room = room(number);
    await("end of " + room.id, room.vertx.undeploy(room.deployment));
    room.start(code, options);
  }

  Room room(int number) {
    return rooms.get(number - 1);
  }

  /** An agent that prefers that node, by which these rooms place. */
  static AgentSpec spec(String id, String type, String node) {
    dev.mabeam.placement.Requirements none = dev.mabeam.placement.Requirements.NONE;
    return AgentSpec.of(id, type)
        .withRequirements(
            new dev.mabeam.placement.Requirements(
                0, 0, List.of(), List.of(), List.of(node), none.affinity(), none.antiAffinity()));
  }

  /** What the cache shows, of all nodes. */
  Map<String, JsonArray> shown() {
    Map<String, JsonArray> all = new TreeMap<>();
    knowledge
        .entries()
        .values()
        .forEach(
            bucket -> {
              JsonObject agents = bucket.getJsonObject("agents");
              agents.fieldNames().forEach(id -> all.put(id, agents.getJsonArray(id)));
            });
    return all;
  }

  static <T> T await(String what, Future<T> future) {
    try {
      return result(future);
    } catch (ExecutionException failure) {
      throw new AssertionError(what + " failed: " + failure.getCause(), failure.getCause());
    }
  }

  /** What {@code future} fails with. */
  static dev.mabeam.error.MabeamException failure(String what, Future<?> future) {
    try {
      throw new AssertionError(what + " completed with " + result(future));
    } catch (ExecutionException failure) {
      return (dev.mabeam.error.MabeamException) failure.getCause();
    }
  }

  private static <T> T result(Future<T> future) throws ExecutionException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException | TimeoutException never) {
      throw new AssertionError("waited in vain", never);
    }
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    List<Future<Void>> ends =
        rooms.stream()
            .map(room -> room.agents.close().eventually(() -> room.vertx.undeploy(room.deployment)))
            .toList();
    await("the end", Future.join(ends));
    rooms.forEach(room -> room.keeper.close());
    thread.shutdown();
  }

  /** Takes the node that the agent prefers, or each that is in the cluster in turn. */
  final class Preferring implements Places {
    private final AtomicInteger next = new AtomicInteger();

    @Override
    public String choose(AgentSpec spec, Set<String> without) {
      List<String> preferred = spec.requirements().preferredNodes();
      if (!preferred.isEmpty()) {
        return preferred.get(0);
      }
      String id;
      do {
        id = rooms.get(Math.floorMod(next.getAndIncrement(), rooms.size())).id;
      } while (log.members().member(id).isEmpty());
      return id;
    }

    @Override
    public void reserve(AgentSpec spec, String node) {}

    @Override
    public void requireRoom(AgentSpec spec, String node) {}
  }
}
