package dev.mabeam.testing.sim;

import dev.mabeam.link.Frame;
import dev.mabeam.link.LinkAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;

/**
 * Who reaches whom, how long it takes, and what gets lost.
 *
 * <p>Link connections behave like TCP under a cut: frames wait, and arrive after the heal unless
 * the connection was closed meanwhile. Bus messages under a cut are lost. {@link #setLoss} loses
 * single link frames too, which TCP would not: protocols have to stand that as well.
 */
public final class SimNetwork {
  private record Way(String from, String to) {}

  /** What happened to a frame on its way. */
  public enum FrameFault {
    LOST,
    LATE,
    /** It waits at a cut. */
    HELD
  }

  private final Simulation simulation;
  private final RandomGenerator random;
  private final Set<Way> cuts = new HashSet<>();
  private final Map<Way, Deque<Runnable>> held = new LinkedHashMap<>();
  private BiConsumer<FrameFault, Frame> frameFaults = (fault, frame) -> {};
  final Map<LinkAddress, SimLinkTransport> listeners = new HashMap<>();
  private long minLatencyNanos = 200_000;
  private long maxLatencyNanos = 2_000_000;
  private double loss;
  private double duplication;
  private double lateness;
  private long lateNanos;

  SimNetwork(Simulation simulation) {
    this.simulation = simulation;
    this.random = simulation.split();
  }

  /** One way takes between {@code min} and {@code max}; 0.2 to 2 ms unless set. */
  public SimNetwork setLatency(Duration min, Duration max) {
    minLatencyNanos = min.toNanos();
    maxLatencyNanos = Math.max(max.toNanos(), minLatencyNanos + 1);
    return this;
  }

  /** The probability that a frame or a bus message is lost; 0 unless set. */
  public SimNetwork setLoss(double probability) {
    loss = probability;
    return this;
  }

  /** The probability that a bus message arrives twice; 0 unless set. */
  public SimNetwork setDuplication(double probability) {
    duplication = probability;
    return this;
  }

  /** The probability that something arrives up to {@code by} later than it should. */
  public SimNetwork setLateness(double probability, Duration by) {
    lateness = probability;
    lateNanos = by.toNanos();
    return this;
  }

  /** No loss, duplication or lateness from now on; cuts stay. */
  public SimNetwork calm() {
    return setLoss(0).setDuplication(0).setLateness(0, Duration.ZERO);
  }

  /** Cuts both ways between two nodes. */
  public void cut(String a, String b) {
    cuts.add(new Way(a, b));
    cuts.add(new Way(b, a));
    simulation.topologyChanged();
  }

  /** What {@code from} sends does not reach {@code to} any more; the other way still works. */
  public void cutOneWay(String from, String to) {
    cuts.add(new Way(from, to));
    simulation.topologyChanged();
  }

  /** Cuts every way between {@code name} and the nodes started so far. */
  public void isolate(String name) {
    for (SimNode other : simulation.nodes()) {
      if (!other.name().equals(name)) {
        cuts.add(new Way(name, other.name()));
        cuts.add(new Way(other.name(), name));
      }
    }
    simulation.topologyChanged();
  }

  /** Repairs both ways between two nodes. */
  public void heal(String a, String b) {
    cuts.remove(new Way(a, b));
    cuts.remove(new Way(b, a));
    release();
    simulation.topologyChanged();
  }

  /** Repairs every way. */
  public void healAll() {
    cuts.clear();
    release();
    simulation.topologyChanged();
  }

  /** Whether what {@code from} sends arrives at {@code to}; a node always reaches itself. */
  public boolean reaches(String from, String to) {
    return cuts.isEmpty() || from.equals(to) || !cuts.contains(new Way(from, to));
  }

  /** Whether both ways work. */
  public boolean connected(String a, String b) {
    return reaches(a, b) && reaches(b, a);
  }

  /** Hears of every link frame that is lost, late or held: for counting what a run exercised. */
  public void onFrameFault(BiConsumer<FrameFault, Frame> listener) {
    frameFaults = listener;
  }

  void frameFault(FrameFault fault, Frame frame) {
    frameFaults.accept(fault, frame);
  }

  /** Keeps {@code task} until {@code from} reaches {@code to} again. */
  void hold(String from, String to, Runnable task) {
    held.computeIfAbsent(new Way(from, to), way -> new ArrayDeque<>()).add(task);
  }

  private void release() {
    for (Way way : List.copyOf(held.keySet())) {
      if (!cuts.contains(way)) {
        held.remove(way).forEach(Runnable::run);
      }
    }
  }

  boolean loses() {
    return loss > 0 && random.nextDouble() < loss;
  }

  boolean duplicates() {
    return duplication > 0 && random.nextDouble() < duplication;
  }

  /** How long this one takes; what a node sends itself takes 20 µs. */
  long latencyNanos(String from, String to) {
    return from.equals(to) ? 20_000 : random.nextLong(minLatencyNanos, maxLatencyNanos);
  }

  /** How much later than that this one arrives: mostly 0. */
  long lateNanos() {
    return lateness > 0 && random.nextDouble() < lateness ? random.nextLong(1, lateNanos + 1) : 0;
  }
}
