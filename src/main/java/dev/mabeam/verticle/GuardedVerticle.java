package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.System.Logger.Level;
import java.lang.reflect.InvocationTargetException;

/**
 * A user's verticle, made, started and stopped on its own context so that a constructor that
 * blocks or throws hurts nobody else, and with starts and stops that can be given up.
 *
 * <p>A start that is given up fails the deployment, so Vert.x closes the context with its timers
 * and consumers. If it ends well after all, the verticle's stop is called.
 */
final class GuardedVerticle implements Deployable {
  private static final System.Logger LOG = System.getLogger(GuardedVerticle.class.getName());

  private final Class<? extends Deployable> type;
  private final Runnable ended;
  private final Promise<Void> started = Promise.promise();
  private final Promise<Void> stopped = Promise.promise();
  private volatile Deployable verticle;

  GuardedVerticle(Class<? extends Deployable> type, Runnable ended) {
    this.type = type;
    this.ended = ended;
  }

  @Override
  public Future<?> deploy(Context context) {
    start(context)
        .onComplete(
            done -> {
              if (!started.tryComplete()) {
                stopLate(context);
              }
            },
            started::tryFail);
    return started.future();
  }

  private Future<?> start(Context context) {
    try {
      verticle = type.getConstructor().newInstance();
      Future<?> start = verticle.deploy(context);
      return start != null ? start : Future.failedFuture("start() returned null");
    } catch (InvocationTargetException constructor) {
      return Future.failedFuture(constructor.getCause());
    } catch (Throwable failure) {
      return Future.failedFuture(failure);
    }
  }

  private void stopLate(Context context) {
    LOG.log(Level.WARNING, "{0} started after it was given up: stopping it", type.getName());
    stop(context).onFailure(failure -> logStop(failure));
  }

  @Override
  public Future<?> undeploy(Context context) {
    stop(context)
        .onComplete(
            done -> stopped.tryComplete(),
            failure -> {
              logStop(failure);
              stopped.tryComplete();
            });
    return stopped.future().onComplete(done -> ended.run());
  }

  private Future<?> stop(Context context) {
    try {
      Future<?> stop = verticle.undeploy(context);
      return stop != null ? stop : Future.succeededFuture();
    } catch (Throwable failure) {
      return Future.failedFuture(failure);
    }
  }

  private void logStop(Throwable failure) {
    LOG.log(Level.WARNING, "stop() of " + type.getName() + " failed; it is undeployed", failure);
  }

  /** Fails the start if it has not ended; the rest is Vert.x's, as for any failed start. */
  void giveUpStart(long millis) {
    started.tryFail(
        new MabeamException(
            ErrorCode.TIMEOUT,
            "start() of " + type.getName() + " did not end within " + millis + " ms",
            "complete its future, and do what takes longer afterwards; it was not deployed"));
  }

  /** Goes on as if the stop had ended. */
  void giveUpStop(long millis) {
    if (stopped.tryComplete()) {
      LOG.log(
          Level.WARNING,
          "stop() of {0} did not end within {1} ms; it is undeployed",
          type.getName(),
          millis);
    }
  }
}
