package dev.mabeam.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Does to nodes what happens to nodes: kills, pauses and cuts off, one fault after the other, each
 * from its beginning to its end. Which faults, and how often each, is a list that it goes through
 * in random order, again and again; whom it hits and for how long is random.
 *
 * <p>After {@link #strike} nothing is paused or cut off any more, and whoever was killed is started.
 * The thread that drives the nodes drives this one.
 */
public final class Nemesis {
  /** What it can do. */
  public enum Fault {
    KILL,
    PAUSE,
    CUT,
    CUT_ONE_WAY,
    /** A majority at the same time, or all. */
    KILL_MOST,
    PAUSE_MOST;

    private boolean hitsMost() {
      return this == KILL_MOST || this == PAUSE_MOST;
    }
  }

  /** The nodes as it reaches them. */
  public interface Victims {
    void kill(String node);

    /** Starts one that was killed, unless somebody has already. */
    void start(String node);

    void pause(String node);

    void resume(String node);

    void cut(String node);

    void cutOneWay(String from, String to);

    void heal();
  }

  private final List<String> nodes;
  private final List<Fault> faults;
  private final Victims victims;
  private final RandomGenerator random;
  private final Duration longest;
  private final Consumer<Duration> meanwhile;
  private final List<Fault> next = new ArrayList<>();
  private final Map<Fault, Integer> struck = new EnumMap<>(Fault.class);

  /**
   * One that has done nothing yet.
   *
   * @param longest of a fault; the shortest is a tenth of it
   * @param meanwhile lets that much time pass
   */
  public Nemesis(
      List<String> nodes,
      List<Fault> faults,
      Victims victims,
      RandomGenerator random,
      Duration longest,
      Consumer<Duration> meanwhile) {
    this.nodes = List.copyOf(nodes);
    this.faults = List.copyOf(faults);
    this.victims = victims;
    this.random = random;
    this.longest = longest;
    this.meanwhile = meanwhile;
  }

  /** How often it has done what. */
  public Map<Fault, Integer> struck() {
    return Collections.unmodifiableMap(struck);
  }

  /** One fault; what it was. */
  public String strike() {
    if (next.isEmpty()) {
      next.addAll(faults);
      Collections.shuffle(next, new Random(random.nextLong()));
    }
    Fault fault = next.remove(next.size() - 1);
    struck.merge(fault, 1, Integer::sum);
    List<String> order = new ArrayList<>(nodes);
    Collections.shuffle(order, new Random(random.nextLong()));
    int most = nodes.size() / 2 + 1;
    int count = fault.hitsMost() ? random.nextInt(most, nodes.size() + 1) : 1;
    List<String> hit = List.copyOf(order.subList(0, count));
    long millis = longest.toMillis();
    Duration time = Duration.ofMillis(random.nextLong(millis / 10, millis + 1));
    strike(fault, hit, order.get(order.size() - 1), time);
    return fault + " " + hit + " for " + time.toMillis() + " ms";
  }

  private void strike(Fault fault, List<String> hit, String other, Duration time) {
    String one = hit.get(0);
    switch (fault) {
      case KILL, KILL_MOST -> hit.forEach(victims::kill);
      case PAUSE, PAUSE_MOST -> hit.forEach(victims::pause);
      case CUT -> victims.cut(one);
      case CUT_ONE_WAY -> victims.cutOneWay(one, other);
    }
    meanwhile.accept(time);
    switch (fault) {
      case KILL, KILL_MOST -> hit.forEach(victims::start);
      case PAUSE, PAUSE_MOST -> hit.forEach(victims::resume);
      case CUT, CUT_ONE_WAY -> victims.heal();
    }
  }
}
