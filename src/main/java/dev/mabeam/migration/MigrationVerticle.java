package dev.mabeam.migration;

import dev.mabeam.time.Scheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Function;

/** Runs a {@link MigrationRoom} on an event loop of its own, from its deployment to its end. */
public final class MigrationVerticle extends VerticleBase {
  private final Function<Scheduler, MigrationContext> create;
  private volatile MigrationRoom room;

  /** {@code create} is asked for what the room works with on the verticle's event loop. */
  public MigrationVerticle(Function<Scheduler, MigrationContext> create) {
    this.create = create;
  }

  @Override
  public Future<?> start() {
    room = MigrationRoom.create(create.apply(new VertxScheduler(vertx, context)));
    return room.start();
  }

  @Override
  public Future<?> stop() {
    return room == null ? Future.succeededFuture() : room.close();
  }

  /** The room, once the verticle is deployed. */
  public MigrationRoom room() {
    return room;
  }
}
