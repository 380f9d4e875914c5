package dev.mabeam.migration;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * How much all moves from this node may have on the line at a time, so that many large states
 * together delay what else goes over the link no more than one does. Whoever gets nothing is called
 * when there may be some again, in order.
 */
final class Budget {
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int left;

  Budget(int chunks) {
    left = chunks;
  }

  /** One chunk's worth; if there is none, {@code again} is called once when there may be. */
  boolean take(Runnable again) {
    if (left == 0) {
      if (!waiting.contains(again)) {
        waiting.add(again);
      }
      return false;
    }
    left--;
    return true;
  }

  void give(int chunks) {
    left += chunks;
    while (left > 0 && !waiting.isEmpty()) {
      waiting.poll().run();
    }
  }

  /** {@code again} is of no interest any more. */
  void forget(Runnable again) {
    waiting.remove(again);
  }
}
