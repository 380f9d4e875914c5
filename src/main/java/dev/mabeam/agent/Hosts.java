package dev.mabeam.agent;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The few event-loop contexts that a node's plain agents share, and on which what is sent to them
 * comes in. Any thread.
 */
final class Hosts implements Homes {
  private final Vertx vertx;
  private final ClassLoader loader;
  private final String nodeId;
  private final Map<Thread, Integer> shards = new ConcurrentHashMap<>();
  private final List<MessageConsumer<Buffer>> consumers = new CopyOnWriteArrayList<>();
  private Home[] hosts;
  private Handler<Buffer> inbound;
  private String deployment;

  Hosts(Vertx vertx, String nodeId, ClassLoader loader) {
    this.vertx = vertx;
    this.nodeId = nodeId;
    this.loader = loader;
  }

  /** {@code inbound} gets each batch on the context of its shard. */
  Future<Void> start(int count, Handler<Buffer> inbound) {
    this.inbound = inbound;
    hosts = new Home[count];
    AtomicInteger number = new AtomicInteger();
    DeploymentOptions options =
        new DeploymentOptions().setInstances(count).setClassLoader(loader);
    return vertx
        .deployVerticle(() -> new HostVerticle(number.getAndIncrement()), options)
        .onSuccess(id -> deployment = id)
        .mapEmpty();
  }

  /** Where that agent runs, unless it has a context of its own. */
  @Override
  public Home of(String agent) {
    return hosts[Math.floorMod(Shards.spread(agent), hosts.length)];
  }

  @Override
  public boolean onLoop() {
    Context current = Vertx.currentContext();
    return current != null && current.isEventLoopContext();
  }

  @Override
  public void later(Runnable task) {
    Vertx.currentContext().runOnContext(none -> task.run());
  }

  @Override
  public int ownShard() {
    return shards.getOrDefault(Thread.currentThread(), 0);
  }

  /**
   * As many as a node like this one has event loops to serve them: more would be more batches to
   * the same loops, and one that has more loses a hop.
   */
  @Override
  public int shards() {
    return Integer.highestOneBit(Math.min(Shards.COUNT, hosts.length));
  }

  /** Lets nothing more come in. */
  Future<Void> leave() {
    return Future.join(consumers.stream().map(MessageConsumer::unregister).toList())
        .otherwiseEmpty()
        .mapEmpty();
  }

  /** Does not mind if the verticle that deployed them has taken them along. */
  Future<Void> close() {
    return deployment == null
        ? Future.succeededFuture()
        : vertx.undeploy(deployment).otherwiseEmpty();
  }

  /** Has a context; serves those shards whose turn it is. */
  private final class HostVerticle extends VerticleBase {
    private final int number;

    HostVerticle(int number) {
      this.number = number;
    }

    @Override
    public Future<?> start() {
      hosts[number] = Home.on(task -> context.runOnContext(none -> task.run()));
      List<Future<Void>> served = new ArrayList<>();
      for (int shard = number; shard < Shards.COUNT; shard += hosts.length) {
        shards.putIfAbsent(Thread.currentThread(), shard);
        MessageConsumer<Buffer> consumer =
            vertx
                .eventBus()
                .consumer(
                    Shards.address(nodeId, shard), message -> inbound.handle(message.body()));
        consumers.add(consumer);
        served.add(consumer.completion());
      }
      return Future.join(served);
    }
  }
}
