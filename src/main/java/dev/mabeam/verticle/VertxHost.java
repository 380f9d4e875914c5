package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;

/** Runs verticles on a Vert.x, with the users' class loader and a limit on starts and stops. */
final class VertxHost implements VerticleHost {
  private static final System.Logger LOG = System.getLogger(VertxHost.class.getName());
  /** How long Vert.x may take to clean up before nobody waits for it any more. */
  private static final Duration GRACE = Duration.ofMillis(500);

  private final Vertx vertx;
  private final UserCode code;
  private final Scheduler scheduler;
  private final Duration limit;

  VertxHost(Vertx vertx, UserCode code, Scheduler scheduler, Duration limit) {
    this.vertx = vertx;
    this.code = code;
    this.scheduler = scheduler;
    this.limit = limit;
  }

  @Override
  public Future<Running> start(String className, JsonObject config, Runnable ended) {
    return vertx
        .<Class<? extends Deployable>>executeBlocking(() -> code.load(className), false)
        .compose(type -> deploy(type, config, ended));
  }

  private Future<Running> deploy(
      Class<? extends Deployable> type, JsonObject config, Runnable ended) {
    GuardedVerticle guarded = new GuardedVerticle(type, ended);
    DeploymentOptions options =
        new DeploymentOptions().setConfig(config.copy()).setClassLoader(code.loader());
    Promise<Running> result = Promise.promise();
    Scheduler.Scheduled giveUp =
        scheduler.after(limit, () -> guarded.giveUpStart(limit.toMillis()));
    Scheduler.Scheduled last =
        scheduler.after(limit.plus(GRACE), () -> result.tryFail(blocked(type, "start")));
    vertx
        .deployVerticle(guarded, options)
        .onComplete(
            deploymentId -> {
              if (!result.tryComplete(() -> stop(type, guarded, deploymentId))) {
                vertx.undeploy(deploymentId);
              }
            },
            failure -> result.tryFail(startFailed(type, failure)));
    return result
        .future()
        .onComplete(
            done -> {
              giveUp.cancel();
              last.cancel();
            });
  }

  private Future<Void> stop(
      Class<? extends Deployable> type, GuardedVerticle guarded, String deploymentId) {
    Promise<Void> result = Promise.promise();
    Scheduler.Scheduled giveUp = scheduler.after(limit, () -> guarded.giveUpStop(limit.toMillis()));
    Scheduler.Scheduled last =
        scheduler.after(limit.plus(GRACE), () -> result.tryFail(blocked(type, "stop")));
    vertx.undeploy(deploymentId).onComplete(result::tryComplete, result::tryFail);
    return result
        .future()
        .onComplete(
            done -> {
              giveUp.cancel();
              last.cancel();
            });
  }

  private static MabeamException startFailed(Class<?> type, Throwable failure) {
    if (failure instanceof MabeamException ours && ours.code() == ErrorCode.TIMEOUT) {
      return ours;
    }
    LOG.log(Level.WARNING, "verticle " + type.getName() + " failed to start", failure);
    return new MabeamException(
        ErrorCode.INTERNAL,
        "verticle " + type.getName() + " failed to start: " + failure,
        "the log of the node that it was to run on has the stack trace",
        failure);
  }

  private static MabeamException blocked(Class<?> type, String what) {
    return new MabeamException(
        ErrorCode.TIMEOUT,
        what + "() of " + type.getName() + " blocks its event loop",
        "do not block in a verticle; only a restart of the node takes its thread back");
  }
}
