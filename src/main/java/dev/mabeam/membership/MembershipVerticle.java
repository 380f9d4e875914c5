package dev.mabeam.membership;

import dev.mabeam.time.Scheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Function;

/**
 * Runs a {@link Membership} on an event loop of its own: starts it when it is deployed, and says
 * goodbye when it is undeployed.
 */
public final class MembershipVerticle extends VerticleBase {
  private final Function<Scheduler, Future<Membership>> create;
  private volatile Membership membership;

  /** {@code create} makes the membership on the scheduler that this verticle's context gives. */
  public MembershipVerticle(Function<Scheduler, Future<Membership>> create) {
    this.create = create;
  }

  @Override
  public Future<Void> start() {
    return create
        .apply(new VertxScheduler(vertx, context))
        .onSuccess(created -> membership = created)
        .compose(Membership::start);
  }

  @Override
  public Future<Void> stop() {
    return membership == null ? Future.succeededFuture() : membership.leave();
  }

  /**
   * The node has another id: the membership of the old one says goodbye, and a new one is created
   * and started in its place. Call it on this verticle's context.
   */
  public Future<Void> renew() {
    return stop().compose(left -> start());
  }

  /** The membership, once the verticle is deployed. */
  public Membership membership() {
    return membership;
  }
}
