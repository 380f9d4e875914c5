package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import java.util.ArrayDeque;

/**
 * Of which epoch this node knew when: epochs are indexes of the log, so who knows of one knows of
 * every decision before it. What was sent when a decision was known was sent after that. Of what is
 * long ago, or was before this node was there, nothing is known. Any thread.
 */
final class Known {
  private static final int MOST = 1_024;

  private record Moment(long nanos, long epoch) {}

  private final Scheduler scheduler;
  /** Both only grow. */
  private final ArrayDeque<Moment> moments = new ArrayDeque<>();

  Known(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** It is known from now on. */
  synchronized void heard(long epoch) {
    if (moments.isEmpty() || epoch > moments.getLast().epoch()) {
      if (moments.size() >= MOST) {
        moments.removeFirst();
      }
      moments.addLast(new Moment(scheduler.nanos(), epoch));
    }
  }

  /** The highest epoch that was known at that moment for certain; 0 for none. */
  synchronized long at(long nanos) {
    var newestFirst = moments.descendingIterator();
    while (newestFirst.hasNext()) {
      Moment moment = newestFirst.next();
      if (moment.nanos() - nanos <= 0) {
        return moment.epoch();
      }
    }
    return 0;
  }
}
