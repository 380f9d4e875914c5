package dev.mabeam.testing.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/**
 * One thread, a clock that jumps from event to event, and randomness from one seed.
 *
 * <pre>{@code
 * Simulation sim = new Simulation(42);
 * SimNode a = sim.start("a");
 * a.scheduler().after(Duration.ofSeconds(1), () -> System.out.println("one second later"));
 * sim.network().cut("a", "b");
 * sim.runFor(Duration.ofMinutes(10));        // takes microseconds
 * }</pre>
 *
 * <p>Guaranteed: two events never overlap, events at the same instant run in the order in which
 * they were set, and nothing happens between two calls of a {@code run} method. An exception in an
 * event ends the run with an {@link AssertionError} that names the seed.
 *
 * <p>Not guaranteed: anything about work that leaves the thread, such as a real Vert.x context.
 */
public final class Simulation {
  /** What the wall clock of a node without skew shows at the start: 2026-01-01 in UTC. */
  public static final long WALL_START_MILLIS = 1_767_225_600_000L;

  private record Event(long atNanos, long order, Runnable task) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atNanos, other.atNanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final long seed;
  private final SplittableRandom random;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Map<String, SimNode> nodes = new LinkedHashMap<>();
  private final List<Runnable> topologyListeners = new ArrayList<>();
  private final SimNetwork network;
  final SimBus.Switchboard switchboard = new SimBus.Switchboard();
  private long nanos;
  private long lastOrder;
  private long eventsRun;

  public Simulation(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.network = new SimNetwork(this);
  }

  /** What makes this run what it is; print it with every failure. */
  public long seed() {
    return seed;
  }

  /** The world's own randomness: for scripts of faults, not for nodes. */
  public RandomGenerator random() {
    return random;
  }

  /** Randomness for one purpose, which others' use does not disturb. */
  public RandomGenerator split() {
    return random.split();
  }

  /** Who reaches whom, how fast, and what gets lost. */
  public SimNetwork network() {
    return network;
  }

  /** Starts {@code name}, or starts it again after a crash: a new life without memory. */
  public SimNode start(String name) {
    SimNode node = nodes.computeIfAbsent(name, key -> new SimNode(this, key));
    node.begin();
    return node;
  }

  /** The node of that name, which was started at least once. */
  public SimNode node(String name) {
    SimNode node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException("no node '" + name + "' was started");
    }
    return node;
  }

  /** Every node that was ever started, in the order of first starts. */
  public Collection<SimNode> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  SimNode nodeOrNull(String name) {
    return nodes.get(name);
  }

  /** Nanoseconds since the run began. */
  public long nanos() {
    return nanos;
  }

  /** Virtual time since the run began. */
  public Duration elapsed() {
    return Duration.ofNanos(nanos);
  }

  /** How many events ran: a measure of the work, and equal in two runs of one seed. */
  public long eventsRun() {
    return eventsRun;
  }

  /** Runs {@code task} as the world, which no crash or pause of a node keeps from running. */
  public void after(Duration delay, Runnable task) {
    at(nanos + Math.max(0, delay.toNanos()), task);
  }

  void at(long when, Runnable task) {
    events.add(new Event(Math.max(when, nanos), ++lastOrder, task));
  }

  /** Runs everything that is due within {@code span} from now; the clock ends there. */
  public void runFor(Duration span) {
    runUntil(() -> false, span);
  }

  /**
   * Runs until {@code condition} holds, looked at after every event, or {@code bound} has passed.
   *
   * @return whether the condition held
   */
  public boolean runUntil(BooleanSupplier condition, Duration bound) {
    long end = nanos + bound.toNanos();
    if (condition.getAsBoolean()) {
      return true;
    }
    while (!events.isEmpty() && events.peek().atNanos <= end) {
      Event event = events.poll();
      nanos = event.atNanos;
      eventsRun++;
      run(event.task);
      if (condition.getAsBoolean()) {
        return true;
      }
    }
    nanos = end;
    return false;
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError(
          "simulation with seed " + seed + " failed after " + elapsed() + ": " + failure, failure);
    }
  }

  /** Calls {@code listener} after every start, crash, pause, resume, cut and heal. */
  public void onTopology(Runnable listener) {
    topologyListeners.add(listener);
  }

  void topologyChanged() {
    List.copyOf(topologyListeners).forEach(Runnable::run);
  }
}
