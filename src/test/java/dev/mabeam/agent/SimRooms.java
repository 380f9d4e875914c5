package dev.mabeam.agent;

import dev.mabeam.checkpoint.CheckpointContext;
import dev.mabeam.checkpoint.CheckpointCounts;
import dev.mabeam.checkpoint.CheckpointRoom;
import dev.mabeam.checkpoint.CheckpointStore;
import dev.mabeam.checkpoint.SetDecisions;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.MapKnowledge;
import dev.mabeam.link.BareCourier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The production rooms for agents and checkpoints of simulated machines, without Vert.x: their
 * batches reach each other unless they are lost, which a cut of the link's network does not do, and
 * their decisions go into one log.
 */
final class SimRooms {
  static final Duration DECIDING = Duration.ofMillis(4);

  final Simulation sim;
  final InMemoryDecisions log;
  final List<Machine> machines = new ArrayList<>();
  final List<ClusterEvent> events = new ArrayList<>();
  /** Of a batch of messages. */
  double loss;
  private final Map<String, AgentTypes.Maker> types;

  SimRooms(long seed, int count, Map<String, AgentTypes.Maker> types) {
    sim = new Simulation(seed);
    log = new InMemoryDecisions(task -> sim.after(DECIDING, task));
    this.types = types;
    for (int number = 1; number <= count; number++) {
      machines.add(new Machine(number));
    }
    machines.forEach(Machine::open);
  }

  Machine machine(int number) {
    return machines.get(number - 1);
  }

  void await(String what, BooleanSupplier condition) {
    if (!sim.runUntil(condition, Duration.ofMinutes(2))) {
      throw new AssertionError("seed " + sim.seed() + ": waited in vain for " + what);
    }
  }

  <T> T await(String what, Future<T> future) {
    await(what, future::isComplete);
    if (future.failed()) {
      throw new AssertionError(
          "seed " + sim.seed() + ": " + what + " failed: " + future.cause(), future.cause());
    }
    return future.result();
  }

  /** One machine and its rooms. */
  final class Machine implements Shell, Homes, SetDecisions, Places {
    final String id;
    final SimNode node;
    final AgentDirectory directory = new AgentDirectory();
    final HandLease lease = new HandLease();
    final CheckpointStore store;
    final CheckpointRoom checkpoints;
    final InMemoryDecisions.Node decisions;
    private final LinkAddress address;
    private final Home home;
    private final ChosenStores stores = new ChosenStores(log::members);
    private Consumer<Buffer> inbound;
    AgentRoom agents;

    Machine(int number) {
      id = "n" + number + "#" + number;
      node = sim.start("n" + number);
      home = Home.on(node.scheduler()::execute);
      address = new LinkAddress("n" + number, LinkAddress.DEFAULT_PORT);
      store = CheckpointStore.inMemory(node.random());
      decisions = log.join(number, address, store.id(), directory);
      checkpoints =
          CheckpointRoom.open(
              new CheckpointContext(
                  BareCourier.listen(SimLinkTransport.of(node), node.scheduler(), "c1", address),
                  node.scheduler(),
                  store,
                  stores::all,
                  this,
                  new CheckpointCounts(),
                  number));
    }

    private void open() {
      AgentTypes made = new AgentTypes(null, null);
      types.forEach(made::register);
      agents =
          AgentRoom.create(
              new AgentRoomContext(
                  null,
                  id,
                  null,
                  directory,
                  decisions,
                  log::members,
                  lease,
                  this,
                  new Keeping(
                      checkpoints, node.scheduler()::execute, node.scheduler(), stores::choose),
                  new MapKnowledge(),
                  events::add,
                  node.scheduler(),
                  AgentOptions.DEFAULT),
              made,
              this,
              AgentRules.ALL);
      agents.start();
    }

    /** It is gone, and that is decided a while later. */
    void crash(Duration decided) {
      node.crash();
      decisions.hold();
      sim.after(decided, () -> log.gone(id));
    }

    @Override
    public String choose(AgentSpec spec, Set<String> without) {
      return spec.requirements().preferredNodes().get(0);
    }

    @Override
    public void reserve(AgentSpec spec, String there) {}

    @Override
    public void requireRoom(AgentSpec spec, String there) {}

    @Override
    public void drop(String store, Map<String, Long> epochs) {
      agents.setDecisions().drop(store, epochs);
    }

    @Override
    public void filled(String key, long epoch, long version) {
      agents.setDecisions().filled(key, epoch, version);
    }

    @Override
    public void change(String key, long epoch, long version, List<String> to) {
      agents.setDecisions().change(key, epoch, version, to);
    }

    @Override
    public Homes homes() {
      return this;
    }

    @Override
    public Home of(String agent) {
      return home;
    }

    @Override
    public boolean onLoop() {
      return true;
    }

    @Override
    public void later(Runnable task) {
      node.scheduler().execute(task);
    }

    @Override
    public int ownShard() {
      return 0;
    }

    @Override
    public Outgoing.Sender wire() {
      return this::send;
    }

    private void send(String to, int shard, Buffer batch) {
      for (Machine machine : machines) {
        if (machine.id.equals(to) && sim.random().nextDouble() >= loss) {
          Duration way = Duration.ofNanos(200_000 + sim.random().nextInt(1_000_000));
          sim.after(
              way,
              () -> {
                if (machine.inbound != null) {
                  machine.node.scheduler().execute(() -> machine.inbound.accept(batch));
                }
              });
        }
      }
    }

    @Override
    public Future<Void> open(
        Consumer<Buffer> inbound, Consumer<Buffer> undelivered, Agents agents) {
      this.inbound = inbound;
      return Future.succeededFuture();
    }

    @Override
    public Future<Home> deploy(AgentVerticle verticle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> undeploy(AgentVerticle verticle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void gone(String gone) {}

    @Override
    public Future<Void> leave() {
      inbound = null;
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
