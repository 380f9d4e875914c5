package dev.mabeam.agent;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The few event-loop contexts that a node's plain agents share. Any thread. */
final class Hosts {
  /** A context, and what is to run on it. */
  record Host(Context context, RunQueue queue) {
    static Host on(Context context) {
      return new Host(
          context, new RunQueue(task -> context.runOnContext(none -> task.run())));
    }
  }

  private final Vertx vertx;
  private final ClassLoader loader;
  private final List<Host> hosts = new CopyOnWriteArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private String deployment;

  Hosts(Vertx vertx, ClassLoader loader) {
    this.vertx = vertx;
    this.loader = loader;
  }

  Future<Void> start(int count) {
    DeploymentOptions options =
        new DeploymentOptions().setInstances(count).setClassLoader(loader);
    return vertx.deployVerticle(() -> new HostVerticle(hosts), options)
        .onSuccess(id -> deployment = id)
        .mapEmpty();
  }

  /** Each in turn: idle agents weigh the same. */
  Host next() {
    return hosts.get(Math.floorMod(next.getAndIncrement(), hosts.size()));
  }

  /** Does not mind if the verticle that deployed them has taken them along. */
  Future<Void> close() {
    return deployment == null
        ? Future.succeededFuture()
        : vertx.undeploy(deployment).otherwiseEmpty();
  }

  /** Has a context, and does nothing with it. */
  private static final class HostVerticle extends VerticleBase {
    private final List<Host> hosts;

    HostVerticle(List<Host> hosts) {
      this.hosts = hosts;
    }

    @Override
    public Future<?> start() {
      hosts.add(Host.on(context));
      return Future.succeededFuture();
    }
  }
}
