package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.BareCourier;
import dev.mabeam.link.Courier;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.testing.sim.SimLinkTransport;
import dev.mabeam.testing.sim.SimNode;
import dev.mabeam.testing.sim.Simulation;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Logs of simulated nodes on the production courier, and a checker that sees all of them. It fails
 * at once if two endpoints have another entry committed at an index, if one gets an index out of
 * turn, an image that is not what the entries came to, an entry twice, or an entry whose proposer
 * was told that it was certainly not appended.
 */
final class LogWorld {
  static final String GROUP = "c1";
  static final LogSettings SETTINGS = new LogSettings(50, 200, 100, 1 << 20);

  final Simulation sim;
  final Map<String, Machine> machines = new LinkedHashMap<>();
  final Checker checker = new Checker();
  private final Function<String, MicroRaftLog.Rules> rules;
  private final LogSettings settings;
  private Endpoint founder;
  private int endpointsMade;

  LogWorld(long seed) {
    this(seed, SETTINGS, node -> new MicroRaftLog.Rules());
  }

  LogWorld(long seed, LogSettings settings, Function<String, MicroRaftLog.Rules> rules) {
    this.sim = new Simulation(seed);
    this.settings = settings;
    this.rules = rules;
  }

  /** One simulated machine with an endpoint on it. */
  final class Machine implements Log.Follower {
    final String name;
    final SimNode node;
    /** Set by whoever stores more than memory does. */
    Supplier<LogStore> stores = LogStore::memory;
    String group = GROUP;
    Endpoint endpoint;
    MicroRaftLog log;
    long applied;
    long hash;
    Log.LogStatus said;
    int restored;
    Buffer lastImage;
    /** Where its state machine has a defect. */
    long failsAt = -1;
    /** Whether it was asked to be added, so that its endpoint may be known. */
    boolean everMember;

    private Machine(String name) {
      this.name = name;
      this.node = sim.start(name);
    }

    private LogContext context() {
      LinkAddress address = new LinkAddress(name, LinkAddress.DEFAULT_PORT);
      Courier courier =
          BareCourier.listen(SimLinkTransport.of(node), node.scheduler(), group, address);
      courier.onFrame(
          (from, type, payload) -> {
            if (type == FrameType.LOG) {
              log.receive(payload);
            }
          });
      return new LogContext(
          node.scheduler(), node.random(), courier, node.scheduler()::execute, settings);
    }

    private void begin(MicroRaftLog begun) {
      log = begun;
      applied = 0;
      hash = 0;
      said = null;
      log.start();
    }

    private void newEndpoint() {
      endpoint =
          new Endpoint(
              name + "-" + ++endpointsMade,
              name,
              new LinkAddress(name, LinkAddress.DEFAULT_PORT));
    }

    /** Its process ends, and begins again as the same endpoint if its store has it. */
    void restart() {
      sim.start(name);
      LogStore store = stores.get();
      if (store.restored().isPresent()) {
        begin(MicroRaftLog.restart(group, this, context(), store, rules.apply(name)));
      } else {
        newEndpoint();
        begin(
            MicroRaftLog.create(
                GROUP, endpoint, List.of(founder), this, context(), store, rules.apply(name)));
      }
    }

    @Override
    public void committed(long index, Buffer entry) {
      if (index != applied + 1) {
        throw new AssertionError(name + " got index " + index + " after " + applied);
      }
      if (index == failsAt) {
        throw new IllegalStateException("a defect, on purpose");
      }
      applied = index;
      hash = checker.committed(name, index, entry, hash);
    }

    @Override
    public Supplier<Buffer> image(long index) {
      if (index != applied) {
        throw checker.fail(name + " has " + applied + ", not an image of " + index);
      }
      Buffer now = Buffer.buffer().appendLong(index).appendLong(hash);
      lastImage = now;
      return () -> now;
    }

    @Override
    public void restore(long index, Buffer image) {
      if (image.getLong(0) != index || index <= applied) {
        throw checker.fail(
            name + " has " + applied + ", got an image of " + image.getLong(0) + " for " + index);
      }
      restored++;
      applied = index;
      hash = checker.restored(name, index, image.getLong(8));
    }

    @Override
    public void changed(Log.LogStatus status) {
      said = status;
    }

    boolean leads() {
      return node.state() == SimNode.State.RUNNING && log.status().role() == Log.Role.LEADER;
    }

    @Override
    public String toString() {
      Log.LogStatus now = log.status();
      return "\n" + node + " is " + endpoint.id() + " " + now.role() + " in term " + now.term()
          + " of " + (now.leader() == null ? "none" : now.leader().id()) + ", applied " + applied
          + ", members at " + now.configuration() + ": " + ids(now.voters()) + " and "
          + ids(now.learners());
    }
  }

  private static List<String> ids(List<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::id).toList();
  }

  /** The first machine of a group. */
  Machine found(String name) {
    return found(name, LogStore::memory);
  }

  Machine found(String name, Supplier<LogStore> stores) {
    Machine machine = new Machine(name);
    machines.put(name, machine);
    machine.stores = stores;
    machine.newEndpoint();
    founder = machine.endpoint;
    machine.begin(
        MicroRaftLog.create(
            GROUP, founder, List.of(founder), machine, machine.context(), stores.get(),
            rules.apply(name)));
    return machine;
  }

  /** A machine whose endpoint waits to be added. */
  Machine join(String name) {
    return join(name, LogStore::memory);
  }

  Machine join(String name, Supplier<LogStore> stores) {
    Machine machine = new Machine(name);
    machines.put(name, machine);
    machine.stores = stores;
    machine.newEndpoint();
    machine.begin(
        MicroRaftLog.create(
            GROUP, machine.endpoint, List.of(founder), machine, machine.context(), stores.get(),
            rules.apply(name)));
    return machine;
  }

  /** A group of voters of these names, the first of which leads. */
  static LogWorld of(long seed, String... names) {
    return of(new LogWorld(seed), name -> LogStore::memory, names);
  }

  static LogWorld of(
      LogWorld world, Function<String, Supplier<LogStore>> stores, String... names) {
    Machine first = world.found(names[0], stores.apply(names[0]));
    for (String name : List.of(names).subList(1, names.length)) {
      world.promote(first, world.join(name, stores.apply(name)));
    }
    return world;
  }

  /** Adds it, waits until it has everything, and makes it a voter. */
  void promote(Machine leader, Machine machine) {
    change(leader, machine, Log.Change.ADD_LEARNER);
    await(machine.name + " to catch up", () -> machine.applied == leader.applied);
    change(leader, machine, Log.Change.PROMOTE);
  }

  long change(Machine leader, Machine machine, Log.Change change) {
    return done(
        change + " of " + machine.name,
        leader.log.change(machine.endpoint, change, leader.log.status().configuration()));
  }

  Machine machine(String name) {
    return machines.get(name);
  }

  Collection<Machine> all() {
    return machines.values();
  }

  /** The one that leads and whose leadership a majority knows, or null. */
  Machine leader() {
    Machine found = null;
    for (Machine machine : machines.values()) {
      boolean newer =
          found == null || machine.log.status().term() > found.log.status().term();
      if (machine.leads() && newer) {
        found = machine;
      }
    }
    return found;
  }

  Machine awaitLeader() {
    await("a leader", () -> leader() != null);
    return leader();
  }

  Future<Long> append(Machine at) {
    return checker.append(at.log);
  }

  long appended(Machine at) {
    return done("an append at " + at.name, append(at));
  }

  <T> T done(String what, Future<T> future) {
    await(what, future::isComplete);
    if (future.failed()) {
      throw new AssertionError(what + " failed: " + future.cause(), future.cause());
    }
    return future.result();
  }

  void await(String what, BooleanSupplier condition) {
    if (!held(condition, Duration.ofSeconds(60))) {
      throw new AssertionError(
          "seed " + sim.seed() + ": still not after a minute: " + what + "; " + machines.values());
    }
  }

  private boolean held(BooleanSupplier condition, Duration bound) {
    boolean held = sim.runUntil(() -> checker.found != null || condition.getAsBoolean(), bound);
    checker.check();
    return held;
  }

  void runFor(Duration span) {
    held(() -> false, span);
  }

  void awaitAllApplied(long index) {
    await(
        "all to apply " + index,
        () ->
            machines.values().stream()
                .filter(machine -> machine.node.up())
                .allMatch(machine -> machine.applied >= index));
  }

  /** What all endpoints together did; it throws as soon as something is wrong. */
  static final class Checker {
    final Map<Long, Buffer> agreed = new HashMap<>();
    private final Map<Long, Long> hashes = new HashMap<>(Map.of(0L, 0L));
    private final Map<Long, Long> indexes = new HashMap<>();
    private final Set<Long> refused = new HashSet<>();
    private final Map<Long, Long> acknowledged = new HashMap<>();
    private long proposed;
    private AssertionError found;
    int failures;
    int timeouts;

    Future<Long> append(Log log) {
      long id = ++proposed;
      return log.append(Buffer.buffer(100).appendLong(id))
          .onComplete(
              index -> {
                acknowledged.put(id, index);
                if (!Long.valueOf(index).equals(indexes.get(id))) {
                  throw fail(
                      id + " was acknowledged at " + index + ", and is at " + indexes.get(id));
                }
              },
              failure -> failed(id, failure));
    }

    private void failed(long id, Throwable failure) {
      failures++;
      boolean certain =
          failure instanceof Log.NotLeader
              || failure instanceof MabeamException typed && typed.code() == ErrorCode.OVERLOADED;
      if (!certain) {
        timeouts++;
        if (!(failure instanceof MabeamException typed) || typed.code() != ErrorCode.TIMEOUT) {
          throw fail("an untyped failure: " + failure);
        }
      } else {
        refused.add(id);
        if (indexes.containsKey(id)) {
          throw fail(id + " was refused, and is at " + indexes.get(id));
        }
      }
    }

    /** Kept, as the engine and futures swallow what their callbacks throw. */
    AssertionError fail(String what) {
      AssertionError failure = new AssertionError(what);
      if (found == null) {
        found = failure;
      }
      return failure;
    }

    void check() {
      if (found != null) {
        throw found;
      }
    }

    int acknowledged() {
      return acknowledged.size();
    }

    long last() {
      return agreed.size();
    }

    private long committed(String who, long index, Buffer entry, long before) {
      Buffer known = agreed.putIfAbsent(index, entry);
      if (known == null) {
        first(index, entry, before);
      } else if (!known.equals(entry)) {
        throw fail(
            who + " has another entry committed at " + index + ": " + name(entry) + " and not "
                + name(known));
      }
      return hashes.get(index);
    }

    private void first(long index, Buffer entry, long before) {
      if (!hashes.get(index - 1).equals(before)) {
        throw fail("what led to " + index + " was something else");
      }
      hashes.put(index, before * 31 + entry.hashCode() + index);
      if (entry.length() > 0) {
        long id = entry.getLong(0);
        Long other = indexes.putIfAbsent(id, index);
        if (other != null) {
          throw fail(id + " is at " + other + " and at " + index);
        }
        if (refused.contains(id)) {
          throw fail(id + " was refused, and is at " + index);
        }
      }
    }

    private static String name(Buffer entry) {
      return entry.length() == 0 ? "nothing" : "" + entry.getLong(0);
    }

    private long restored(String who, long index, long hash) {
      if (!Long.valueOf(hash).equals(hashes.get(index))) {
        throw fail(who + " got an image of something else at " + index);
      }
      return hash;
    }
  }
}
