package dev.mabeam.recovery;

import dev.mabeam.time.Scheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Future;
import java.util.function.Function;

/** Runs a {@link Recovery} on an event loop of its own, from its deployment to its end. */
public final class RecoveryVerticle extends VerticleBase {
  private final Function<Scheduler, RecoveryContext> create;
  private volatile Recovery recovery;

  /** {@code create} is asked for what it works with on the verticle's event loop. */
  public RecoveryVerticle(Function<Scheduler, RecoveryContext> create) {
    this.create = create;
  }

  @Override
  public Future<?> start() {
    recovery = Recovery.create(create.apply(new VertxScheduler(vertx, context)));
    recovery.start();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    if (recovery != null) {
      recovery.close();
    }
    return Future.succeededFuture();
  }

  /** It, once the verticle is deployed. */
  public Recovery recovery() {
    return recovery;
  }
}
