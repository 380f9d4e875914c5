package dev.mabeam.testing.sim;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A simulated machine with one process. A crash ends the process's life: its timers and what is on
 * the way to it are dropped. A pause keeps everything, as SIGSTOP does; the peers' kernels and this
 * one's still accept connections.
 */
public final class SimNode {
  /** How a node is, seen from outside. */
  public enum State {
    RUNNING,
    /** Alive, and executes nothing until it is resumed. */
    PAUSED,
    /** No process; the machine answers that nobody listens. */
    CRASHED,
    /** No machine: nothing answers at all. */
    OFF
  }

  private final Simulation simulation;
  private final String name;
  private final RandomGenerator random;
  private final Deque<Runnable> parked = new ArrayDeque<>();
  private final List<Runnable> atEnd = new ArrayList<>();
  private State state = State.CRASHED;
  private long life;
  private Duration wallSkew = Duration.ZERO;
  private Scheduler scheduler;

  SimNode(Simulation simulation, String name) {
    this.simulation = simulation;
    this.name = name;
    this.random = simulation.split();
  }

  void begin() {
    if (up()) {
      throw new IllegalStateException("node '" + name + "' is running");
    }
    state = State.RUNNING;
    life++;
    scheduler = new LifeScheduler(life);
    simulation.topologyChanged();
  }

  public String name() {
    return name;
  }

  public Simulation simulation() {
    return simulation;
  }

  public State state() {
    return state;
  }

  /** Whether there is a process, paused or not. */
  public boolean up() {
    return state == State.RUNNING || state == State.PAUSED;
  }

  /** Counts the starts: two lives of a node share nothing but name and address. */
  public long life() {
    return life;
  }

  /** Clock and timers of the present life; those of an earlier one never fire again. */
  public Scheduler scheduler() {
    return scheduler;
  }

  /** The node's own randomness. */
  public RandomGenerator random() {
    return random;
  }

  /** Sets how far the node's wall clock is ahead of true time; may jump, may be negative. */
  public void skewWall(Duration skew) {
    wallSkew = skew;
  }

  /** Ends the process. Its peers' connections are reset, its ports refuse. */
  public void crash() {
    end(State.CRASHED);
  }

  /** Takes the machine away: nothing answers, no connection is reset. */
  public void powerOff() {
    end(State.OFF);
  }

  private void end(State how) {
    if (up()) {
      life++;
      parked.clear();
    }
    state = how;
    List<Runnable> kernel = List.copyOf(atEnd);
    atEnd.clear();
    kernel.forEach(Runnable::run);
    simulation.topologyChanged();
  }

  /** What the machine does when the present life ends, however it ends. */
  void atEndOfLife(Runnable task) {
    atEnd.add(task);
  }

  /** Stops executing, as SIGSTOP does; does nothing to a node that is not running. */
  public void pause() {
    if (state == State.RUNNING) {
      state = State.PAUSED;
      simulation.topologyChanged();
    }
  }

  /** Executes what waited, in order, as SIGCONT does. */
  public void resume() {
    if (state == State.PAUSED) {
      state = State.RUNNING;
      long resumed = life;
      while (!parked.isEmpty()) {
        Runnable task = parked.poll();
        simulation.at(simulation.nanos(), () -> execute(resumed, task));
      }
      simulation.topologyChanged();
    }
  }

  /** Runs {@code task} now if that life still lasts, later if it is paused, else never. */
  public void execute(long ofLife, Runnable task) {
    if (ofLife != life) {
      return;
    }
    if (state == State.PAUSED) {
      parked.add(task);
    } else {
      task.run();
    }
  }

  private final class LifeScheduler implements Scheduler {
    private final long ofLife;

    LifeScheduler(long ofLife) {
      this.ofLife = ofLife;
    }

    @Override
    public long nanos() {
      return simulation.nanos();
    }

    @Override
    public long wallMillis() {
      return Simulation.WALL_START_MILLIS
          + simulation.nanos() / 1_000_000
          + wallSkew.toMillis();
    }

    @Override
    public Scheduled after(Duration delay, Runnable task) {
      Timer timer = new Timer(ofLife, null, task);
      timer.arm(delay);
      return timer;
    }

    @Override
    public Scheduled every(Duration period, Runnable task) {
      Timer timer = new Timer(ofLife, period, task);
      timer.arm(period);
      return timer;
    }
  }

  private final class Timer implements Scheduler.Scheduled {
    private final long ofLife;
    private final Duration period;
    private final Runnable task;
    private boolean cancelled;

    Timer(long ofLife, Duration period, Runnable task) {
      this.ofLife = ofLife;
      this.period = period;
      this.task = task;
    }

    /** At least a microsecond, so that a period of zero cannot stop the clock. */
    void arm(Duration delay) {
      long when = simulation.nanos() + Math.max(1_000, delay.toNanos());
      simulation.at(when, () -> execute(ofLife, this::fire));
    }

    private void fire() {
      if (cancelled) {
        return;
      }
      if (period != null) {
        arm(period);
      }
      task.run();
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  @Override
  public String toString() {
    return name + "(" + state + ", life " + life + ")";
  }
}
