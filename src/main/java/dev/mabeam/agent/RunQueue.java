package dev.mabeam.agent;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs what is ready, one after another, on one context. A burst from another thread costs one hop,
 * not one each, and after a while the context gets its turn for other things.
 */
final class RunQueue {
  private static final int TURN = 32;

  private final Executor context;
  private final Queue<Runnable> ready = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  RunQueue(Executor context) {
    this.context = context;
  }

  /** Any thread. */
  void add(Runnable task) {
    ready.add(task);
    schedule();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      context.execute(this::run);
    }
  }

  private void run() {
    try {
      Runnable task;
      for (int i = 0; i < TURN && (task = ready.poll()) != null; i++) {
        task.run();
      }
    } finally {
      scheduled.set(false);
      if (!ready.isEmpty()) {
        schedule();
      }
    }
  }
}
