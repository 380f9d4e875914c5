package dev.mabeam.agent;

import java.util.ArrayList;
import java.util.List;

/**
 * Tasks that one thread has for another: what it adds in one turn of its own goes over at the end
 * of that turn, together, in one hop, and is one turn there. On the thread that adds.
 */
final class Bundle {
  private List<Runnable> tasks;

  /**
   * Has {@code task} run there.
   *
   * @param here this thread's queue
   */
  void add(Runnable task, RunQueue here, RunQueue there) {
    if (tasks == null) {
      tasks = new ArrayList<>();
      here.add(() -> handOver(there));
    }
    tasks.add(task);
  }

  private void handOver(RunQueue there) {
    List<Runnable> all = tasks;
    tasks = null;
    runAll(all, there);
  }

  /** Has them run there, as one turn. Any thread. */
  static void runAll(List<Runnable> all, RunQueue there) {
    there.add(() -> run(all, 0, there));
  }

  /** One that fails does not keep the others from running. */
  private static void run(List<Runnable> all, int from, RunQueue there) {
    int at = from;
    try {
      while (at < all.size()) {
        all.get(at++).run();
      }
    } finally {
      if (at < all.size()) {
        int next = at;
        there.add(() -> run(all, next, there));
      }
    }
  }
}
