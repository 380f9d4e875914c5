package dev.mabeam.variable;

import dev.mabeam.bus.Bus;
import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Decisions;
import dev.mabeam.consensus.StateMachine;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.testing.check.Convergence;
import dev.mabeam.testing.sim.SimBus;
import dev.mabeam.testing.sim.SimGrid;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.variable.conflict.Resolution;
import dev.mabeam.variable.ledger.Stores;
import dev.mabeam.variable.sync.Tuning;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Sibling;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** A simulated cluster of production rooms, and what was written in it. */
final class SimVariables {
  /** Maps, merged by key; three replicas. */
  static final VariableOptions MAPS = VariableOptions.DEFAULT.withMerge("map-by-key");

  static final Duration SETTLE = Duration.ofSeconds(60);

  /** What a run may have broken in it. */
  static final class Broken {
    UnaryOperator<Bus> bus = UnaryOperator.identity();
    UnaryOperator<Decisions> decisions = UnaryOperator.identity();
    Supplier<Function<VariableOptions, Resolution>> resolutions =
        () -> options -> Resolution.of(options.conflict().word(), options.merge());
    Function<SimNode, RandomGenerator> ids = SimNode::random;
    Tuning tuning = Tuning.DEFAULT;
    /** How many of its variables a master shows. */
    int shown = VariableContext.DEFAULT_SHOWN;
    /** Of a command that is decided: what a node by that id applies instead. */
    BiFunction<String, JsonObject, List<JsonObject>> commands = (node, command) -> List.of(command);
    UnaryOperator<SyncStrategy> sync = UnaryOperator.identity();
    /** Of whether the first hears of the second: what it is made to believe. */
    BiPredicate<SimNode, SimNode> hears =
        (self, other) ->
            other.state() == SimNode.State.RUNNING
                && self.simulation().network().connected(self.name(), other.name());

    /** Comparing says that all is equal. */
    static Broken withoutAntiEntropy() {
      Broken broken = new Broken();
      broken.bus =
          bus ->
              new Meddled(bus) {
                @Override
                Future<JsonObject> answer(JsonObject request, Future<JsonObject> answer) {
                  return "root".equals(request.getString("do"))
                      ? Future.succeededFuture(new JsonObject().put("same", true))
                      : answer;
                }
              };
      return broken;
    }

    /** No node remembers whom it could not tell. */
    Broken withoutHints() {
      tuning = new Tuning(0, tuning.soon(), tuning.keep());
      return this;
    }

    /** A replica takes a write whether or not it is the master. */
    static Broken everyReplicaTakesWrites() {
      Broken broken = new Broken();
      broken.sync =
          sync ->
              sync == SyncStrategy.LEADER_FOLLOWER ? SyncStrategy.MULTI_MASTER : sync;
      return broken;
    }

    /** Pushed states are lost where they arrive, and acknowledged. */
    static Broken acknowledgesWithoutTaking() {
      Broken broken = new Broken();
      broken.bus =
          bus ->
              new Meddled(bus) {
                @Override
                JsonObject request(JsonObject request) {
                  return "push".equals(request.getString("do"))
                      ? request.copy().put("states", new JsonObject())
                      : request;
                }
              };
      return broken;
    }

    /** Of what nobody has settled the one stands that came here last. */
    static Broken lastArrivedWins() {
      Broken broken = new Broken();
      broken.resolutions = () -> ofOrder();
      return broken;
    }

    private static Function<VariableOptions, Resolution> ofOrder() {
      Map<String, Resolution> wrong = new HashMap<>();
      return options ->
          wrong.computeIfAbsent(
              options.conflict().word() + options.merge(),
              key -> ofOrder(Resolution.of(options.conflict().word(), options.merge())));
    }

    private static Resolution ofOrder(Resolution right) {
      Map<Dot, Integer> arrived = new HashMap<>();
      return new Resolution() {
        @Override
        public Object read(List<Sibling> siblings) {
          siblings.forEach(one -> arrived.putIfAbsent(one.dot(), arrived.size()));
          return right.read(
              siblings.stream()
                  .max(Comparator.comparing(one -> arrived.get(one.dot())))
                  .map(List::of)
                  .orElse(siblings));
        }

        @Override
        public Object first(Object value) {
          return right.first(value);
        }

        @Override
        public Object write(List<Sibling> siblings, dev.mabeam.variable.conflict.Write write) {
          return right.write(siblings, write);
        }
      };
    }

    /** Nothing of what a node keeps is missing there, says the index. */
    static Broken withoutDependencies() {
      Broken broken = new Broken();
      broken.bus =
          bus ->
              new Meddled(bus) {
                @Override
                JsonObject request(JsonObject request) {
                  return withoutChanges(request);
                }

                @Override
                Future<JsonObject> answer(JsonObject request, Future<JsonObject> answer) {
                  return answer.map(this::withoutChanges);
                }

                private JsonObject withoutChanges(JsonObject message) {
                  if (!message.containsKey("parts")) {
                    return message;
                  }
                  JsonObject copy = message.copy();
                  copy.getJsonArray("parts")
                      .forEach(part -> ((JsonObject) part).put("changed", new JsonObject()));
                  return copy;
                }
              };
      return broken;
    }

    /** A process that starts again takes its store for the one that it had. */
    static Broken sameStoreAgain() {
      Broken broken = new Broken();
      broken.ids = host -> new Random(host.name().hashCode());
      return broken;
    }
  }

  /** A bus on which something is wrong. */
  abstract static class Meddled implements Bus {
    private final Bus bus;

    Meddled(Bus bus) {
      this.bus = bus;
    }

    JsonObject request(JsonObject request) {
      return request;
    }

    Future<JsonObject> answer(JsonObject request, Future<JsonObject> answer) {
      return answer;
    }

    @Override
    public Future<JsonObject> request(String address, JsonObject body, Duration deadline) {
      return answer(body, bus.request(address, request(body), deadline));
    }

    @Override
    public void publish(String address, JsonObject body) {
      bus.publish(address, body);
    }

    @Override
    public Future<Registration> serve(
        String address, Function<JsonObject, Future<JsonObject>> handler) {
      return bus.serve(address, handler);
    }

    @Override
    public Future<Registration> listen(String address, Consumer<JsonObject> handler) {
      return bus.listen(address, handler);
    }
  }

  /** What becomes of concurrent writes, and how the checker reads it. */
  enum Kind {
    MAP_BY_KEY("merge_function", "map-by-key", n -> new JsonObject().put("k" + n, n), n -> "k" + n,
        n -> 0L, Kind::object),
    LAST_WRITER_WINS("last_writer_wins", null, n -> n, n -> "it", n -> 0L, Kind::it),
    VECTOR_CLOCKS("vector_clocks", null, n -> n, n -> "it", n -> 0L, Kind::it),
    MAX("merge_function", "max", n -> n, n -> "it", n -> (long) n, Kind::it),
    MIN("merge_function", "min", n -> -n, n -> "it", n -> (long) n, Kind::negated),
    SET_UNION("merge_function", "set-union", n -> new JsonArray().add(n), n -> "" + n, n -> 0L,
        Kind::elements),
    COUNTER("merge_function", "counter", n -> 1, n -> "it", n -> 0L, Kind::it),
    CONSENSUS("consensus", null, n -> n, n -> "it", n -> 0L, Kind::it);

    private final String conflict;
    private final String merge;
    /** Of the number of a write: its value, its key, and its rank among those of one key. */
    private final Function<Integer, Object> value;
    private final Function<Integer, String> key;
    private final Function<Integer, Long> rank;
    final Function<Object, Map<String, Object>> byKey;

    Kind(
        String conflict,
        String merge,
        Function<Integer, Object> value,
        Function<Integer, String> key,
        Function<Integer, Long> rank,
        Function<Object, Map<String, Object>> byKey) {
      this.conflict = conflict;
      this.merge = merge;
      this.value = value;
      this.key = key;
      this.rank = rank;
      this.byKey = byKey;
    }

    private static Map<String, Object> object(Object value) {
      return new TreeMap<>(((JsonObject) value).getMap());
    }

    private static Map<String, Object> it(Object value) {
      return value == null ? Map.of() : Map.of("it", value);
    }

    private static Map<String, Object> negated(Object value) {
      return value == null ? Map.of() : Map.of("it", -(Integer) value);
    }

    private static Map<String, Object> elements(Object value) {
      Map<String, Object> elements = new TreeMap<>();
      ((JsonArray) value).forEach(element -> elements.put("" + element, element));
      return elements;
    }
  }

  /** One stay of one node. */
  static final class Node {
    final SimNode host;
    final String id;
    final VariableDefinitions definitions = new VariableDefinitions();
    final ReplicaStore store;
    final List<ClusterEvent> events = new ArrayList<>();
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final SimGrid.Seat seat;
    SimLog.Copy copy;
    VariableRoom room;
    boolean expelled;

    Node(SimNode host, String id, ReplicaStore store, SimGrid.Seat seat) {
      this.host = host;
      this.id = id;
      this.store = store;
      this.seat = seat;
    }

    boolean isIn() {
      return room != null && !expelled;
    }
  }

  /** A write as its client knows it. */
  static final class Write {
    final String variable;
    final String key;
    final long epoch;
    final long order;
    final Object value;
    Map<String, Long> version;
    ErrorCode failure;
    boolean lost;
    int crashesBefore;

    Write(String variable, String key, long epoch, long order, Object value) {
      this.variable = variable;
      this.key = key;
      this.epoch = epoch;
      this.order = order;
      this.value = value;
    }

    boolean acknowledged() {
      return version != null;
    }
  }

  final Simulation sim;
  final SimGrid grid;
  final SimLog log;
  final List<Write> writes = new ArrayList<>();
  private final List<String> promisesBroken = new ArrayList<>();
  private int crashes;
  private int stores;
  private final Broken broken;
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final Map<String, Kind> kinds = new HashMap<>();
  private final Map<String, SyncStrategy> syncs = new HashMap<>();
  /** Who was ever decided to be master. */
  private final Map<String, Set<String>> masters = new HashMap<>();
  private final Map<String, Long> orders = new HashMap<>();

  SimVariables(long seed, int size, Broken broken) {
    this.broken = broken;
    sim = new Simulation(seed);
    grid = new SimGrid(sim);
    List<String> names = IntStream.rangeClosed(1, size).mapToObj(i -> "n" + i).toList();
    log = new SimLog(sim, names.subList(0, Math.min(5, size)));
    names.forEach(sim::start);
    names.forEach(this::join);
    await(() -> nodes.values().stream().allMatch(node -> node.copy.isCaughtUp()), "all are in");
  }

  static SimVariables of(long seed, int size) {
    return new SimVariables(seed, size, new Broken());
  }

  Node node(String name) {
    return nodes.get(name);
  }

  List<Node> alive() {
    return nodes.values().stream().filter(node -> node.host.up() && node.isIn()).toList();
  }

  /** Starts a process that crashed, with an empty store. */
  Node start(String name) {
    sim.start(name);
    return join(name);
  }

  private Node join(String name) {
    SimNode host = sim.node(name);
    SecureRandom keys = new Stores.Seeded(31 * sim.seed() + ++stores);
    return enter(host, new ReplicaStore(broken.ids.apply(host), keys));
  }

  /** The same process under another incarnation, with the store that it had. */
  Node rejoin(String name) {
    Node before = nodes.get(name);
    before.room.close();
    return enter(before.host, before.store);
  }

  /** Whoever was expelled is in again: with its store, or started with an empty one. */
  void admitAgain() {
    for (SimNode host : sim.nodes()) {
      Node node = node(host.name());
      if (node.expelled && host.up()) {
        rejoin(host.name());
      } else if (node.expelled) {
        start(host.name());
      }
    }
  }

  private Node enter(SimNode host, ReplicaStore store) {
    Node node = new Node(host, log.admit(host.name()), store, grid.join(host));
    nodes.put(host.name(), node);
    node.copy =
        log.new Copy(
            host,
            meddled(node),
            () -> {
              if (node.room != null) {
                node.room.membersChanged();
              }
            });
    node.room =
        VariableRoom.create(
            new VariableContext(
                node.id,
                broken.bus.apply(SimBus.of(host)),
                broken.decisions.apply(node.copy),
                node.definitions,
                () -> node.copy.members(),
                () -> !node.expelled && log.hasQuorum(host.name()),
                id -> broken.hears.test(host, sim.node(id.substring(0, id.indexOf('#')))),
                node.seat.knowledge("mabeam.variables"),
                node.events::add,
                store,
                host.scheduler(),
                host.random(),
                node.metrics,
                "",
                broken.shown),
            broken.resolutions.get(),
            broken.tuning);
    node.definitions.onChange(
        names ->
            names.forEach(
                name ->
                    node.definitions
                        .definition(name)
                        .ifPresent(
                            info ->
                                masters
                                    .computeIfAbsent(name, key -> new HashSet<>())
                                    .add(info.master()))));
    node.room.start();
    return node;
  }

  private StateMachine meddled(Node node) {
    return new StateMachine() {
      @Override
      public String name() {
        return node.definitions.name();
      }

      @Override
      public Buffer apply(Applying at, Buffer command) {
        if (command.getByte(0) != '{') {
          // Writes of strong variables are packed.
          return node.definitions.apply(at, command);
        }
        Buffer answer = null;
        for (JsonObject each : broken.commands.apply(node.id, command.toJsonObject())) {
          answer = node.definitions.apply(at, each.toBuffer());
        }
        return answer;
      }

      @Override
      public void gone(Applying at, String nodeId) {
        node.definitions.gone(at, nodeId);
      }

      @Override
      public Supplier<Buffer> image() {
        return node.definitions.image();
      }

      @Override
      public void restore(Buffer image) {
        node.definitions.restore(image);
      }
    };
  }

  /** The process dies; what only it had is lost. */
  void crash(String name) {
    Node dying = nodes.get(name);
    for (Write write : writes) {
      if (write.acknowledged() && holders(write).stream().allMatch(node -> node == dying)) {
        write.lost = true;
      }
    }
    crashes++;
    dying.host.crash();
  }

  /** The replica of a node that counts, or null. */
  Replica serving(Node node, String variable) {
    Replica replica = node.store.get(variable);
    return replica != null && replica.role() == Replica.Role.SERVING ? replica : null;
  }

  /** Who has that version, whatever it counts for. */
  List<Node> holders(String variable, JsonObject version) {
    return nodes.values().stream()
        .filter(node -> node.host.up() && node.store.get(variable) != null)
        .filter(node -> contains(vector(node.store.get(variable)), vector(version)))
        .toList();
  }

  private List<Node> holders(Write write) {
    return nodes.values().stream()
        .filter(node -> node.host.up())
        .filter(
            node -> {
              Replica replica = node.store.get(write.variable);
              return replica != null && contains(vector(replica), write.version);
            })
        .toList();
  }

  void expel(Node node) {
    node.expelled = true;
    log.expel(node.id);
  }

  void distribute(String at, String name, VariableOptions options) {
    var made = nodes.get(at).room.distribute(name, options);
    await(made::isComplete, name + " is distributed");
    if (made.failed()) {
      throw new AssertionError(name + " was not distributed: " + made.cause());
    }
  }

  void distribute(String at, String name, int factor) {
    distribute(at, name, Kind.MAP_BY_KEY, factor);
  }

  void distribute(String at, String name, Kind kind, int factor) {
    distribute(at, name, kind, SyncStrategy.GOSSIP, factor);
  }

  void distribute(String at, String name, Kind kind, SyncStrategy sync, int factor) {
    distribute(at, name, kind, Consistency.EVENTUAL, sync, factor);
  }

  void distribute(
      String at, String name, Kind kind, Consistency level, SyncStrategy sync, int factor) {
    kinds.put(name, kind);
    syncs.put(name, sync);
    distribute(
        at,
        name,
        new VariableOptions(
            level,
            broken.sync.apply(sync),
            ConflictResolution.of(kind.conflict),
            kind.merge,
            factor,
            null));
  }

  /**
   * A slice, written by the owner of that epoch, which writes one after the other; for epoch 0 a
   * value with that key, written by anybody.
   */
  Write set(String at, String variable, String key, long epoch, String acks) {
    long order = orders.merge(variable + "/" + key + "/" + epoch, 1L, Long::sum);
    Write write =
        new Write(variable, key, epoch, order, variable + "/" + key + "/" + epoch + "/" + order);
    write.crashesBefore = crashes;
    writes.add(write);
    VariableRoom room = nodes.get(at).room;
    WriteOptions options = new WriteOptions(acks);
    Future<VariableValue> done =
        epoch == 0
            ? room.set(variable, new JsonObject().put(key, write.value), options)
            : room.set(variable, write.value, options.slice(key, epoch));
    done
        .onComplete(
            written -> acknowledged(write, written, acks),
            failure -> write.failure = MabeamException.of(failure).code());
    return write;
  }

  /** Where the master takes the writes, whoever took one was master at some time. */
  private void requireTaker(Write write, String node) {
    boolean mastered = masters.getOrDefault(write.variable, Set.of()).contains(node);
    if (syncs.get(write.variable) == SyncStrategy.LEADER_FOLLOWER && !mastered) {
      promisesBroken.add(write.value + " was taken by " + node + ", which was never its master");
    }
  }

  /**
   * What is acknowledged as on a majority is, now, of the replicas as they are where it was taken;
   * whoever has died since may have had it.
   */
  private void requireMajority(Write write, String taker, String acks) {
    int replicas =
        nodes.values().stream()
            .filter(node -> node.id.equals(taker))
            .flatMap(node -> node.definitions.definition(write.variable).stream())
            .mapToInt(info -> info.replicas().size())
            .findFirst()
            // It has been replaced since, and nobody knows what it knew.
            .orElse(1);
    long died = crashes - write.crashesBefore;
    int holders = holders(write).size();
    if (acks.equals(WriteOptions.MAJORITY) && holders + died < replicas / 2 + 1) {
      promisesBroken.add(write.value + " is on " + holders + " of " + replicas + " replicas");
    }
  }

  /** A value of its own, written by anybody to a variable whose latest write stands. */
  Write set(String at, String variable, Object value) {
    Write write = new Write(variable, "it", 0, 1, value);
    write.crashesBefore = crashes;
    writes.add(write);
    nodes
        .get(at)
        .room
        .set(variable, value, WriteOptions.DEFAULT)
        .onComplete(
            written -> acknowledged(write, written, WriteOptions.ONE),
            failure -> write.failure = MabeamException.of(failure).code());
    return write;
  }

  /** Who is master, as that node has it. */
  String master(String at, String variable) {
    return nodes.get(at).definitions.definition(variable).orElseThrow().master();
  }

  /** A whole value of the kind of that variable, written by anybody. */
  void setWhole(String at, String variable, String acks) {
    setWhole(at, variable, new WriteOptions(acks));
  }

  /** The same, for a client that goes on with the answer. */
  Whole setWhole(String at, String variable, WriteOptions options) {
    Kind kind = kinds.get(variable);
    int number = writes.size() + 1;
    Object value = kind.value.apply(number);
    Write write = new Write(variable, kind.key.apply(number), kind.rank.apply(number), 1, number);
    write.crashesBefore = crashes;
    writes.add(write);
    Future<VariableValue> done = nodes.get(at).room.set(variable, value, options);
    done.onComplete(
        written -> acknowledged(write, written, options.acks()),
        failure -> write.failure = MabeamException.of(failure).code());
    return new Whole(number, done);
  }

  /** A write under way. */
  record Whole(int number, Future<VariableValue> done) {}

  private void acknowledged(Write write, VariableValue written, String acks) {
    write.version = vector(written.version());
    // Whoever took it may have died before this answer came.
    write.lost = holders(write).isEmpty();
    requireTaker(write, written.node());
    requireMajority(write, written.node(), acks);
  }

  /** Waits until the replicas of all variables are equal and nothing is under way. */
  void awaitQuiet() {
    await(this::isQuiet, "all replicas are equal");
  }

  boolean isQuiet() {
    return alive().stream().allMatch(node -> node.copy.isCaughtUp() && node.room.isQuiet())
        && definitions().keySet().stream().allMatch(this::isEqual);
  }

  private boolean isEqual(String name) {
    if (definitions().get(name).options().consistency() == Consistency.STRONG) {
      return true;
    }
    List<Replica> replicas = replicas(name);
    return replicas.size() == definitions().get(name).replicas().size()
        && replicas.stream().allMatch(r -> r.role() == Replica.Role.SERVING)
        && replicas.stream().map(Replica::state).distinct().count() == 1;
  }

  Map<String, VariableInfo> definitions() {
    return alive().get(0).definitions.definitions();
  }

  /** Of the nodes that are to keep it. */
  List<Replica> replicas(String name) {
    List<String> ids = definitions().get(name).replicas();
    List<Replica> replicas = new ArrayList<>();
    for (Node node : alive()) {
      Replica replica = node.store.get(name);
      if (ids.contains(node.id) && replica != null) {
        replicas.add(replica);
      }
    }
    return replicas;
  }

  /** Holds the checker against every variable. */
  void requireConvergence() {
    if (!promisesBroken.isEmpty()) {
      throw new AssertionError("acknowledged, but: " + promisesBroken);
    }
    definitions().values().forEach(this::requireConvergence);
  }

  private void requireConvergence(VariableInfo info) {
    Kind kind = kinds.getOrDefault(info.name(), Kind.MAP_BY_KEY);
    List<Convergence.Copy> copies = new ArrayList<>();
    for (Replica replica : replicas(info.name())) {
      Object value = replica.view().value();
      copies.add(
          new Convergence.Copy(replica.writer(), vector(replica), kind.byKey.apply(value)));
    }
    List<Convergence.Written> written =
        writes.stream()
            .filter(write -> write.variable.equals(info.name()))
            .filter(write -> write.acknowledged() || mayHaveHappened(write.failure))
            .map(
                write ->
                    new Convergence.Written(
                        write.key, write.epoch, write.order, write.value, write.version,
                        !write.lost))
            .toList();
    if (kind == Kind.COUNTER) {
      requireCount(copies, written);
    } else {
      Convergence.require(copies, written);
    }
  }

  /** Every addition is one: as many as must stand at least, as many as may at most. */
  private static void requireCount(
      List<Convergence.Copy> copies, List<Convergence.Written> written) {
    long least = written.stream().filter(w -> w.version() != null && w.survives()).count();
    for (Convergence.Copy copy : copies) {
      long count = ((Number) copy.value().get("it")).longValue();
      if (!copy.equals(copies.get(0)) && !copy.value().equals(copies.get(0).value())
          || count < least || count > written.size()) {
        throw new AssertionError(
            "not converged: " + least + " to " + written.size() + " additions, " + copies);
      }
    }
  }

  /** Everything but TIMEOUT promises that nothing was done; null is a client that died. */
  private static boolean mayHaveHappened(ErrorCode failure) {
    return failure == null || failure == ErrorCode.TIMEOUT;
  }

  static Map<String, Long> vector(Replica replica) {
    return vector(replica.state().seen().toJson());
  }

  private static Map<String, Long> vector(JsonObject version) {
    Map<String, Long> vector = new TreeMap<>();
    version.forEach(each -> vector.put(each.getKey(), ((Number) each.getValue()).longValue()));
    return vector;
  }

  private static boolean contains(Map<String, Long> all, Map<String, Long> some) {
    return some.entrySet().stream()
        .allMatch(each -> all.getOrDefault(each.getKey(), 0L) >= each.getValue());
  }

  void await(BooleanSupplier condition, String what) {
    if (!sim.runUntil(condition, SETTLE)) {
      throw new AssertionError(
          "seed " + sim.seed() + ": not within " + SETTLE + ": " + what + "\n" + describe());
    }
  }

  /** Has a failure of {@code run} name the seed. */
  void naming(Runnable run) {
    try {
      run.run();
    } catch (AssertionError failure) {
      throw new AssertionError("seed " + sim.seed() + ": " + failure.getMessage(), failure);
    }
  }

  /** What {@code future} completes with. */
  <T> T await(Future<T> future) {
    await(future::isComplete, "an answer");
    if (future.failed()) {
      throw new AssertionError(future.cause().toString(), future.cause());
    }
    return future.result();
  }

  /** What {@code future} fails with. */
  MabeamException failure(Future<?> future) {
    await(future::isComplete, "an answer");
    if (future.succeeded()) {
      throw new AssertionError("it succeeded: " + future.result());
    }
    return MabeamException.of(future.cause());
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    for (Node node : nodes.values()) {
      text.append(node.host).append(' ').append(node.id)
          .append(node.expelled ? " expelled" : "")
          .append(node.copy.isCaughtUp() ? "" : " behind")
          .append(node.room.isQuiet() ? "" : " busy").append('\n');
      for (Replica replica : node.store.all()) {
        text.append("  ").append(replica.name()).append(' ').append(replica.role()).append(" set ")
            .append(replica.set()).append(' ').append(replica.state().seen()).append('\n');
      }
    }
    return text.toString();
  }
}
