package dev.mabeam.agent;

import dev.mabeam.checkpoint.CheckpointContext;
import dev.mabeam.checkpoint.CheckpointCounts;
import dev.mabeam.checkpoint.CheckpointRoom;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.checkpoint.CheckpointStore;
import dev.mabeam.checkpoint.Checkpoints;
import dev.mabeam.checkpoint.Sealed;
import dev.mabeam.checkpoint.SetChooser;
import dev.mabeam.checkpoint.SetDecisions;
import dev.mabeam.checkpoint.StateWrite;
import dev.mabeam.checkpoint.StoreVariant;
import dev.mabeam.checkpoint.Stores;
import dev.mabeam.checkpoint.Writer;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.grid.MapKnowledge;
import dev.mabeam.link.BareCourier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.link.SharedCourier;
import dev.mabeam.migration.MigrationContext;
import dev.mabeam.migration.MigrationRoom;
import dev.mabeam.migration.MoveVariant;
import dev.mabeam.migration.Step;
import dev.mabeam.recovery.Recovery;
import dev.mabeam.recovery.RecoveryContext;
import dev.mabeam.testing.check.AgentHistory.Activation;
import dev.mabeam.testing.check.AgentHistory.Message;
import dev.mabeam.testing.check.AgentHistoryChecker.Kind;
import dev.mabeam.testing.check.AgentHistoryChecker.Violation;
import dev.mabeam.testing.sim.Seeds;
import dev.mabeam.testing.sim.SimBus;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNetwork;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Simulated machines that run the production rooms of agents, checkpoints, moves and recoveries, on
 * one {@link SimLog} and one network. A machine that crashes comes back as a new incarnation, with
 * its store or without; one that was expelled rejoins in the same process; who is silent for a
 * second loses its lease, and is expelled when that has run out.
 *
 * <p>Played are: the log, the lease, who is heard, and where a place is free.
 */
final class AgentWorld {
  private static final String CLUSTER = "c1";
  private static final Duration HEARTBEAT = Duration.ofMillis(250);
  private static final long SILENCE_NANOS = Duration.ofMillis(1_200).toNanos();
  private static final long DEATH_NANOS = Duration.ofMillis(300).toNanos();
  private static final long MARGIN_NANOS = Duration.ofMillis(200).toNanos();
  private static final AgentOptions OPTIONS =
      new AgentOptions(200, Duration.ofSeconds(3), 1);

  /** What is broken on purpose. */
  record Variant(AgentRules rules, StoreVariant stores, MoveVariant moves) {
    static final AgentRules RULES = AgentRules.ALL.withSession(node -> node);
    static final Variant AS_IT_IS =
        new Variant(RULES, StoreVariant.AS_IT_IS, MoveVariant.AS_IT_IS);

    static Variant of(AgentRules rules) {
      return new Variant(rules, StoreVariant.AS_IT_IS, MoveVariant.AS_IT_IS);
    }

    static Variant of(StoreVariant stores) {
      return new Variant(RULES, stores, MoveVariant.AS_IT_IS);
    }

    static Variant of(MoveVariant moves) {
      return new Variant(RULES, StoreVariant.AS_IT_IS, moves);
    }
  }

  /** Hears that an agent has come to a step, on that stay. */
  interface Ambush {
    void reached(Stay stay, String step, String agent);
  }

  final Simulation sim;
  final Random random;
  final SimLog log;
  final Lives history;
  final Map<String, Machine> machines = new LinkedHashMap<>();
  final Map<String, Stay> stays = new LinkedHashMap<>();
  final Map<Message, Throwable> refusals = new HashMap<>();
  final Map<String, Integer> struck = new TreeMap<>();
  final Set<Message> applied = new HashSet<>();
  /** What the history does not know of. */
  final List<Violation> wrong = new ArrayList<>();
  private final Set<Message> kept = new HashSet<>();
  Ambush ambush = (stay, step, agent) -> {};
  /** Of a hundred batches, how many does a pause come before, once its lease was looked at. */
  int pausesBeforeSends;
  /** Of so many states that are restored, one takes its time. */
  int slowOneOf = 3;
  private final Map<String, Long> flipping = new HashMap<>();
  private final Map<String, Long> wentOn = new HashMap<>();
  /** Since when there is an agent of that id, and since when there is none. */
  private final Map<String, Long> shownSince = new HashMap<>();
  private final Map<String, Long> absentSince = new HashMap<>();
  private final Variant variant;
  private final Map<String, ListAgent> agents = new HashMap<>();
  private long incarnations;

  AgentWorld(long seed, Variant variant) {
    random = Seeds.random(seed);
    sim = new Simulation(random.nextLong());
    this.variant = variant;
    log = new SimLog(sim, random, variant.rules(), this::hasMajority);
    history = new Lives(log.truth);
    sim.after(HEARTBEAT, this::beat);
    log.truth.onChange(
        new AgentDirectory.Listener() {
          @Override
          public void changed(List<Change> changes) {
            changes.forEach(AgentWorld.this::decided);
          }

          @Override
          public void restored() {}

          @Override
          public void gone(String nodeId) {}
        });
  }

  void struck(String what) {
    struck.merge(what, 1, Integer::sum);
  }

  Duration millis(int from, int to) {
    return Duration.ofMillis(from + random.nextInt(to - from));
  }

  Machine start(String name, String zone) {
    Machine machine = new Machine(name, zone);
    machines.put(name, machine);
    return machine;
  }

  // ---- who hears whom -------------------------------------------------------------------------

  private boolean running(String name) {
    return machines.get(name).node.state() == SimNode.State.RUNNING;
  }

  private boolean hear(String a, String b) {
    return running(a) && running(b) && sim.network().connected(a, b);
  }

  /** Whether more than half of all machines hear it, and it them. */
  boolean hasMajority(String name) {
    long heard = machines.keySet().stream().filter(other -> hear(name, other)).count();
    return heard * 2 > machines.size();
  }

  private boolean anyMajority() {
    return machines.keySet().stream().anyMatch(this::hasMajority);
  }

  private void beat() {
    for (Machine machine : machines.values()) {
      machine.beat();
    }
    sim.after(HEARTBEAT, this::beat);
  }

  // ---- what agents do -------------------------------------------------------------------------

  void made(String nodeId, String id, ListAgent agent) {
    agents.put(nodeId + " " + id, agent);
  }

  /** The one that was made last there. */
  ListAgent agent(String nodeId, String id) {
    return agents.get(nodeId + " " + id);
  }

  /** What takes its time, sometimes. */
  Future<Void> slowly(String nodeId) {
    Promise<Void> done = Promise.promise();
    if (random.nextInt(slowOneOf) == 0) {
      schedulerOf(nodeId).after(millis(1, 400), done::complete);
    } else {
      done.complete();
    }
    return done.future();
  }

  /** A move of that epoch is about to be decided: until it is, one way or another, it rests. */
  private void flipping(String id, long epoch) {
    flipping.put(id, epoch);
    wentOn.remove(id);
  }

  void goesOn(String id, long epoch) {
    if (flipping.getOrDefault(id, 0L) == epoch) {
      wentOn.put(id, epoch);
    }
  }

  /** Whether what has gone on has been moved after all. */
  private void decided(Change change) {
    Entry before = change.before();
    Entry after = change.after();
    if (after != null) {
      history.decided(after);
    }
    if (after != null && after.shown()) {
      shownSince.putIfAbsent(after.id(), sim.nanos());
      absentSince.remove(after.id());
    } else {
      shownSince.remove(change.id());
    }
    if (after == null) {
      absentSince.put(change.id(), sim.nanos());
    }
    if (before != null
        && after != null
        && after.epoch() != before.epoch()
        && !before.owner().isEmpty()
        && wentOn.getOrDefault(before.id(), 0L) == before.epoch()) {
      wrong.add(
          new Violation(
              Kind.SPLIT,
              before.id() + " went on at epoch " + before.epoch() + ", and was moved then"));
    }
  }

  void applied(Message message) {
    applied.add(message);
  }

  /** Somebody has an answer to what was sent then. */
  void answered(Message message, long sentNanos) {
    if (absentSince.getOrDefault(message.agent(), Long.MAX_VALUE) < sentNanos) {
      history.add(Kind.STALE_REPLY, message + " was answered by an agent that had ended before");
    }
  }

  /** Somebody was told that there is no such agent. */
  void notFound(Message message, long sentNanos) {
    if (shownSince.getOrDefault(message.agent(), Long.MAX_VALUE) < sentNanos) {
      history.add(Kind.REFUSED, message + " found no agent, and there was one all the time");
    }
  }

  boolean isKept(String agent) {
    Entry entry = entry(agent);
    return entry != null && entry.isKept();
  }

  /** A checkpoint with so many of its messages is written. */
  private void kept(ListAgent agent, int count) {
    kept.addAll(agent.messages().subList(0, Math.min(count, agent.messages().size())));
  }

  /** Somebody has seen that an agent has had {@code message}. */
  void seen(Message message, Object by) {
    if (!kept.contains(message)) {
      wrong.add(
          new Violation(Kind.EARLY_OUTPUT, by + " shows " + message + ", which is not kept"));
    }
  }

  Scheduler schedulerOf(String nodeId) {
    return machines.get(nodeId.substring(0, nodeId.indexOf('#'))).node.scheduler();
  }

  Entry entry(String id) {
    return log.truth.entry(id);
  }

  /** A stay that runs, by decision and in fact. */
  List<Stay> running() {
    return machines.values().stream()
        .map(machine -> machine.stay)
        .filter(stay -> stay != null && stay.lives())
        .toList();
  }

  /** A machine: its process, its store, and its present stay in the cluster. */
  final class Machine {
    final String name;
    final String zone;
    SimNode node;
    CheckpointStore store;
    SharedCourier courier;
    /** Null while it is not in the cluster. */
    Stay stay;
    /** Of its last stay. */
    private String nodeId;
    private long silentSince = -1;
    private boolean doomed;
    private boolean keeps;
    private boolean joining;
    private long leaseUntil;

    private Machine(String name, String zone) {
      this.name = name;
      this.zone = zone;
      node = sim.start(name);
      store = variant.stores().store(node.random());
      begin();
    }

    LinkAddress address() {
      return new LinkAddress(name, LinkAddress.DEFAULT_PORT);
    }

    private void begin() {
      courier =
          new SharedCourier(
              BareCourier.listen(
                  SimLinkTransport.of(node), node.scheduler(), CLUSTER, address()));
      joining = false;
    }

    void crash(boolean withStore) {
      if (node.up()) {
        keeps = !withStore;
        node.crash();
        stay = null;
      }
    }

    /** Comes back, if it is not there. */
    void restart() {
      if (!node.up()) {
        sim.start(name);
        if (!keeps) {
          store = variant.stores().store(node.random());
        }
        begin();
      }
    }

    /** Gets its lease, is expelled, or joins, as it is heard. */
    private void beat() {
      boolean heard = hasMajority(name);
      boolean member = nodeId != null && log.members().contains(nodeId);
      if (member && stay == null && running(name) && heard && !joining) {
        // A new process: the one before is gone for certain.
        log.expel(nodeId);
        member = false;
      }
      if (member) {
        watch(heard);
      } else if (heard && stay == null && !joining) {
        join();
      }
    }

    private void watch(boolean heard) {
      long now = sim.nanos();
      if (heard && !doomed) {
        silentSince = -1;
        leaseUntil = now + SimLease.LENGTH.toNanos();
        Stay confirmed = stay;
        long life = node.life();
        if (confirmed != null) {
          sim.after(
              millis(1, 5), () -> node.execute(life, () -> confirmed.lease.confirmed(now)));
        }
        return;
      }
      if (silentSince < 0) {
        silentSince = now;
      }
      boolean dead = !node.up() && now - silentSince > DEATH_NANOS;
      doomed |= now - silentSince > SILENCE_NANOS && anyMajority();
      if ((dead || doomed && now > leaseUntil + MARGIN_NANOS) && anyMajority()) {
        struck(dead ? "death" : "expulsion");
        log.expel(nodeId);
      }
    }

    private void join() {
      joining = true;
      String boot = name + "/" + node.life();
      Member member =
          new Member(
              name, ++incarnations, address(), address(), address(), boot, store.id());
      nodeId = member.id();
      doomed = false;
      silentSince = -1;
      log.admit(member);
      long life = node.life();
      sim.after(
          millis(1, 10),
          () ->
              node.execute(
                  life,
                  () -> {
                    joining = false;
                    stay = new Stay(this, nodeId);
                    stays.put(nodeId, stay);
                    stay.open();
                  }));
    }
  }

  /** One stay of a machine in the cluster: its rooms, and what it knows. */
  final class Stay implements SetDecisions {
    final Machine machine;
    final String id;
    final AgentDirectory directory;
    final SimLog.Copy copy;
    final SimLease lease;
    private final Scheduler scheduler;
    private final long life;
    AgentRoom agents;
    MigrationRoom migrations;
    private Recovery recovery;
    private CheckpointRoom room;
    private SimShell shell;
    private Members storesOf;
    private Set<String> storesWithout = Set.of();
    private Map<String, Stores.Store> stores = Map.of();
    private boolean closed;

    private Stay(Machine machine, String id) {
      this.machine = machine;
      this.id = id;
      scheduler = machine.node.scheduler();
      life = machine.node.life();
      directory = new AgentDirectory(variant.rules());
      copy = log.open(machine.node, id, directory);
      lease = new SimLease(scheduler);
    }

    boolean lives() {
      return !closed && machine.stay == this && machine.node.up();
    }

    private void reached(Step step, String agent) {
      Entry entry = directory.entry(agent);
      if (step == Step.FLIPPING && entry != null) {
        flipping(agent, entry.epoch());
      }
      ambush.reached(this, step.name(), agent);
    }

    private void open() {
      room =
          variant
              .stores()
              .open(
                  new CheckpointContext(
                      machine.courier.room((byte) 48),
                      scheduler,
                      machine.store,
                      this::stores,
                      this,
                      new CheckpointCounts(),
                      machine.node.random().nextLong() >>> 1));
      shell = new SimShell(scheduler, this::send);
      AgentTypes types = new AgentTypes(null, null);
      types.register(ListAgent.TYPE, () -> new ListAgent(AgentWorld.this, false));
      types.register(ListAgent.DELTAS, () -> new ListAgent(AgentWorld.this, true));
      FreePlaces places = new FreePlaces(this);
      agents =
          AgentRoom.create(
              new AgentRoomContext(
                  null,
                  id,
                  null,
                  directory,
                  copy,
                  copy::members,
                  lease,
                  places,
                  new Keeping(
                      new Watched(this, room), scheduler::execute, scheduler, this::choose),
                  new MapKnowledge(),
                  event -> {},
                  scheduler,
                  OPTIONS),
              types,
              shell,
              variant.rules());
      migrations =
          variant
              .moves()
              .create(
                  new MigrationContext(
                      id,
                      SimBus.of(machine.node),
                      machine.courier.room(MigrationRoom.FIRST_TYPE),
                      agents.moves(),
                      agents,
                      places,
                      copy::members,
                      new NoKnowledge(),
                      event -> {},
                      scheduler,
                      machine.node.random(),
                      this::reached));
      recovery =
          Recovery.create(
              new RecoveryContext(
                  id,
                  agents.moves(),
                  agents,
                  places,
                  copy::members,
                  other -> hear(machine.name, nameOf(other)),
                  lease::held,
                  migrations::migrate,
                  event -> {},
                  scheduler));
      directory.onChange(new Ending());
      agents.start();
      migrations.start();
      recovery.start();
      if (!copy.members().contains(id)) {
        close();
      }
    }

    /** It is expelled, and its process lives: another stay begins. */
    private void close() {
      if (closed) {
        return;
      }
      closed = true;
      struck("rejoins");
      copy.end();
      recovery.close();
      migrations
          .close()
          .eventually(agents::close)
          .onComplete(
              done -> {
                room.close();
                if (machine.stay == this) {
                  machine.stay = null;
                }
              });
    }

    private final class Ending implements AgentDirectory.Listener {
      @Override
      public void changed(List<Change> changes) {}

      @Override
      public void restored() {
        if (!copy.members().contains(id)) {
          scheduler.execute(Stay.this::close);
        }
      }

      @Override
      public void gone(String nodeId) {
        if (nodeId.equals(id)) {
          scheduler.execute(Stay.this::close);
        }
      }
    }

    // -- messages

    /** As the event bus: in order from one to the other, or late, or never. */
    private void send(String to, int shard, Buffer batch) {
      if (!machine.node.up() || machine.node.life() != life) {
        return;
      }
      if (pausesBeforeSends > 0
          && random.nextInt(100) < pausesBeforeSends
          && machine.node.state() == SimNode.State.RUNNING) {
        struck("pause before a send");
        machine.node.pause();
        sim.after(millis(100, 6_000), machine.node::resume);
        machine.node.execute(life, () -> carry(to, batch));
        return;
      }
      carry(to, batch);
    }

    private void carry(String to, Buffer batch) {
      SimNetwork network = sim.network();
      String target = nameOf(to);
      if (random.nextInt(1_000) < lost || !network.reaches(machine.name, target)) {
        return;
      }
      boolean late = random.nextInt(1_000) < AgentWorld.this.late;
      long way = late ? random.nextLong(1_000_000, 400_000_000) : way(target);
      sim.after(Duration.ofNanos(way), () -> arrive(to, target, batch));
    }

    private long way(String target) {
      String pair = machine.name + " " + target;
      long at = sim.nanos() + (machine.name.equals(target) ? 20_000 : nextWay());
      long ordered = Math.max(at, arrivals.getOrDefault(pair, 0L) + 1);
      arrivals.put(pair, ordered);
      return ordered - sim.nanos();
    }

    private void arrive(String to, String target, Buffer batch) {
      Stay there = stays.get(to);
      if (!sim.network().reaches(machine.name, target) || there == null) {
        return;
      }
      SimNode node = there.machine.node;
      if (node.up() && node.life() == there.life) {
        node.execute(
            there.life,
            () -> {
              if (!there.shell.arrive(batch)) {
                sim.after(
                    millis(1, 5),
                    () -> machine.node.execute(life, () -> shell.handBack(batch)));
              }
            });
      }
    }

    // -- stores

    private Map<String, Stores.Store> stores() {
      Members now = copy.members();
      Set<String> without =
          agents == null ? Set.of() : new TreeSet<>(agents.moves().cordoned());
      if (now != storesOf || !without.equals(storesWithout)) {
        storesOf = now;
        storesWithout = without;
        Map<String, Stores.Store> all = new LinkedHashMap<>();
        for (Member member : now.all()) {
          all.put(
              member.store(),
              new Stores.Store(
                  member.store(),
                  member.link(),
                  machines.get(member.name()).zone,
                  !without.contains(member.id())));
        }
        if (!all.equals(stores)) {
          stores = all;
        }
      }
      return stores;
    }

    private List<String> choose(String agent, String node) {
      return copy.members()
          .member(node)
          .map(owner -> SetChooser.choose(agent, owner.store(), stores().values()))
          .orElse(List.of());
    }

    @Override
    public void drop(String silent, Map<String, Long> epochs) {
      if (agents != null) {
        epochs.keySet().forEach(key -> ambush.reached(this, "DROP", agentOf(key)));
        agents.setDecisions().drop(silent, epochs);
      }
    }

    @Override
    public void filled(String key, long epoch, long version) {
      if (agents != null) {
        ambush.reached(this, "FILLED", agentOf(key));
        agents.setDecisions().filled(key, epoch, version);
      }
    }

    @Override
    public void change(String key, long epoch, long version, List<String> to) {
      if (agents != null) {
        ambush.reached(this, "CHANGE", agentOf(key));
        agents.setDecisions().change(key, epoch, version, to);
      }
    }
  }

  /** Of a thousand batches between agents' rooms. */
  int lost;
  int late;
  private final Map<String, Long> arrivals = new HashMap<>();

  private long nextWay() {
    return random.nextLong(200_000, 2_000_000);
  }

  private static String nameOf(String nodeId) {
    return nodeId.substring(0, nodeId.indexOf('#'));
  }

  private static String agentOf(String key) {
    return key.substring(0, key.lastIndexOf('@'));
  }

  // ---- checkpoints, watched -------------------------------------------------------------------

  private final class Watched implements Checkpoints {
    private final Stay stay;
    private final CheckpointRoom room;

    Watched(Stay stay, CheckpointRoom room) {
      this.stay = stay;
      this.room = room;
    }

    @Override
    public String storeId() {
      return room.storeId();
    }

    @Override
    public Future<Sealed> seal(String key, long epoch, CheckpointSet set) {
      ambush.reached(stay, "SEAL", agentOf(key));
      return room.seal(key, epoch, set)
          .map(
              sealed -> {
                ambush.reached(stay, "SEALED", agentOf(key));
                return sealed;
              });
    }

    @Override
    public Writer open(String key, long epoch, CheckpointSet set) {
      ambush.reached(stay, "OPEN", agentOf(key));
      ListAgent agent = agent(stay.id, agentOf(key));
      return new WatchedWriter(stay, agent, agent.began(epoch), room.open(key, epoch, set));
    }

    @Override
    public void forget(String key) {
      room.forget(key);
    }

    @Override
    public void forgetAll(Predicate<String> gone) {
      room.forgetAll(gone);
    }

    @Override
    public void close() {
      room.close();
    }
  }

  private final class WatchedWriter implements Writer {
    private final Stay stay;
    private final ListAgent agent;
    private final Activation activation;
    private final Writer writer;
    private int count;
    private boolean first = true;

    WatchedWriter(Stay stay, ListAgent agent, Activation activation, Writer writer) {
      this.stay = stay;
      this.agent = agent;
      this.activation = activation;
      this.writer = writer;
    }

    @Override
    public Future<Void> write(Buffer envelope, StateWrite state) {
      if (state instanceof StateWrite.Base base) {
        count = ListAgent.decode(activation.agent(), base.state()).count();
      } else if (state instanceof StateWrite.Delta delta) {
        count = ListAgent.decode(activation.agent(), delta.change()).count();
      }
      int written = count;
      ambush.reached(stay, "WRITE", activation.agent());
      return writer
          .write(envelope, state)
          .map(
              done -> {
                history.committed(activation, written);
                kept(agent, written);
                if (first) {
                  first = false;
                  ambush.reached(stay, "WRITTEN", activation.agent());
                }
                return done;
              });
    }

    @Override
    public long position() {
      return writer.position();
    }

    @Override
    public void changed(CheckpointSet set) {
      writer.changed(set);
    }

    @Override
    public Future<Void> settled() {
      return writer.settled();
    }

    @Override
    public void close() {
      writer.close();
    }
  }

  /** Places anything on any member that is not cordoned. */
  private final class FreePlaces implements Places {
    private final Stay stay;

    FreePlaces(Stay stay) {
      this.stay = stay;
    }

    @Override
    public String choose(AgentSpec spec, Set<String> without) {
      List<String> free =
          stay.copy.members().all().stream()
              .map(Member::id)
              .filter(id -> !without.contains(id) && !stay.directory.cordoned().containsKey(id))
              .toList();
      if (free.isEmpty()) {
        throw nowhere();
      }
      return free.get(random.nextInt(free.size()));
    }

    private MabeamException nowhere() {
      return new MabeamException(ErrorCode.NO_SUITABLE_NODES, "no node takes it");
    }

    @Override
    public void reserve(AgentSpec spec, String node) {
      requireRoom(spec, node);
    }

    @Override
    public void requireRoom(AgentSpec spec, String node) {
      if (stay.directory.cordoned().containsKey(node)) {
        throw nowhere();
      }
    }
  }

  /** Shows nobody anything. */
  private static final class NoKnowledge implements dev.mabeam.grid.Knowledge {
    @Override
    public Future<Void> put(String key, io.vertx.core.json.JsonObject value) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> remove(String key) {
      return Future.succeededFuture();
    }

    @Override
    public Map<String, io.vertx.core.json.JsonObject> entries() {
      return new TreeMap<>();
    }

    @Override
    public Runnable onChange(java.util.function.Consumer<String> listener) {
      return () -> {};
    }
  }
}
