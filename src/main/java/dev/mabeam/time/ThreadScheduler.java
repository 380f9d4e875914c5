package dev.mabeam.time;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * {@link Scheduler} on a thread of its own, which does nothing else: for work that may wait for a
 * disk, or has more to do than an event loop should bear. Every method may be called on any thread.
 *
 * <p>Guaranteed: tasks given to {@link #execute} by one thread keep their order, and however many
 * of them wait, timers that are due come in between; a task that fails, be it for lack of memory,
 * is logged, and ends neither the thread nor its own repetition. <em>Not</em> guaranteed: that
 * anything which waits when {@link #close} is called still runs.
 */
public final class ThreadScheduler implements Scheduler, AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ThreadScheduler.class.getName());

  /** After how many tasks it looks at the clock. */
  private static final int TASKS_BETWEEN_LOOKS = 32;

  private record Due(long nanos, long order, Timer timer) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int byTime = Long.signum(nanos - other.nanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  /** Touched on the thread only. */
  private final PriorityQueue<Due> timers = new PriorityQueue<>();
  private final AtomicLong lastOrder = new AtomicLong();
  private final Thread thread;
  private volatile boolean resting;
  private volatile boolean closed;

  private ThreadScheduler(String name) {
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** One whose thread, a daemon, runs under that name until it is closed. */
  public static ThreadScheduler start(String name) {
    ThreadScheduler scheduler = new ThreadScheduler(name);
    scheduler.thread.start();
    return scheduler;
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public void execute(Runnable task) {
    if (closed) {
      return;
    }
    tasks.add(task);
    if (resting) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public Scheduled after(Duration delay, Runnable task) {
    return set(new Timer(task, 0), delay.toNanos());
  }

  @Override
  public Scheduled every(Duration period, Runnable task) {
    long nanos = Math.max(1, period.toNanos());
    return set(new Timer(task, nanos), nanos);
  }

  private Timer set(Timer timer, long delayNanos) {
    Due due = new Due(nanos() + Math.max(0, delayNanos), lastOrder.incrementAndGet(), timer);
    if (Thread.currentThread() == thread) {
      timers.add(due);
    } else {
      execute(() -> timers.add(due));
    }
    return timer;
  }

  /** Whether the caller is on this scheduler's thread. */
  public boolean here() {
    return Thread.currentThread() == thread;
  }

  /** Runs nothing more, and waits for the end of what runs now unless it is the caller. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    if (!here()) {
      try {
        thread.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run() {
    int sinceLook = 0;
    while (!closed) {
      Runnable task = tasks.poll();
      if (task != null) {
        run(task);
        sinceLook++;
      }
      if (task == null || sinceLook >= TASKS_BETWEEN_LOOKS) {
        sinceLook = 0;
        runTimers();
        if (task == null) {
          rest();
        }
      }
    }
  }

  private void runTimers() {
    long now = nanos();
    while (!closed && !timers.isEmpty() && timers.peek().nanos - now <= 0) {
      Due due = timers.poll();
      if (!due.timer.cancelled) {
        run(due.timer.task);
        due.timer.again(due.nanos);
      }
    }
  }

  private void rest() {
    resting = true;
    // Whoever added a task before that did not wake this thread.
    if (tasks.isEmpty() && !closed) {
      if (timers.isEmpty()) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, Math.max(0, timers.peek().nanos - nanos()));
      }
    }
    resting = false;
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error defect) {
      LOG.log(System.Logger.Level.ERROR, "a task failed", defect);
    }
  }

  private final class Timer implements Scheduled {
    private final Runnable task;
    private final long periodNanos;
    private volatile boolean cancelled;

    Timer(Runnable task, long periodNanos) {
      this.task = task;
      this.periodNanos = periodNanos;
    }

    /** The next turn keeps the pace; turns that a stall has eaten are not made up for. */
    void again(long dueNanos) {
      if (periodNanos > 0 && !cancelled) {
        long next = Math.max(dueNanos + periodNanos, nanos());
        timers.add(new Due(next, lastOrder.incrementAndGet(), this));
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }
}
