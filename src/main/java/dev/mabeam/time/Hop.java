package dev.mabeam.time;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The way to another thread: a hop takes along all that waits. Tasks keep their order; one that
 * fails is logged, and does not keep the next from running. Any thread.
 */
public final class Hop implements Executor {
  private static final System.Logger LOG = System.getLogger(Hop.class.getName());

  private static final int AT_A_TIME = 1_000;

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean underWay = new AtomicBoolean();
  private final Executor thread;

  /**
   * @param thread runs tasks there, in order
   */
  public Hop(Executor thread) {
    this.thread = thread;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (underWay.compareAndSet(false, true)) {
      thread.execute(this::run);
    }
  }

  private void run() {
    for (int done = 0; done < AT_A_TIME; done++) {
      Runnable task = tasks.poll();
      if (task == null) {
        underWay.set(false);
        // Whoever added one before that saw a hop under way.
        if (tasks.isEmpty() || !underWay.compareAndSet(false, true)) {
          return;
        }
      } else {
        run(task);
      }
    }
    thread.execute(this::run);
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error defect) {
      LOG.log(System.Logger.Level.ERROR, "a task failed", defect);
    }
  }
}
