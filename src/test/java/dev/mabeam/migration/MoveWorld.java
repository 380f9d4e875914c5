package dev.mabeam.migration;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentMoves;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.agent.Arrival;
import dev.mabeam.agent.Departure;
import dev.mabeam.agent.Places;
import dev.mabeam.agent.ShownAgents;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.consensus.FixedMembers;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.link.BareCourier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.testing.sim.SimBus;
import dev.mabeam.testing.sim.SimGrid;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The production migration rooms of some nodes on a simulated bus and link. Their agents are
 * played: a directory that decides as it is told to (late, in doubt, or not at all), stores that
 * fence by epoch, activations that commit, pause and begin warm or cold, owners that have the sets
 * of their stores follow the nodes that there are. It watches that nobody
 * resumes what is flipped afterwards, and that no committed position is lost.
 */
final class MoveWorld {
  static final Duration DECIDING = Duration.ofMillis(5);
  private static final String CLUSTER = "c1";

  /** What becomes of a proposal. */
  enum Outcome {
    DECIDED,
    /** It is decided, and the proposer does not hear. */
    UNHEARD,
    /** It is never decided, and the proposer does not know. */
    LOST,
    /** It is decided three seconds later, unless another proposal of that node was before. */
    LATE,
    /** Certainly not decided. */
    NO_MAJORITY
  }

  static final class Entry {
    AgentSpec spec;
    String owner;
    long epoch;
    CheckpointSet set = CheckpointSet.NONE;

    AgentInfo info() {
      return new AgentInfo(
          spec,
          owner,
          epoch,
          owner.isEmpty() ? AgentInfo.Status.UNAVAILABLE : AgentInfo.Status.ACTIVE,
          epoch,
          set,
          "");
    }
  }

  /** An activation that runs, or is paused. */
  static final class Active {
    final String id;
    final long epoch;
    Checkpoint state;
    boolean paused;

    Active(String id, long epoch, Checkpoint state) {
      this.id = id;
      this.epoch = epoch;
      this.state = state;
    }
  }

  final Simulation sim;
  final Handoff.Rules rules;
  final SimGrid grid;
  final Map<String, Node> nodes = new LinkedHashMap<>();
  final TreeMap<String, Entry> directory = new TreeMap<>();
  final Map<String, Checkpoint> stores = new HashMap<>();
  final Map<String, Long> sealed = new HashMap<>();
  final Map<String, Boolean> cordoned = new TreeMap<>();
  final Set<String> gone = new HashSet<>();
  final Deque<Outcome> outcomes = new ArrayDeque<>();
  final List<String> problems = new ArrayList<>();
  final Map<String, Integer> begunCold = new HashMap<>();
  final Map<String, Integer> begunWarm = new HashMap<>();
  Duration depart = Duration.ofMillis(2);
  /** How long a store that takes another's place is filled. */
  Duration filling = Duration.ofMillis(300);
  MabeamException departs;
  final Map<String, MabeamException> arrives = new HashMap<>();
  final Map<String, MabeamException> refuses = new HashMap<>();
  BiConsumer<Node, Step> atStep = (node, step) -> {};
  boolean readable = true;
  private long index = 100;
  private final Map<String, List<Long>> lateOf = new HashMap<>();
  private long lastLate;

  MoveWorld(long seed) {
    this(seed, Handoff.Rules.ALL);
  }

  MoveWorld(long seed, Handoff.Rules rules) {
    sim = new Simulation(seed);
    this.rules = rules;
    grid = new SimGrid(sim);
    for (String name : List.of("n1", "n2", "n3")) {
      nodes.put(name, new Node(name, nodes.size() + 1));
    }
    sim.runFor(Duration.ofMillis(100));
  }

  Node node(String name) {
    return nodes.get(name);
  }

  /** An agent that runs at {@code node} and has committed that state. */
  void deploy(String id, String node, Checkpoint state) {
    Entry entry = new Entry();
    entry.spec = AgentSpec.of(id, "counter");
    entry.owner = node(node).id;
    entry.epoch = ++index;
    directory.put(id, entry);
    Checkpoint own =
        new Checkpoint(
            entry.epoch,
            1,
            state.envelope(),
            state.stateVersion(),
            state.base(),
            state.deltas());
    stores.put(id, own);
    sealed.put(id, entry.epoch);
    node(node).active.put(id, new Active(id, entry.epoch, own));
  }

  /** That agent's checkpoints are on these nodes' stores from now on, as far as those stay. */
  void keep(String id, String... names) {
    directory.get(id).set = CheckpointSet.first(List.of(names).stream().map(this::store).toList());
    follow(directory.get(id));
  }

  private String store(String name) {
    return "boot-" + name;
  }

  /** The agents of which that node's store is named in the set. */
  List<String> keptBy(String name) {
    String store = store(name);
    return directory.entrySet().stream()
        .filter(agent -> agent.getValue().set.all().contains(store))
        .map(Map.Entry::getKey)
        .toList();
  }

  private void follow(Entry entry) {
    refill(entry);
    sim.after(Duration.ofMillis(100), () -> follow(entry));
  }

  /** What the owner's checkpoint room does: one change at a time, and filled some time after it. */
  private void refill(Entry entry) {
    CheckpointSet before = entry.set;
    boolean owned =
        nodes.values().stream().anyMatch(node -> node.id.equals(entry.owner) && node.up());
    List<String> wanted =
        nodes.values().stream()
            .filter(node -> !gone.contains(node.id))
            .filter(node -> node.id.equals(entry.owner) || !cordoned.containsKey(node.id))
            .map(node -> store(node.name))
            .toList();
    if (owned && before.previous().isEmpty() && !Set.copyOf(wanted).equals(before.all())) {
      entry.set = before.followedBy(wanted);
      CheckpointSet joint = entry.set;
      sim.after(
          filling,
          () -> {
            if (entry.set.equals(joint)) {
              entry.set = joint.filled();
            }
          });
    }
  }

  /** The agent's owner commits once more, if it may. */
  boolean commit(String id) {
    for (Node node : nodes.values()) {
      Active active = node.active.get(id);
      if (node.runs()
          && active != null
          && !active.paused
          && active.epoch >= sealed.get(id)
          && directory.get(id).epoch == active.epoch) {
        active.state = next(active.state, active.epoch);
        stores.put(id, active.state);
        return true;
      }
    }
    return false;
  }

  private static Checkpoint next(Checkpoint state, long epoch) {
    return new Checkpoint(
        epoch,
        state.position() + 1,
        state.envelope(),
        state.stateVersion(),
        state.base(),
        state.deltas());
  }

  /** Where the agent runs as decided, unpaused; empty if nowhere. */
  List<String> serving(String id) {
    return nodes.values().stream()
        .filter(Node::runs)
        .filter(node -> node.active.containsKey(id) && !node.active.get(id).paused)
        .filter(node -> node.active.get(id).epoch == directory.get(id).epoch)
        .map(node -> node.name)
        .toList();
  }

  /** It is decided that the node is gone. */
  void expel(String name) {
    Node node = node(name);
    gone.add(node.id);
    cordoned.remove(node.id);
    directory.values().stream()
        .filter(entry -> entry.owner.equals(node.id))
        .forEach(entry -> entry.owner = "");
    changed();
  }

  /** What recovery does: whoever has no owner is given to {@code name}. */
  void recover(String name) {
    directory.forEach(
        (id, entry) -> {
          if (entry.owner.isEmpty()) {
            own(id, entry, node(name).id);
          }
        });
  }

  private void own(String id, Entry entry, String to) {
    long before = entry.epoch;
    entry.owner = to;
    entry.epoch = ++index;
    nodes.values().stream()
        .filter(Node::up)
        .forEach(node -> node.machine.scheduler().after(DECIDING, () -> node.sync(id, before)));
    changed();
  }

  private void changed() {
    nodes.values().stream().filter(Node::up).forEach(Node::tell);
  }

  // ---- deciding -------------------------------------------------------------------------------

  <T> Future<T> decide(Node proposer, Supplier<T> op) {
    Promise<T> promise = Promise.promise();
    Outcome outcome = outcomes.isEmpty() ? Outcome.DECIDED : outcomes.poll();
    long life = proposer.machine.life();
    sim.after(
        DECIDING,
        () -> {
          switch (outcome) {
            case DECIDED -> {
              lateOf.remove(proposer.id);
              run(op, answer -> proposer.hear(life, () -> answer.onComplete(promise)));
            }
            case UNHEARD -> {
              lateOf.remove(proposer.id);
              run(op, answer -> {});
              proposer.hear(life, () -> promise.fail(unknown()));
            }
            case LOST -> proposer.hear(life, () -> promise.fail(unknown()));
            case LATE -> {
              late(proposer, op);
              proposer.hear(life, () -> promise.fail(unknown()));
            }
            case NO_MAJORITY ->
                proposer.hear(
                    life,
                    () ->
                        promise.fail(
                            new MabeamException(ErrorCode.INSUFFICIENT_CONSENSUS, "none")));
          }
        });
    return promise.future();
  }

  private <T> void late(Node proposer, Supplier<T> op) {
    long number = ++lastLate;
    lateOf.computeIfAbsent(proposer.id, none -> new ArrayList<>()).add(number);
    sim.after(
        Duration.ofSeconds(3),
        () -> {
          if (lateOf.getOrDefault(proposer.id, List.of()).contains(number)) {
            run(op, answer -> {});
          }
        });
  }

  private static <T> void run(Supplier<T> op, java.util.function.Consumer<Future<T>> answer) {
    Future<T> result;
    try {
      result = Future.succeededFuture(op.get());
    } catch (MabeamException refused) {
      result = Future.failedFuture(refused);
    }
    answer.accept(result);
  }

  private static MabeamException unknown() {
    return new MabeamException(ErrorCode.TIMEOUT, "nobody knows");
  }

  // ---- one node -------------------------------------------------------------------------------

  final class Node {
    final String name;
    final long incarnation;
    final String id;
    final Map<String, Active> active = new HashMap<>();
    final Map<String, Warm> warm = new HashMap<>();
    final List<String> forwarded = new ArrayList<>();
    final List<String> resumed = new ArrayList<>();
    final List<ClusterEvent> events = new ArrayList<>();
    final Map<String, String> reserved = new TreeMap<>();
    /** What this node's copy of the directory still has of an agent, where it is behind. */
    final Map<String, AgentInfo> behind = new HashMap<>();
    private final List<Runnable> listeners = new ArrayList<>();
    SimNode machine;
    MigrationRoom room;
    int flips;

    Node(String name, long incarnation) {
      this.name = name;
      this.incarnation = incarnation;
      id = name + "#" + incarnation;
      machine = sim.start(name);
      SimGrid.Seat seat = grid.join(machine);
      room =
          MigrationRoom.create(
              new MigrationContext(
                  id,
                  SimBus.of(machine),
                  BareCourier.listen(
                      SimLinkTransport.of(machine), machine.scheduler(), CLUSTER, address()),
                  new Played(this),
                  copy(),
                  new Room(this),
                  MoveWorld.this::members,
                  seat.knowledge("mabeam.migrations"),
                  events::add,
                  machine.scheduler(),
                  machine.random(),
                  (step, agent) -> atStep.accept(this, step)),
              rules);
      room.start();
    }

    LinkAddress address() {
      return new LinkAddress(name, LinkAddress.DEFAULT_PORT);
    }

    boolean up() {
      return machine.up() && !gone.contains(id);
    }

    boolean runs() {
      return machine.state() == SimNode.State.RUNNING;
    }

    void hear(long life, Runnable task) {
      if (machine.up() && machine.life() == life) {
        machine.scheduler().execute(task);
      }
    }

    void tell() {
      machine.scheduler().execute(() -> listeners.forEach(Runnable::run));
    }

    /** Makes what runs here what is decided. */
    void sync(String agent, long before) {
      Entry entry = directory.get(agent);
      Active here = active.get(agent);
      if (here != null
          && (entry == null || entry.epoch != here.epoch || !entry.owner.equals(id))) {
        active.remove(agent);
      }
      if (entry != null && entry.owner.equals(id) && !active.containsKey(agent)) {
        begin(agent, entry, warm.remove(agent + "@" + before));
      }
    }

    private void begin(String agent, Entry entry, Warm from) {
      sealed.merge(agent, entry.epoch, Math::max);
      Checkpoint newest = stores.get(agent);
      boolean isWarm = from != null && from.carried.compareTo(newest) >= 0;
      Checkpoint state = isWarm ? from.carried : newest;
      (isWarm ? begunWarm : begunCold).merge(agent, 1, Integer::sum);
      Active begun = new Active(agent, entry.epoch, next(state, entry.epoch));
      begun.paused = true;
      active.put(agent, begun);
      machine
          .scheduler()
          .after(
              DECIDING,
              () -> {
                if (active.get(agent) == begun && directory.get(agent).epoch == begun.epoch) {
                  begun.paused = false;
                  stores.put(agent, begun.state);
                  if (from != null) {
                    from.running.tryComplete();
                  }
                }
              });
    }

    private Agents copy() {
      return new ShownAgents() {
        @Override
        public List<AgentInfo> list() {
          return directory.values().stream().map(Entry::info).toList();
        }

        @Override
        public Optional<AgentInfo> get(String id) {
          return Optional.ofNullable(behind.get(id))
              .or(() -> Optional.ofNullable(directory.get(id)).map(Entry::info));
        }
      };
    }
  }

  private static final class Warm {
    final Checkpoint carried;
    final Promise<Void> running = Promise.promise();

    Warm(Checkpoint carried) {
      this.carried = carried;
    }
  }

  Members members() {
    return new FixedMembers(
        nodes.values().stream()
            .filter(node -> !gone.contains(node.id))
            .map(
                node ->
                    new Member(
                        node.name,
                        node.incarnation,
                        node.address(),
                        node.address(),
                        node.address(),
                        "boot-" + node.name))
            .sorted(Comparator.comparing(Member::id))
            .toList());
  }

  /** What the agents' room of one node would do. */
  private final class Played implements AgentMoves {
    private final Node node;

    Played(Node node) {
      this.node = node;
    }

    @Override
    public Future<Departure> depart(String id) {
      Active active = node.active.get(id);
      if (active == null) {
        return Future.failedFuture(new MabeamException(ErrorCode.AGENT_NOT_FOUND, "not here"));
      }
      if (departs != null) {
        return Future.failedFuture(departs);
      }
      Promise<Departure> promise = Promise.promise();
      node.machine
          .scheduler()
          .after(
              depart,
              () -> {
                active.paused = true;
                promise.complete(new Leaving(node, active));
              });
      return promise.future();
    }

    @Override
    public Future<Arrival> arrive(AgentSpec spec, long epoch, Checkpoint carried) {
      if (arrives.containsKey(node.name)) {
        return Future.failedFuture(arrives.get(node.name));
      }
      Warm warm = new Warm(carried);
      Promise<Arrival> promise = Promise.promise();
      node.machine
          .scheduler()
          .after(
              DECIDING,
              () -> {
                node.warm.put(spec.id() + "@" + epoch, warm);
                promise.complete(
                    new Arrival() {
                      @Override
                      public Future<Void> running() {
                        return warm.running.future();
                      }

                      @Override
                      public void abandon() {
                        node.warm.remove(spec.id() + "@" + epoch, warm);
                        warm.running.tryFail("abandoned");
                      }
                    });
              });
      return promise.future();
    }

    @Override
    public Future<Long> flip(String id, long epoch, String toNode) {
      node.flips++;
      return decide(
          node,
          () -> {
            Entry entry = require(id, epoch);
            requireOpen(toNode);
            if (node.resumed.contains(id + "@" + epoch)) {
              problems.add(id + " was resumed at epoch " + epoch + ", and flipped afterwards");
            }
            own(id, entry, toNode);
            return entry.epoch;
          });
    }

    private Entry require(String id, long epoch) {
      Entry entry = directory.get(id);
      if (entry == null || entry.epoch != epoch || entry.owner.isEmpty()) {
        throw new MabeamException(ErrorCode.STALE_EPOCH, "no activation of epoch " + epoch);
      }
      return entry;
    }

    private void requireOpen(String toNode) {
      if (gone.contains(toNode)) {
        throw new MabeamException(ErrorCode.UNAVAILABLE, toNode + " is no member");
      }
      if (cordoned.containsKey(toNode)) {
        throw new MabeamException(ErrorCode.CONFLICT, toNode + " is cordoned");
      }
    }

    @Override
    public Future<Long> recover(String id, long epoch, String toNode, boolean acceptLoss) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> unavailable(String id, long epoch, String why) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Optional<AgentInfo>> decided(String id) {
      Promise<Optional<AgentInfo>> promise = Promise.promise();
      node.machine
          .scheduler()
          .after(
              DECIDING,
              () -> {
                if (readable) {
                  promise.complete(Optional.ofNullable(directory.get(id)).map(Entry::info));
                } else {
                  promise.fail(new MabeamException(ErrorCode.INSUFFICIENT_CONSENSUS, "none"));
                }
              });
      return promise.future();
    }

    @Override
    public List<AgentInfo> ownerless() {
      return List.of();
    }

    @Override
    public Future<Void> cordon(String which, boolean drained) {
      return decide(
          node,
          () -> {
            cordoned.forEach(
                (other, drains) -> {
                  if (drains && drained && !other.equals(which)) {
                    throw new MabeamException(ErrorCode.CONFLICT, other + " is being drained");
                  }
                });
            cordoned.put(which, drained);
            return null;
          });
    }

    @Override
    public Future<Void> uncordon(String which) {
      return decide(
          node,
          () -> {
            cordoned.remove(which);
            return null;
          });
    }

    @Override
    public Set<String> cordoned() {
      return Set.copyOf(cordoned.keySet());
    }

    @Override
    public Optional<String> drained() {
      return cordoned.entrySet().stream()
          .filter(Map.Entry::getValue)
          .map(Map.Entry::getKey)
          .findFirst();
    }

    @Override
    public void onChange(Runnable listener) {
      node.listeners.add(listener);
    }
  }

  private final class Leaving implements Departure {
    private final Node node;
    private final Active active;

    Leaving(Node node, Active active) {
      this.node = node;
      this.active = active;
    }

    @Override
    public long epoch() {
      return active.epoch;
    }

    @Override
    public AgentSpec spec() {
      return directory.get(active.id).spec;
    }

    @Override
    public Checkpoint carried() {
      return active.state;
    }

    @Override
    public void resume() {
      active.paused = false;
      node.resumed.add(active.id + "@" + active.epoch);
    }

    @Override
    public void forward(String owner, long epoch) {
      if (directory.get(active.id).epoch < epoch) {
        problems.add(active.id + " was forwarded to epoch " + epoch + ", which is not decided");
      }
      node.forwarded.add(active.id + " to " + owner + "@" + epoch);
    }
  }

  /** Room for everything, but on nodes that refuse or are cordoned. */
  private final class Room implements Places {
    private final Node node;

    Room(Node node) {
      this.node = node;
    }

    @Override
    public String choose(AgentSpec spec, Set<String> without) {
      String chosen =
          nodes.values().stream()
              .filter(other -> !gone.contains(other.id))
              .filter(other -> !without.contains(other.id))
              .filter(other -> !cordoned.containsKey(other.id))
              .map(other -> other.id)
              .findFirst()
              .orElseThrow(
                  () -> new MabeamException(ErrorCode.NO_SUITABLE_NODES, "no node for it"));
      node.reserved.put(spec.id(), chosen);
      return chosen;
    }

    @Override
    public void reserve(AgentSpec spec, String nodeId) {
      requireRoom(spec, nodeId);
      node.reserved.put(spec.id(), nodeId);
    }

    @Override
    public void requireRoom(AgentSpec spec, String nodeId) {
      if (refuses.containsKey(node.name)) {
        throw refuses.get(node.name);
      }
      if (cordoned.containsKey(nodeId)) {
        throw new MabeamException(ErrorCode.NO_SUITABLE_NODES, nodeId + ": it is cordoned");
      }
    }

    @Override
    public void givenUp(String id) {
      node.reserved.remove(id);
    }
  }

  /** A state of that many bytes, no two places alike, with a delta on top if it is large. */
  static Checkpoint state(int bytes) {
    Buffer base = Buffer.buffer(bytes);
    for (int i = 0; i < bytes; i++) {
      base.appendByte((byte) (i * 31 + i / 251));
    }
    List<Buffer> deltas =
        bytes > 1_000
            ? List.of(Buffer.buffer("one"), Buffer.buffer(), base.getBuffer(1, 700))
            : List.of();
    return new Checkpoint(1, 1, Buffer.buffer("envelope"), 3, base, deltas);
  }
}
