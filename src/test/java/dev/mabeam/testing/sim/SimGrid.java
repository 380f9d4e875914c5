package dev.mabeam.testing.sim;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.grid.GridView;
import dev.mabeam.grid.Knowledge;
import dev.mabeam.grid.Views;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The views and the replicated caches of all simulated nodes, as the real grid behaves with the
 * configuration in {@code conf/}: a crash shows in the view after half a second, silence and a heal
 * after three and a half; a side that lost half of its members or more takes no writes; after a
 * heal everybody has what the writable (else the larger) side has, and what the other side wrote
 * is gone.
 *
 * <p>Simpler than the real one: a group of nodes changes its view in one step, and nodes that can
 * reach each other only through third ones are in one view.
 */
public final class SimGrid {
  /** How long a closed connection takes to become a new view. */
  public static final Duration CRASH_SEEN = Duration.ofMillis(500);
  /** How long silence takes to become a new view, and a heal too. */
  public static final Duration SILENCE_SEEN = Duration.ofMillis(3_500);

  private static final long RETRANSMIT_NANOS = 200_000_000;

  private final Simulation simulation;
  private final Map<String, Seat> seats = new LinkedHashMap<>();
  private final Map<String, Boolean> effective = new TreeMap<>();
  private long lastViewId;

  public SimGrid(Simulation simulation) {
    this.simulation = simulation;
    simulation.onTopology(this::look);
  }

  /** The node's present life joins; its first view comes with the call. */
  public Seat join(SimNode node) {
    Seat seat = new Seat(node);
    seats.remove(node.name());
    seats.put(node.name(), seat);
    seats.values().forEach(other -> effective.put(pair(seat, other), reachable(seat, other)));
    settle();
    return seat;
  }

  /** One node's part of the grid. */
  public final class Seat {
    private final SimNode node;
    private final long life;
    private final Map<String, SimKnowledge> caches = new TreeMap<>();
    private final SimViews views;
    private Set<String> stable = new LinkedHashSet<>();
    private boolean gone;

    private Seat(SimNode node) {
      this.node = node;
      this.life = node.life();
      this.views = new SimViews();
    }

    public Views views() {
      return views;
    }

    /** The replicated cache of that name. */
    public Knowledge knowledge(String cache) {
      return cache(cache);
    }

    /** Leaves in order: the others have a new view at once and stay writable. */
    public void leave() {
      seats.remove(node.name(), this);
      gone = true;
      seats.values().forEach(seat -> seat.stable.remove(node.name()));
      settle();
    }

    private SimKnowledge cache(String cache) {
      return caches.computeIfAbsent(cache, key -> new SimKnowledge(this, key));
    }

    boolean alive() {
      return !gone && node.life() == life && node.up();
    }

    String name() {
      return node.name();
    }

    void run(Runnable task) {
      node.execute(life, task);
    }

    boolean writable() {
      return views.writable();
    }

    MabeamException readOnly() {
      return new MabeamException(
          ErrorCode.READ_ONLY, "node '" + name() + "' is on the smaller side of a cut");
    }

    List<Seat> group() {
      return views.view().members().stream().map(seats::get).filter(s -> s != null).toList();
    }

    Simulation simulation() {
      return simulation;
    }

    /** Applies a write here now if {@code writer} reaches this seat, else when it does. */
    void deliver(Seat writer, String cache, String key, JsonObject value, Runnable done) {
      boolean outOfView = !writer.views.view().members().contains(name());
      if (!alive() || outOfView || seats.get(name()) != this) {
        done.run();
        return;
      }
      SimNetwork network = simulation.network();
      if (!network.connected(writer.name(), name()) || node.state() == SimNode.State.PAUSED) {
        simulation.at(
            simulation.nanos() + RETRANSMIT_NANOS, () -> deliver(writer, cache, key, value, done));
        return;
      }
      cache(cache).apply(key, value);
      done.run();
    }
  }

  private static String pair(Seat a, Seat b) {
    return a.name().compareTo(b.name()) < 0
        ? a.name() + " " + b.name()
        : b.name() + " " + a.name();
  }

  private boolean reachable(Seat a, Seat b) {
    return a == b
        || a.alive()
            && b.alive()
            && a.node.state() == SimNode.State.RUNNING
            && b.node.state() == SimNode.State.RUNNING
            && simulation.network().connected(a.name(), b.name());
  }

  /** Something changed in the world; the grid notices what lasts, and late. */
  private void look() {
    List<Seat> all = List.copyOf(seats.values());
    for (Seat a : all) {
      for (Seat b : all) {
        if (a.name().compareTo(b.name()) < 0 && effective.get(pair(a, b)) != reachable(a, b)) {
          boolean crashed =
              a.node.state() == SimNode.State.CRASHED || b.node.state() == SimNode.State.CRASHED;
          recheckAfter(a, b, reachable(a, b), crashed ? CRASH_SEEN : SILENCE_SEEN);
        }
      }
    }
  }

  private void recheckAfter(Seat a, Seat b, boolean expected, Duration delay) {
    simulation.after(
        delay,
        () -> {
          boolean current = seats.get(a.name()) == a && seats.get(b.name()) == b;
          if (current
              && reachable(a, b) == expected
              && effective.get(pair(a, b)) != expected) {
            effective.put(pair(a, b), expected);
            settle();
          }
        });
  }

  /** Gives every group of nodes that reach each other one view, if they have not got it. */
  private void settle() {
    Set<Seat> left = new LinkedHashSet<>(seats.values());
    left.removeIf(seat -> !seat.alive());
    while (!left.isEmpty()) {
      List<Seat> group = new ArrayList<>(List.of(left.iterator().next()));
      for (int i = 0; i < group.size(); i++) {
        for (Seat other : left) {
          if (!group.contains(other) && effective.get(pair(group.get(i), other))) {
            group.add(other);
          }
        }
      }
      group.forEach(left::remove);
      List<Seat> ordered = seats.values().stream().filter(group::contains).toList();
      // A paused node installs no view; it finds out when it goes on.
      if (ordered.stream().allMatch(seat -> seat.node.state() == SimNode.State.RUNNING)) {
        install(ordered);
      }
    }
  }

  private void install(List<Seat> group) {
    List<String> names = group.stream().map(Seat::name).toList();
    boolean unchanged =
        group.stream().allMatch(seat -> seat.views.view().members().equals(names))
            && group.stream().map(seat -> seat.views.view().id()).distinct().count() == 1;
    if (unchanged) {
      return;
    }
    Set<Long> before = new LinkedHashSet<>();
    group.stream().map(s -> s.views.view()).filter(v -> v.id() > 0).forEach(v -> before.add(v.id()));
    boolean merged = before.size() > 1;
    Seat preferred = preferred(group);
    boolean writable = staysWritable(preferred, names);
    Set<String> stable = new LinkedHashSet<>(writable ? names : preferred.stable);
    GridView view = new GridView(++lastViewId, names, merged);
    for (Seat seat : group) {
      seat.stable = new LinkedHashSet<>(stable);
      if (seat != preferred) {
        preferred.caches.forEach((name, cache) -> seat.cache(name).replaceBy(cache.entries()));
      }
      seat.views.install(view, writable);
    }
  }

  /** Whose caches survive: a writable side's, else the larger one's, else the older one's. */
  private static Seat preferred(List<Seat> group) {
    Seat best = null;
    for (Seat seat : group) {
      boolean member = seat.views.view().id() > 0;
      if (member && (best == null || rank(seat) > rank(best))) {
        best = seat;
      }
    }
    return best == null ? group.get(0) : best;
  }

  private static int rank(Seat seat) {
    return (seat.writable() ? 10_000 : 0) + seat.views.view().members().size();
  }

  private static boolean staysWritable(Seat preferred, List<String> names) {
    if (preferred.stable.isEmpty()) {
      return true;
    }
    long survivors = preferred.stable.stream().filter(names::contains).count();
    return survivors * 2 > preferred.stable.size();
  }
}
