package dev.mabeam.migration;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.migration.ChunkFrames.Chunk;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Sends one state over a line that may drop frames: a window of chunks, each acknowledged with the
 * number of the next that is missing; after half a second without progress everything from there
 * on is sent again.
 *
 * <p>{@link #start} completes when every chunk was sent once. That they arrived is known when the
 * target says that it has made the agent; until then, or {@link #stop}, lost ones are sent again.
 */
final class Sending {
  static final int WINDOW = 4;
  static final Duration AGAIN = Duration.ofMillis(500);
  static final Duration STALLED = Duration.ofSeconds(8);

  private final long move;
  private final Cargo cargo;
  private final Consumer<Buffer> line;
  private final Budget budget;
  private final Scheduler scheduler;
  private final Promise<Void> sent = Promise.promise();
  private final Runnable fill = this::fill;
  private Scheduler.Scheduled watch = () -> {};
  private int acknowledged;
  private int next;
  private long movedNanos;
  private long progressNanos;
  private boolean stopped;

  /**
   * @param line sends a frame of type {@link ChunkFrames#CHUNK} to the target
   */
  Sending(
      long move, Cargo cargo, Consumer<Buffer> line, Budget budget, Scheduler scheduler) {
    this.move = move;
    this.cargo = cargo;
    this.line = line;
    this.budget = budget;
    this.scheduler = scheduler;
  }

  Future<Void> start() {
    movedNanos = scheduler.nanos();
    progressNanos = movedNanos;
    if (cargo.chunks() == 0) {
      stopped = true;
      sent.complete();
    } else {
      watch = scheduler.every(AGAIN.dividedBy(2), this::watch);
      fill();
    }
    return sent.future();
  }

  private void fill() {
    while (!stopped
        && next < cargo.chunks()
        && next - acknowledged < WINDOW
        && budget.take(fill)) {
      line.accept(new Chunk(move, next, cargo.chunks(), cargo.chunk(next)).encode());
      next++;
      movedNanos = scheduler.nanos();
    }
    if (next == cargo.chunks()) {
      sent.tryComplete();
    }
  }

  /** The target has all before {@code missing}, or, if that is negative, knows nothing of it. */
  void received(int missing) {
    if (stopped) {
      return;
    }
    if (missing < 0) {
      fail("does not know of the move any more");
    } else if (missing > acknowledged && missing <= cargo.chunks()) {
      // What was sent before a repetition may be acknowledged after it.
      int settled = Math.min(missing, next) - acknowledged;
      acknowledged = missing;
      next = Math.max(next, missing);
      movedNanos = scheduler.nanos();
      progressNanos = movedNanos;
      budget.give(settled);
      if (acknowledged == cargo.chunks()) {
        stop();
      } else {
        fill();
      }
    }
  }

  private void watch() {
    long now = scheduler.nanos();
    if (next == acknowledged) {
      progressNanos = now; // others are first
    } else if (now - progressNanos > STALLED.toNanos()) {
      fail("has taken no byte for " + STALLED.toSeconds() + " s");
    } else if (now - movedNanos > AGAIN.toNanos()) {
      int back = next - acknowledged;
      next = acknowledged;
      budget.give(back);
      fill();
    }
  }

  private void fail(String how) {
    stop();
    sent.tryFail(
        new MabeamException(
            ErrorCode.UNAVAILABLE,
            "the target " + how,
            "the agent goes on where it is; try again when the target is reachable"));
  }

  /** Sends no more. */
  void stop() {
    if (!stopped) {
      stopped = true;
      watch.cancel();
      budget.forget(fill);
      budget.give(next - acknowledged);
      next = acknowledged;
      if (acknowledged == cargo.chunks()) {
        sent.tryComplete();
      }
    }
  }
}
