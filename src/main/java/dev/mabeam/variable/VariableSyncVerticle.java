package dev.mabeam.variable;

import dev.mabeam.time.Scheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Function;

/** Runs a {@link VariableRoom} on an event loop of its own, from its deployment to its end. */
public final class VariableSyncVerticle extends VerticleBase {
  private final Function<Scheduler, VariableContext> context;
  private volatile VariableRoom room;

  /** {@code context} is asked for on the verticle's event loop. */
  public VariableSyncVerticle(Function<Scheduler, VariableContext> context) {
    this.context = context;
  }

  @Override
  public Future<Void> start() {
    room = VariableRoom.create(context.apply(new VertxScheduler(vertx, super.context)));
    return room.start();
  }

  @Override
  public Future<Void> stop() {
    return room == null ? Future.succeededFuture() : room.close();
  }

  /** The room, once the verticle is deployed. */
  public VariableRoom room() {
    return room;
  }
}
