package dev.mabeam.variable;

import dev.mabeam.event.ClusterEvent;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Dot;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Tells the cluster what happens to variables. A node's log of events is for what is rare, and
 * variables are written a thousand times a second: of each kind only so many are told; metrics
 * count all.
 */
final class VariableEvents {
  private static final Duration BETWEEN_UPDATES = Duration.ofSeconds(5);
  private static final int CONFLICTS_A_SECOND = 10;
  private static final int MASTERS_A_SECOND = 50;

  private final String nodeId;
  private final Consumer<ClusterEvent> events;
  private final Pace updates;
  private final Pace conflicts;
  private final Pace masters;

  VariableEvents(String nodeId, Consumer<ClusterEvent> events, Scheduler scheduler) {
    this.nodeId = nodeId;
    this.events = events;
    updates = new Pace(1, BETWEEN_UPDATES, scheduler);
    conflicts = new Pace(CONFLICTS_A_SECOND, Duration.ofSeconds(1), scheduler);
    masters = new Pace(MASTERS_A_SECOND, Duration.ofSeconds(1), scheduler);
  }

  /** This node took a write. */
  void updated(String name) {
    if (updates.passes()) {
      events.accept(new ClusterEvent.VariableUpdated(name, nodeId));
    }
  }

  /** This node has become its master. */
  void master(VariableInfo info) {
    if (masters.passes()) {
      events.accept(new ClusterEvent.VariableMaster(info.name(), info.master(), info.epoch()));
    }
  }

  /** Concurrent writes have met, and {@code losers} of them give way to {@code winner}. */
  void conflict(VariableInfo info, Dot winner, int losers) {
    if (conflicts.passes()) {
      String strategy = info.options().conflict().word();
      String dot = winner.store() + "/" + winner.n();
      events.accept(new ClusterEvent.VariableConflict(info.name(), strategy, dot, losers));
    }
  }
}
