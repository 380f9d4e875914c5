package dev.mabeam.grid;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Writes to the registry of the event bus, for each address one after the other, each repeated
 * until the cache has said what became of it.
 *
 * <p>A write that is on its way while two sides of the grid meet can get lost in the cache: nothing
 * waits for its answer any more, not even a time limit, and its future never completes. (So it was
 * when a node was stopped for some seconds, and closed its consumers before the grid had noticed.)
 * What Vert.x would queue it in waits for it for ever, with all that the same context registers
 * later. A write is the same however often it is done, so it is done again.
 *
 * <p>Guaranteed: every write ends, within {@link #AGAIN} times {@link #TRIES} after those before it
 * to that address. <em>Not</em> guaranteed: that one which ended with TIMEOUT is not done later.
 */
final class RegistryWrites {
  private static final System.Logger LOG = System.getLogger(RegistryWrites.class.getName());
  /** More than the time limit of the caches' requests. */
  static final Duration AGAIN = Duration.ofSeconds(7);
  static final int TRIES = 3;

  private final Scheduler scheduler;
  private final Map<String, Deque<Write>> byAddress = new HashMap<>();

  /** All writes are begun on the thread of {@code scheduler}. */
  RegistryWrites(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Any thread. */
  void write(
      String address, Supplier<? extends CompletionStage<?>> operation, Completable<Void> outcome) {
    Write write = new Write(address, operation);
    write.outcome.future().onComplete(outcome);
    scheduler.execute(() -> add(write));
  }

  private void add(Write write) {
    Deque<Write> queue = byAddress.computeIfAbsent(write.address, none -> new ArrayDeque<>());
    queue.add(write);
    if (queue.size() == 1) {
      write.attempt();
    }
  }

  private void ended(Write write) {
    Deque<Write> queue = byAddress.get(write.address);
    queue.remove(write);
    if (queue.isEmpty()) {
      byAddress.remove(write.address);
    } else {
      queue.peek().attempt();
    }
  }

  private final class Write {
    private final String address;
    private final Supplier<? extends CompletionStage<?>> operation;
    private final Promise<Void> outcome = Promise.promise();
    private Scheduler.Scheduled late = () -> {};
    private int attempts;

    Write(String address, Supplier<? extends CompletionStage<?>> operation) {
      this.address = address;
      this.operation = operation;
    }

    void attempt() {
      int number = ++attempts;
      late = scheduler.after(AGAIN, this::unheard);
      Future<?> answer;
      try {
        answer = Future.fromCompletionStage(operation.get());
      } catch (RuntimeException refused) {
        answer = Future.failedFuture(refused);
      }
      answer.onComplete(
          (done, failure) -> scheduler.execute(() -> heard(number, failure)));
    }

    /** That an earlier attempt has failed says nothing of a later one. */
    private void heard(int number, Throwable failure) {
      if (!outcome.future().isComplete() && (failure == null || number == attempts)) {
        end(failure);
      }
    }

    private void unheard() {
      if (attempts < TRIES) {
        LOG.log(Level.DEBUG, "a write to address {0} of the registry is done again", address);
        attempt();
      } else {
        end(
            new MabeamException(
                ErrorCode.TIMEOUT,
                "the registry of the event bus has not answered what became of a write to '"
                    + address + "'",
                "it may be done yet"));
      }
    }

    private void end(Throwable failure) {
      late.cancel();
      ended(this);
      if (failure == null) {
        outcome.complete();
      } else {
        outcome.fail(failure);
      }
    }
  }
}
