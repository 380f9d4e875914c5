package dev.mabeam.variable.consistency;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.causal.Survey;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Sessions that have seen more of a variable than the replica here has. Each waits a moment for
 * what is on its way; then the other replicas are asked for it, again and again; when that does not
 * help, a {@link Survey} tells whether anybody has it at all. On the room's thread.
 */
public final class Arrivals {
  private static final System.Logger LOG = System.getLogger(Arrivals.class.getName());
  private static final Duration SOON = Duration.ofMillis(10);
  private static final Duration AGAIN = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMillis(300);

  private final Function<String, VersionVector> seen;
  private final Consumer<Collection<String>> fetch;
  private final Survey survey;
  private final Scheduler scheduler;
  private final List<Waiter> waiters = new ArrayList<>();
  private boolean looking;
  private boolean surveying;

  /**
   * @param seen what the replica here has seen; null if there is none that counts
   * @param fetch asks the other replicas of these at once
   */
  public Arrivals(
      Function<String, VersionVector> seen,
      Consumer<Collection<String>> fetch,
      Survey survey,
      Scheduler scheduler) {
    this.seen = seen;
    this.fetch = fetch;
    this.survey = survey;
    this.scheduler = scheduler;
  }

  /**
   * Completes when the replica here has seen {@code token}: with the token, or with less if the rest
   * is lost. SESSION_UNAVAILABLE at the deadline, UNAVAILABLE if there is no replica that counts.
   */
  public Future<VersionVector> await(String name, VersionVector token, Duration deadline) {
    Waiter waiter = new Waiter(name, token);
    if (waiter.isOver()) {
      waiter.end();
    } else {
      waiter.timer = scheduler.after(deadline, waiter::late);
      waiters.add(waiter);
      lookAgain(SOON);
    }
    return waiter.promise.future();
  }

  /** The replica here has something new, or counts from now on, or no more. */
  public void changed(String name) {
    if (!waiters.isEmpty()) {
      List<Waiter> over =
          waiters.stream().filter(each -> each.name.equals(name) && each.isOver()).toList();
      waiters.removeAll(over);
      over.forEach(Waiter::end);
    }
  }

  private void lookAgain(Duration delay) {
    if (!looking) {
      looking = true;
      scheduler.after(
          delay,
          () -> {
            looking = false;
            look();
          });
    }
  }

  private void look() {
    if (waiters.isEmpty()) {
      return;
    }
    Set<String> names = new TreeSet<>();
    boolean stuck = false;
    for (Waiter waiter : waiters) {
      names.add(waiter.name);
      stuck |= scheduler.nanos() - waiter.sinceNanos >= PATIENCE.toNanos();
    }
    fetch.accept(names);
    if (stuck && !surveying) {
      surveying = true;
      survey
          .of(names)
          .onComplete(
              found -> {
                surveying = false;
                names.forEach(name -> surveyed(name, found.of(name)));
              },
              failure -> {
                surveying = false;
                LOG.log(Level.DEBUG, () -> "nobody can tell what is left of " + names);
              });
    }
    lookAgain(AGAIN);
  }

  private void surveyed(String name, VersionVector left) {
    for (Waiter waiter : List.copyOf(waiters)) {
      VersionVector safe = waiter.token;
      for (Map.Entry<String, Long> each : waiter.token.numbers().entrySet()) {
        safe = safe.upTo(each.getKey(), left.of(each.getKey()));
      }
      if (waiter.name.equals(name) && !safe.equals(waiter.token)) {
        waiters.remove(waiter);
        waiter.timer.cancel();
        waiter.promise.tryComplete(safe);
      }
    }
  }

  private final class Waiter {
    private final String name;
    private final VersionVector token;
    private final long sinceNanos = scheduler.nanos();
    private final Promise<VersionVector> promise = Promise.promise();
    private Scheduler.Scheduled timer = () -> {};

    Waiter(String name, VersionVector token) {
      this.name = name;
      this.token = token;
    }

    boolean isOver() {
      VersionVector here = seen.apply(name);
      return here == null || here.containsAll(token);
    }

    void end() {
      timer.cancel();
      if (seen.apply(name) != null) {
        promise.tryComplete(token);
      } else {
        promise.tryFail(
            new MabeamException(
                ErrorCode.UNAVAILABLE, "no replica of '" + name + "' here counts any more"));
      }
    }

    void late() {
      waiters.remove(this);
      promise.tryFail(
          new MabeamException(
              ErrorCode.SESSION_UNAVAILABLE,
              "the replica here has not got of '" + name + "' what the session has seen",
              "try again, or another node; or go on without the token"));
    }
  }
}
