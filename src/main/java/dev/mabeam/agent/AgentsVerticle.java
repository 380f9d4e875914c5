package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.Function;

/**
 * Runs an {@link AgentRoom} on an event loop of its own. Close the room before this is undeployed:
 * Vert.x takes what a verticle has deployed, agents that are verticles too, along before its stop.
 */
public final class AgentsVerticle extends VerticleBase {
  private final Function<Scheduler, AgentRoom> create;
  private volatile AgentRoom room;

  /** {@code create} makes the room on the scheduler that this verticle's context gives. */
  public AgentsVerticle(Function<Scheduler, AgentRoom> create) {
    this.create = create;
  }

  @Override
  public Future<?> start() {
    room = create.apply(new VertxScheduler(vertx, context));
    return room.start();
  }

  @Override
  public Future<?> stop() {
    return room == null ? Future.succeededFuture() : room.close();
  }

  /** The room, once the verticle is deployed. */
  public AgentRoom room() {
    return room;
  }
}
