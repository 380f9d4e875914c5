package dev.mabeam;

import dev.mabeam.time.Scheduler;
import dev.mabeam.time.ThreadScheduler;
import dev.mabeam.time.VertxScheduler;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Supplier;

/**
 * The threads that a node has before it knows its cluster, and until it has left: the link's event
 * loop, of a small Vert.x of its own that no user code can block, the thread of the log, which may
 * wait for the disk, that of checkpoints, which does not, and one that waits for the disk for it.
 *
 * <p>Checkpoints that are kept in memory have no thread of their own but the link's: a frame is
 * taken, and answered, where it comes in. Those of a data directory have one, since writing the
 * whole store anew is more than an event loop should bear that sends heartbeats.
 */
final class Loops {
  private final Vertx vertx;
  private final Context link;
  private final Scheduler linkScheduler;
  private final ThreadScheduler log;
  private final Scheduler checkpoints;
  /** Null if the link's loop has the checkpoints. */
  private final ThreadScheduler checkpointThread;
  private final ThreadScheduler checkpointDisk;

  Loops(String nodeName, boolean inMemory) {
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(4));
    link = vertx.getOrCreateContext();
    linkScheduler = new VertxScheduler(vertx, link);
    log = ThreadScheduler.start("mabeam-log-" + nodeName);
    checkpointThread =
        inMemory ? null : ThreadScheduler.start("mabeam-checkpoints-" + nodeName);
    checkpoints = inMemory ? linkScheduler : checkpointThread;
    checkpointDisk = ThreadScheduler.start("mabeam-checkpoint-disk-" + nodeName);
  }

  /** The small Vert.x. */
  Vertx vertx() {
    return vertx;
  }

  Scheduler link() {
    return linkScheduler;
  }

  Scheduler log() {
    return log;
  }

  Scheduler checkpoints() {
    return checkpoints;
  }

  /** Whether that is the link's. */
  boolean checkpointsOnLink() {
    return checkpointThread == null;
  }

  /**
   * For times so short and so many that an event loop is not for them: with NIO it spins through
   * the last half millisecond before each. On the checkpoints' thread, or, if that is the link's,
   * on the one that would wait for the disk if there were one.
   */
  Scheduler timers() {
    return checkpointThread == null ? checkpointDisk : checkpointThread;
  }

  ThreadScheduler checkpointDisk() {
    return checkpointDisk;
  }

  /** For what waits for a disk. */
  Future<Void> blocking(Runnable task) {
    return vertx.executeBlocking(
        () -> {
          task.run();
          return null;
        });
  }

  <T> Future<T> onLink(Supplier<Future<T>> action) {
    return on(link, action);
  }

  static <T> Future<T> on(Context context, Supplier<Future<T>> action) {
    return on(task -> context.runOnContext(none -> task.run()), action);
  }

  /** Fails as {@code action} does, also if it throws. */
  static <T> Future<T> on(Executor thread, Supplier<Future<T>> action) {
    Promise<T> result = Promise.promise();
    thread.execute(
        () -> {
          try {
            action.get().onComplete(result);
          } catch (RuntimeException failure) {
            result.fail(failure);
          }
        });
    return result.future();
  }

  /**
   * For what makes or ends a Vert.x: it may not be tied to an event loop, which would be of another
   * instance, or gone when it completes.
   */
  static <T> Future<T> offLoop(Supplier<Future<T>> action) {
    return on(ForkJoinPool.commonPool(), action);
  }

  Future<Void> closeLog() {
    log.close();
    return Future.succeededFuture();
  }

  /** {@code last} runs on the checkpoints' thread, which ends with it if it is no other's. */
  Future<Void> closeCheckpoints(Runnable last) {
    return on(checkpoints::execute, () -> endCheckpoints(last))
        // What is still to be written comes first.
        .eventually(() -> on(checkpointDisk::execute, this::endCheckpointDisk));
  }

  private Future<Void> endCheckpoints(Runnable last) {
    try {
      last.run();
    } finally {
      if (checkpointThread != null) {
        checkpointThread.close();
      }
    }
    return Future.succeededFuture();
  }

  private Future<Void> endCheckpointDisk() {
    checkpointDisk.close();
    return Future.succeededFuture();
  }

  Future<Void> closeLink() {
    return offLoop(vertx::close);
  }
}
