package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * What all activations of a node share.
 *
 * @param writes runs tasks on the checkpoints' thread
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
    Post post,
    Scheduler scheduler,
    Duration limit) {

  /** Sends what an agent has told; any thread. */
  @FunctionalInterface
  interface Post {
    /** Completes when {@code target} has handled it and that is kept. */
    Future<Void> tell(Stamp stamp, String target, Object encoded);
  }
}
