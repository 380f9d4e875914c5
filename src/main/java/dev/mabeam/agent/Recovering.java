package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.checkpoint.Sealed;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Finds the last checkpoint of an agent that is this node's since a moment.
 *
 * <p>Every store of its set is asked to refuse lower epochs from now on, and for what it has. A
 * checkpoint was acknowledged when all stores of the set had it. So one store that has everything
 * ({@link CheckpointSet#whole}) is enough: it has whatever was acknowledged, and once it is sealed no
 * older activation can have anything acknowledged any more. The newest of all that answer is taken:
 * it may have been on its way when its writer went, and then nobody was told of it, or it has what
 * everybody was told of, and either is right.
 *
 * <p>If no such store answers it is asked again, with the set as it is decided then. If by decision
 * none is left, this fails with UNAVAILABLE: whatever others have may be old. Of an agent whose
 * loss was accepted everybody is asked, and the newest is taken.
 *
 * <p>On the room's context.
 */
final class Recovering {
  private static final Duration AGAIN = Duration.ofMillis(150);

  private final Keeping keeping;
  private final RunQueue writes;
  private final Supplier<Members> members;
  private final Scheduler scheduler;

  Recovering(
      Keeping keeping, RunQueue writes, Supplier<Members> members, Scheduler scheduler) {
    this.keeping = keeping;
    this.writes = writes;
    this.members = members;
    this.scheduler = scheduler;
  }

  /**
   * Completes with the last checkpoint, or nothing if there never was one. Fails with STALE_EPOCH
   * if the agent has a higher epoch by now, UNAVAILABLE if its last checkpoint is lost.
   *
   * @param wanted what is decided about the agent now; null if nobody waits any more
   */
  Future<Optional<Checkpoint>> seal(Supplier<Entry> wanted) {
    Promise<Optional<Checkpoint>> promise = Promise.promise();
    attempt(wanted, promise);
    return promise.future();
  }

  private void attempt(Supplier<Entry> wanted, Promise<Optional<Checkpoint>> promise) {
    Entry entry = wanted.get();
    if (entry == null) {
      promise.fail(
          new MabeamException(ErrorCode.STALE_EPOCH, "nobody waits for this activation any more"));
      return;
    }
    Set<String> there = Transaction.stores(members.get());
    if (entry.lost(there::contains)) {
      promise.fail(AgentErrors.uncertain(entry.id()));
      return;
    }
    CheckpointSet asked =
        entry.lossy()
            ? new CheckpointSet(entry.set().version(), entry.set().stores(), List.copyOf(there))
            : entry.set();
    writes.add(
        () ->
            keeping
                .checkpoints()
                .seal(entry.key(), entry.epoch(), asked)
                .onComplete(
                    done -> scheduler.execute(() -> sealed(entry, done, wanted, promise))));
  }

  private void sealed(
      Entry entry,
      AsyncResult<Sealed> done,
      Supplier<Entry> wanted,
      Promise<Optional<Checkpoint>> promise) {
    if (done.succeeded() && isEnough(entry, done.result())) {
      promise.complete(done.result().newest());
    } else if (done.failed()
        && MabeamException.of(done.cause()).code() == ErrorCode.STALE_EPOCH) {
      promise.fail(done.cause());
    } else {
      scheduler.after(AGAIN, () -> attempt(wanted, promise));
    }
  }

  private static boolean isEnough(Entry entry, Sealed sealed) {
    return entry.lossy()
        ? !sealed.reached().isEmpty()
        : entry.set().isWholeIn(sealed.reached());
  }
}
