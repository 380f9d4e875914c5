package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;

/**
 * A transfer of leadership. The engine tries once, for a quarter of a second, and only succeeds if
 * nothing is pending; so the log takes nothing in while this is {@link #underWay}, and this tries
 * again until another endpoint leads or its time is up.
 *
 * <pre>
 *   wait until nothing is pending ──► let the engine try ──► another leads: done, or failed
 *        ▲                                  │                if it is not the one that was meant
 *        └────────── it did not ◄───────────┘
 * </pre>
 *
 * <p>As long as it leads the engine has to end its own attempt first; when it does not lead any
 * more and hears of no other leader, the deadline ends it.
 */
final class Handover {
  static final Duration DEADLINE = Duration.ofSeconds(2);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(5);

  private final RaftNodeImpl engine;
  private final Scheduler scheduler;
  private Attempt present;

  Handover(RaftNodeImpl engine, Scheduler scheduler) {
    this.engine = engine;
    this.scheduler = scheduler;
  }

  boolean underWay() {
    return present != null;
  }

  /** Called on the leader, with one of its voters. */
  Future<Void> to(Endpoint endpoint) {
    if (present != null) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.CONFLICT,
              "cannot make '" + endpoint.node() + "' the leader: a transfer is under way"));
    }
    present = new Attempt(endpoint);
    return present.run();
  }

  /** Hears how the log stands after something has changed. */
  void changed(Log.LogStatus now) {
    if (present != null) {
      present.changed(now);
    }
  }

  private final class Attempt {
    private final Endpoint to;
    private final int term = engine.state().term();
    private final long untilNanos = scheduler.nanos() + DEADLINE.toNanos();
    private final Promise<Void> promise = Promise.promise();

    Attempt(Endpoint to) {
      this.to = to;
    }

    Future<Void> run() {
      Scheduler.Scheduled deadline =
          scheduler.after(
              DEADLINE,
              () -> {
                if (!leads()) {
                  end(notDone());
                }
              });
      attempt();
      return promise.future().onComplete(done -> deadline.cancel());
    }

    private boolean leads() {
      return engine.state().leaderState() != null && engine.state().term() == term;
    }

    private void attempt() {
      if (present != this || !leads()) {
        return;
      }
      if (scheduler.nanos() - untilNanos >= 0) {
        end(notDone());
        return;
      }
      RaftState state = engine.state();
      if (state.commitIndex() < state.log().lastLogOrSnapshotIndex()) {
        again();
      } else {
        engine
            .transferLeadership(to)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    again();
                  }
                });
      }
    }

    private void again() {
      scheduler.after(LOOK_AGAIN, this::attempt);
    }

    void changed(Log.LogStatus now) {
      boolean leadsAgain = now.role() == Log.Role.LEADER && now.term() != term;
      if (now.role() == Log.Role.CLOSED || leadsAgain) {
        end(notDone());
      } else if (now.role() != Log.Role.LEADER && now.leader() != null) {
        end(now.leader().equals(to) ? null : notDone());
      }
    }

    private MabeamException notDone() {
      return new MabeamException(
          ErrorCode.TIMEOUT,
          "'" + to.node() + "' did not become the leader within "
              + DEADLINE.toSeconds() + " s");
    }

    private void end(RuntimeException failure) {
      if (present == this) {
        present = null;
        if (failure == null) {
          promise.complete();
        } else {
          promise.fail(failure);
        }
      }
    }
  }
}
