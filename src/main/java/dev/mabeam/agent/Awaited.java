package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Who waits for an agent to have started, or to be no more: each looks at the directory at once and
 * after every change of that agent. On the room's context.
 */
final class Awaited {
  private final AgentDirectory directory;
  private final Scheduler scheduler;
  private final Map<String, List<Runnable>> waiting = new HashMap<>();

  Awaited(AgentDirectory directory, Scheduler scheduler) {
    this.directory = directory;
    this.scheduler = scheduler;
  }

  /** Completes when that activation takes messages; fails when it is known that it will not. */
  Future<AgentInfo> started(String id, long epoch, Duration deadline) {
    return wait(id, deadline, "start", () -> startedYet(id, epoch));
  }

  /** Nothing while it is starting. */
  private Optional<AgentInfo> startedYet(String id, long epoch) {
    Entry entry = directory.entry(id);
    if (entry == null || entry.epoch() != epoch || entry.state() == State.LEAVING) {
      throw directory.failure(id, epoch).orElseGet(() -> undeployed(id));
    }
    if (entry.state() == State.UNAVAILABLE) {
      throw AgentErrors.unavailable(entry);
    }
    return entry.state() == State.ACTIVE ? Optional.of(entry.info()) : Optional.empty();
  }

  private static MabeamException undeployed(String id) {
    return new MabeamException(
        ErrorCode.CONFLICT, "agent '" + id + "' was undeployed while it was starting");
  }

  /** Completes when that activation is no more. */
  Future<Void> ended(String id, long epoch, Duration deadline) {
    return wait(
            id,
            deadline,
            "stop",
            () -> {
              Entry entry = directory.entry(id);
              return entry == null || entry.epoch() != epoch ? Optional.of(id) : Optional.empty();
            })
        .mapEmpty();
  }

  private <T> Future<T> wait(
      String id, Duration deadline, String what, Supplier<Optional<T>> outcome) {
    Promise<T> promise = Promise.promise();
    Runnable look =
        () -> {
          try {
            outcome.get().ifPresent(promise::tryComplete);
          } catch (MabeamException failure) {
            promise.tryFail(failure);
          }
        };
    look.run();
    if (!promise.future().isComplete()) {
      waiting.computeIfAbsent(id, none -> new ArrayList<>(1)).add(look);
      Scheduler.Scheduled late =
          scheduler.after(deadline, () -> promise.tryFail(tooLate(id, what, deadline)));
      promise
          .future()
          .onComplete(
              done -> {
                late.cancel();
                forget(id, look);
              });
    }
    return promise.future();
  }

  private static MabeamException tooLate(String id, String what, Duration deadline) {
    return new MabeamException(
        ErrorCode.TIMEOUT,
        "agent '" + id + "' did not " + what + " within " + deadline.toMillis() + " ms",
        "its node may be cut off; look at the agent to see what becomes of it");
  }

  private void forget(String id, Runnable look) {
    List<Runnable> all = waiting.get(id);
    if (all != null) {
      all.remove(look);
      if (all.isEmpty()) {
        waiting.remove(id);
      }
    }
  }

  void changed(String id) {
    List<Runnable> all = waiting.get(id);
    if (all != null) {
      List.copyOf(all).forEach(Runnable::run);
    }
  }

  void allChanged() {
    List.copyOf(waiting.keySet()).forEach(this::changed);
  }
}
