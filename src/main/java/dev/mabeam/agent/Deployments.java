package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/**
 * Deploying and undeploying from this node: a node is chosen, the directory decides, and the
 * directory's copy here tells when the owner has done its part. On the room's context.
 */
final class Deployments {
  /** What decisions may add to a start or a stop. */
  private static final Duration DECIDING = Duration.ofSeconds(5);
  /** A start, the last message, the last checkpoint and the stop: each has its limit. */
  private static final int STEPS_OF_AN_END = 4;
  /** A node that was chosen can be gone when it is decided: then another one is. */
  private static final int CHOICES = 3;

  private final AgentDirectory directory;
  private final Places places;
  private final Keeping.Chooser stores;
  private final Proposals proposals;
  private final Awaited awaited;
  private final Duration limit;

  Deployments(
      AgentDirectory directory,
      Places places,
      Keeping.Chooser stores,
      Proposals proposals,
      Awaited awaited,
      Duration limit) {
    this.directory = directory;
    this.places = places;
    this.stores = stores;
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
        .submit(new Op.Deploy(spec, node, stores(spec, node)))
        .recover(
            failure -> {
              places.givenUp(spec.id());
              return choices > 1 && isOfThatNode(spec, failure)
                  ? decide(spec, choices - 1)
                  : Future.failedFuture(failure);
            });
  }

  /** The node went, or was cordoned; CONFLICT is also said of an id that is in use. */
  private boolean isOfThatNode(AgentSpec spec, Throwable failure) {
    ErrorCode code = MabeamException.of(failure).code();
    return code == ErrorCode.UNAVAILABLE
        || code == ErrorCode.CONFLICT && directory.entry(spec.id()) == null;
  }

  private List<String> stores(AgentSpec spec, String node) {
    return spec.durability() == AgentSpec.Durability.VOLATILE
        ? List.of()
        : stores.choose(spec.id(), node);
  }

  Future<Void> undeploy(String id) {
    Duration atMost = limit.multipliedBy(STEPS_OF_AN_END).plus(DECIDING);
    return proposals
        .submit(new Op.Undeploy(id))
        .compose(epoch -> awaited.ended(id, epoch, atMost));
  }
}
