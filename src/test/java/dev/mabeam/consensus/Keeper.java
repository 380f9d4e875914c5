package dev.mabeam.consensus;

import dev.mabeam.consensus.RoomWorld.Node;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * Keeps the number of voters up in a world where processes die with what they stored: it sees all
 * nodes at once, and does one step at a time through the leader's log.
 */
final class Keeper {
  private static final Duration LOOK = Duration.ofMillis(200);
  private static final long GIVE_UP_NANOS = Duration.ofSeconds(4).toNanos();

  private final RoomWorld world;
  private final int target;
  private Future<?> step = Future.succeededFuture();
  private long stepNanos;

  Keeper(RoomWorld world, int target) {
    this.world = world;
    this.target = target;
    look();
  }

  private void look() {
    world.sim.after(LOOK, this::look);
    boolean stuck = world.sim.nanos() - stepNanos > GIVE_UP_NANOS;
    Node leader = world.leader();
    if ((step.isComplete() || stuck) && leader != null) {
      stepNanos = world.sim.nanos();
      step = next(leader);
    }
  }

  private Future<?> next(Node leader) {
    Log log = leader.consensus.seat().log();
    Log.LogStatus status = log.status();
    for (Endpoint learner : status.learners()) {
      if (!world.keeps(learner)) {
        return change(log, learner, Log.Change.REMOVE);
      }
      if (status.matched().getOrDefault(learner, 0L) >= status.committed()) {
        return change(log, learner, Log.Change.PROMOTE);
      }
    }
    for (Endpoint voter : status.voters()) {
      if (!world.keeps(voter)) {
        return change(log, voter, Log.Change.REMOVE);
      }
    }
    if (status.voters().size() + status.learners().size() < target) {
      for (Node node : world.all()) {
        boolean takesPart =
            status.voters().contains(node.endpoint()) || status.learners().contains(node.endpoint());
        if (node.runs() && node.inside && node.expelled == null && !takesPart) {
          return enlist(leader, log, node);
        }
      }
    }
    return Future.succeededFuture();
  }

  private Future<?> enlist(Node leader, Log log, Node node) {
    Endpoint founder = leader.consensus.replica().members().founder();
    return node.consensus
        .seat()
        .enlist(node.self, founder)
        .compose(
            endpoint ->
                leader.runs()
                    ? change(log, endpoint, Log.Change.ADD_LEARNER)
                    : Future.succeededFuture());
  }

  private static Future<?> change(Log log, Endpoint endpoint, Log.Change change) {
    return log.change(endpoint, change, log.status().configuration()).otherwise(0L);
  }
}
