package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * What all activations of a node share.
 *
 * @param writes runs tasks on the checkpoints' thread
 * @param rounds when agents write checkpoints
 * @param post takes what agents have told
 * @param limit how long a start, a last message or a stop may take
 */
record Stage(
    Vertx vertx,
    String nodeId,
    Agents agents,
    Services services,
    AgentTypes types,
    Shell shell,
    Mailbox.Rules rules,
    AgentRules agentRules,
    Keeping keeping,
    RunQueue writes,
    WriteRounds rounds,
    Post post,
    Scheduler scheduler,
    Duration limit) {
  private static final System.Logger LOG = System.getLogger(Stage.class.getName());

  /** Sends what an agent has told; any thread. */
  @FunctionalInterface
  interface Post {
    /** Completes when {@code target} has handled it and that is kept. */
    Future<Void> tell(Stamp stamp, String target, Object encoded);
  }

  /**
   * Ends as {@code task} does, or with a failure when its time is up.
   *
   * @param what of the agent of that id it is
   */
  Future<Void> limited(String id, String what, Future<?> task) {
    Promise<Void> result = Promise.promise();
    if (task.isComplete()) {
      task.<Void>mapEmpty().onComplete(result);
      return result.future();
    }
    Scheduler.Scheduled giveUp =
        scheduler.after(limit, () -> result.tryFail(AgentErrors.tooLong(id, what, limit)));
    task.onComplete(
        done -> {
          giveUp.cancel();
          if (!result.tryComplete()) {
            LOG.log(Level.WARNING, "agent ''{0}'': {1} ended after it was given up", id, what);
          }
        },
        failure -> {
          giveUp.cancel();
          result.tryFail(failure);
        });
    return result.future();
  }
}
