package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * Deploying and undeploying from this node: a node is chosen, the directory decides, and the
 * directory's copy here tells when the owner has done its part. On the room's context.
 */
final class Deployments {
  /** What decisions may add to a start or a stop. */
  private static final Duration DECIDING = Duration.ofSeconds(5);
  /** A node that was chosen can be gone when it is decided: then another one is. */
  private static final int CHOICES = 3;

  private final Places places;
  private final Proposals proposals;
  private final Awaited awaited;
  private final Duration limit;

  Deployments(Places places, Proposals proposals, Awaited awaited, Duration limit) {
    this.places = places;
    this.proposals = proposals;
    this.awaited = awaited;
    this.limit = limit;
  }

  Future<AgentInfo> deploy(AgentSpec spec) {
    return decide(spec, CHOICES)
        .compose(epoch -> awaited.started(spec.id(), epoch, limit.plus(DECIDING)));
  }

  private Future<Long> decide(AgentSpec spec, int choices) {
    String node;
    try {
      node = places.choose(spec);
    } catch (MabeamException unsuitable) {
      return Future.failedFuture(unsuitable);
    }
    return proposals
        .submit(new Op.Deploy(spec, node))
        .recover(
            failure -> {
              places.givenUp(spec.id());
              boolean nodeWent = MabeamException.of(failure).code() == ErrorCode.UNAVAILABLE;
              return nodeWent && choices > 1
                  ? decide(spec, choices - 1)
                  : Future.failedFuture(failure);
            });
  }

  Future<Void> undeploy(String id) {
    return proposals
        .submit(new Op.Undeploy(id))
        .compose(epoch -> awaited.ended(id, epoch, limit.multipliedBy(2).plus(DECIDING)));
  }
}
