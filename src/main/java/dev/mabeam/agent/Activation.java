package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.util.concurrent.Callable;

/**
 * One agent, running on this node at one epoch: made and started on its context, given its messages
 * by its mailbox, stopped once. Messages may come from the beginning; they wait for the start.
 *
 * <p>A start or a stop that does not end in time is given up: the start has failed then, and an
 * agent that starts after all is stopped at once.
 */
final class Activation implements AgentContext {
  private static final System.Logger LOG = System.getLogger(Activation.class.getName());

  private final Entry entry;
  private final Stage stage;
  private final Mailbox mailbox;
  private Agent agent;
  private Context context;
  /** Null until it is started; of a verticle's deployment. */
  private String deployment;
  private Future<Void> starting;
  private Future<Void> stopped;
  /** Nobody wants it any more. */
  private boolean ended;

  Activation(Entry entry, Stage stage) {
    this.entry = entry;
    this.stage = stage;
    this.mailbox = new Mailbox(entry.id(), stage.rules());
  }

  /**
   * Fails with NOT_FOUND, FORBIDDEN or INVALID if there is no such type here,
   * FAILED_TO_START_ON_TARGET if the start failed.
   */
  Future<Void> start() {
    starting = limited(stage.types().maker(entry.spec().type()).compose(this::make), "start()")
        .onSuccess(started -> starting = null);
    return starting;
  }

  private Future<Void> make(AgentTypes.Maker maker) {
    Hosts.Host host = stage.hosts().of(id());
    return on(host.context(), () -> start(maker, host))
        .recover(failure -> Future.failedFuture(startFailed(failure)));
  }

  private Future<?> start(AgentTypes.Maker maker, Hosts.Host host) throws Exception {
    Agent made = made(maker);
    if (made instanceof AgentVerticle verticle) {
      return deploy(verticle);
    }
    Future<?> start = made.start(this);
    if (start == null) {
      return Future.failedFuture("start() returned null");
    }
    return start.onSuccess(started -> opened(made, host.context(), host.queue()));
  }

  private static Agent made(AgentTypes.Maker maker) throws Exception {
    try {
      return maker.make();
    } catch (Exception | Error failure) {
      throw failure;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  private Future<Void> deploy(AgentVerticle verticle) {
    verticle.bind(this);
    DeploymentOptions options =
        new DeploymentOptions()
            .setConfig(config())
            .setThreadingModel(verticle.model())
            .setClassLoader(stage.types().loader());
    return stage
        .vertx()
        .deployVerticle(verticle, options)
        .onSuccess(
            id -> {
              deployment = id;
              Hosts.Host own = Hosts.Host.on(verticle.home());
              opened(verticle, own.context(), own.queue());
            })
        .mapEmpty();
  }

  private void opened(Agent made, Context on, RunQueue queue) {
    boolean late;
    synchronized (this) {
      context = on;
      agent = made;
      late = ended;
    }
    if (late) {
      limited(sayGoodbye(), "stop()").onFailure(this::logStop);
    } else {
      mailbox.open(made::receive, queue);
    }
  }

  private MabeamException startFailed(Throwable failure) {
    LOG.log(Level.WARNING, "agent '" + id() + "' failed to start on " + nodeId(), failure);
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        "agent '" + id() + "' of type " + entry.spec().type() + " failed to start on " + nodeId()
            + ": " + why,
        "it is not deployed; the log of that node has the stack trace",
        failure);
  }

  /** Ends as {@code task} does, or with a failure when its time is up. */
  private Future<Void> limited(Future<?> task, String what) {
    Promise<Void> result = Promise.promise();
    if (task.isComplete()) {
      task.<Void>mapEmpty().onComplete(result);
      return result.future();
    }
    Scheduler.Scheduled giveUp =
        stage.scheduler().after(stage.limit(), () -> result.tryFail(tooLong(what)));
    task.onComplete(
        done -> {
          giveUp.cancel();
          if (!result.tryComplete()) {
            LOG.log(Level.WARNING, "agent ''{0}'': {1} ended after it was given up", id(), what);
          }
        },
        failure -> {
          giveUp.cancel();
          result.tryFail(failure);
        });
    return result.future();
  }

  private MabeamException tooLong(String what) {
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        what + " of agent '" + id() + "' did not end within " + stage.limit().toMillis() + " ms",
        "complete its future, do not block, and do what takes longer afterwards");
  }

  /** Refuses messages from now on; completes when the agent has stopped, or had its time. */
  Future<Void> stop() {
    if (stopped == null) {
      Future<Void> last = mailbox.close();
      Future<Void> started = starting == null ? Future.succeededFuture() : starting;
      stopped =
          started
              .otherwiseEmpty()
              .compose(none -> limited(last, "the last message"))
              .recover(this::logStop)
              .compose(none -> end())
              .recover(this::logStop);
    }
    return stopped;
  }

  /** What has not started yet says goodbye when it has. */
  private Future<Void> end() {
    boolean there;
    synchronized (this) {
      ended = true;
      there = agent != null;
    }
    return there ? limited(sayGoodbye(), "stop()") : Future.succeededFuture();
  }

  private Future<?> sayGoodbye() {
    if (deployment == null) {
      return on(context, () -> agent.stop());
    }
    // It is gone already if the verticle that deployed it is.
    return stage.vertx().deploymentIDs().contains(deployment)
        ? stage.vertx().undeploy(deployment)
        : Future.succeededFuture();
  }

  private Future<Void> logStop(Throwable failure) {
    LOG.log(Level.WARNING, "agent '" + id() + "' did not stop well; it is gone", failure);
    return Future.succeededFuture();
  }

  private static Future<Void> on(Context context, Callable<Future<?>> task) {
    Promise<Void> result = Promise.promise();
    context.runOnContext(
        none -> {
          try {
            Future<?> done = task.call();
            (done == null ? Future.succeededFuture() : done).<Void>mapEmpty().onComplete(result);
          } catch (Throwable failure) {
            result.fail(failure);
          }
        });
    return result.future();
  }

  Mailbox mailbox() {
    return mailbox;
  }

  @Override
  public String id() {
    return entry.id();
  }

  @Override
  public long epoch() {
    return entry.epoch();
  }

  @Override
  public String nodeId() {
    return stage.nodeId();
  }

  @Override
  public JsonObject config() {
    return entry.spec().config();
  }

  @Override
  public Vertx vertx() {
    return stage.vertx();
  }

  @Override
  public Agents agents() {
    return stage.agents();
  }

  @Override
  public Scheduler.Scheduled timer(java.time.Duration delay, Runnable task) {
    return stage.scheduler().after(delay, () -> context.runOnContext(none -> task.run()));
  }

  @Override
  public Scheduler.Scheduled periodic(java.time.Duration period, Runnable task) {
    return stage.scheduler().every(period, () -> context.runOnContext(none -> task.run()));
  }

  @Override
  public void remind(String name, java.time.Duration delay, Object body) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void forgetReminder(String name) {}

  @Override
  public Effect effect(String key) {
    return new Effect(id(), epoch(), key);
  }

  @Override
  public <T> T service(Class<T> type) {
    return stage.services().get(type);
  }
}
