package dev.mabeam.agent;

import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/** The shell of a room on a simulated machine: one thread, and the world's network. */
final class SimShell implements Shell, Homes {
  private final Scheduler scheduler;
  private final Outgoing.Sender wire;
  private final Home home;
  private Consumer<Buffer> inbound;
  private Consumer<Buffer> undelivered;

  SimShell(Scheduler scheduler, Outgoing.Sender wire) {
    this.scheduler = scheduler;
    this.wire = wire;
    home = Home.on(scheduler::execute);
  }

  /** Whether somebody listened, and has it now. */
  boolean arrive(Buffer batch) {
    Consumer<Buffer> listening = inbound;
    if (listening != null) {
      listening.accept(batch);
    }
    return listening != null;
  }

  void handBack(Buffer batch) {
    if (undelivered != null) {
      undelivered.accept(batch);
    }
  }

  @Override
  public Homes homes() {
    return this;
  }

  @Override
  public Outgoing.Sender wire() {
    return wire;
  }

  @Override
  public Future<Void> open(
      Consumer<Buffer> inbound, Consumer<Buffer> undelivered, Agents agents) {
    this.inbound = inbound;
    this.undelivered = undelivered;
    return Future.succeededFuture();
  }

  @Override
  public Future<Home> deploy(AgentVerticle verticle) {
    return Future.failedFuture("no Vert.x here");
  }

  @Override
  public Future<Void> undeploy(AgentVerticle verticle) {
    return Future.succeededFuture();
  }

  @Override
  public void gone(String node) {}

  @Override
  public Future<Void> leave() {
    inbound = null;
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  @Override
  public Home of(String agent) {
    return home;
  }

  @Override
  public boolean onLoop() {
    return true;
  }

  @Override
  public void later(Runnable task) {
    scheduler.execute(task);
  }

  @Override
  public int ownShard() {
    return 0;
  }
}
