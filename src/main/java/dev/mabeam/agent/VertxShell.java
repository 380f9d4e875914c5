package dev.mabeam.agent;

import dev.mabeam.bus.Addresses;
import dev.mabeam.time.Scheduler;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Consumer;

/** The {@link Shell} of a room on a clustered Vert.x: its contexts and its event bus. */
final class VertxShell implements Shell {
  private final Vertx vertx;
  private final int contexts;
  private final ClassLoader loader;
  private final Hosts hosts;
  private volatile Consumer<Buffer> undelivered;
  private final Transport transport;
  private MessageConsumer<Object> door;

  VertxShell(
      Vertx vertx, String nodeId, int contexts, ClassLoader loader, Scheduler scheduler) {
    this.vertx = vertx;
    this.contexts = contexts;
    this.loader = loader;
    hosts = new Hosts(vertx, nodeId, loader);
    transport = new Transport(vertx, scheduler, batch -> undelivered.accept(batch));
  }

  @Override
  public Homes homes() {
    return hosts;
  }

  @Override
  public Outgoing.Sender wire() {
    return transport;
  }

  @Override
  public Future<Void> open(
      Consumer<Buffer> inbound, Consumer<Buffer> undelivered, Agents agents) {
    this.undelivered = undelivered;
    return hosts
        .start(contexts, inbound::accept)
        .compose(
            started -> {
              door = vertx.eventBus().consumer(Addresses.AGENTS, new Door(agents)::enter);
              return door.completion();
            });
  }

  @Override
  public Future<Home> deploy(AgentVerticle verticle) {
    DeploymentOptions options =
        new DeploymentOptions()
            .setConfig(verticle.agent().config())
            .setThreadingModel(verticle.model())
            .setClassLoader(loader);
    return vertx
        .deployVerticle(verticle, options)
        .map(id -> Home.on(task -> verticle.home().runOnContext(none -> task.run())));
  }

  /** It is gone already if the verticle that deployed it is. */
  @Override
  public Future<Void> undeploy(AgentVerticle verticle) {
    String id = verticle.home().deploymentID();
    return vertx.deploymentIDs().contains(id) ? vertx.undeploy(id) : Future.succeededFuture();
  }

  @Override
  public void gone(String node) {
    transport.gone(node);
  }

  @Override
  public Future<Void> leave() {
    return (door == null ? Future.<Void>succeededFuture() : door.unregister())
        .otherwiseEmpty()
        .compose(none -> hosts.leave());
  }

  @Override
  public Future<Void> close() {
    return hosts.close();
  }
}
