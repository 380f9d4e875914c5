package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Member;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What feeds this node's copy: its own log while that has a leader and has caught up, else another
 * node's. Both may do so at the same time: an entry counts once, whoever brings it.
 */
final class Seat {
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final long LEADERLESS_NANOS = Duration.ofSeconds(2).toNanos();
  private static final int RECENT_ENTRIES = 8_192;
  private static final int RECENT_BYTES = 8 * 1024 * 1024;
  private static final int OLD_BYTES = 512 * 1024;
  private static final Duration OLD = Duration.ofSeconds(15);

  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Logs logs;
  private final Replica replica;
  private final Group group;
  private final Observer observer;
  private final Recent recent = new Recent(RECENT_ENTRIES, RECENT_BYTES, OLD_BYTES);
  private final List<Consumer<Log.LogStatus>> listeners = new CopyOnWriteArrayList<>();
  private final Scheduler.Scheduled look;
  private final Scheduler.Scheduled aging;
  private Keeping keeping = (endpoint, restored) -> {};
  private Log log;
  private long ledNanos;
  private boolean closed;

  Seat(
      Post post,
      Scheduler scheduler,
      RandomGenerator random,
      Logs logs,
      Replica replica,
      Group group,
      Rules rules) {
    this.scheduler = scheduler;
    this.random = random;
    this.logs = logs;
    this.replica = replica;
    this.group = group;
    this.observer = new Observer(post, scheduler, random, replica, group, rules);
    post.on(
        FrameType.LOG,
        (from, type, payload) -> {
          if (log != null) {
            log.receive(payload);
          }
        });
    look = scheduler.every(LOOK, this::look);
    aging = scheduler.every(OLD, recent::age);
  }

  /** Hears of the log that this node keeps. */
  @FunctionalInterface
  interface Keeping {
    /**
     * @param endpoint whose log was opened, null when it was closed
     * @param restored whether it had an earlier life
     */
    void changed(Endpoint endpoint, boolean restored);
  }

  void onKeeping(Keeping listener) {
    keeping = listener;
  }

  /** The entries that this node's copy took last. */
  Recent recent() {
    return recent;
  }

  /** This node's own log, or null. */
  Log log() {
    return log;
  }

  boolean kept() {
    return logs.kept();
  }

  private Log.Role role() {
    return log == null ? Log.Role.CLOSED : log.status().role();
  }

  boolean leads() {
    return role() == Log.Role.LEADER;
  }

  /** Whether others may follow the log of this node. */
  boolean votes() {
    Log.Role role = role();
    return role == Log.Role.LEADER || role == Log.Role.FOLLOWER || role == Log.Role.CANDIDATE;
  }

  boolean observes() {
    return observer.observes();
  }

  /** Hears every change of the node's own log. */
  void onChange(Consumer<Log.LogStatus> listener) {
    listeners.add(listener);
  }

  // ---- opening and closing --------------------------------------------------------------------

  /** Completes with the endpoint. */
  Future<Endpoint> found(Member self) {
    Endpoint endpoint = endpoint(self);
    return open(follower -> logs.found(endpoint, follower), false).map(endpoint);
  }

  Future<Void> restart() {
    return open(logs::restart, true);
  }

  /**
   * Opens an empty log, to be added to those that {@code founder} began, in the place of one that
   * may be there. Completes with the endpoint, which is new.
   */
  Future<Endpoint> enlist(Member self, Endpoint founder) {
    Endpoint endpoint = endpoint(self);
    return closeLog()
        .compose(done -> open(follower -> logs.join(endpoint, founder, follower), false))
        .map(endpoint);
  }

  private Endpoint endpoint(Member self) {
    return new Endpoint("%016x".formatted(random.nextLong()), self.name(), self.link());
  }

  private Future<Void> open(Function<Log.Follower, Log> by, boolean restored) {
    FromLog follower = new FromLog();
    follower.mine = by.apply(follower);
    log = follower.mine;
    ledNanos = scheduler.nanos();
    keeping.changed(log.self(), restored);
    return log.start();
  }

  void follow(List<LinkAddress> others) {
    observer.others(others);
    observer.start();
  }

  Future<Void> closeLog() {
    Log ending = log;
    log = null;
    keeping.changed(null, false);
    group.ownEnded();
    return ending == null ? Future.succeededFuture() : ending.close();
  }

  Future<Void> close() {
    closed = true;
    look.cancel();
    aging.cancel();
    observer.stop();
    return closeLog();
  }

  /** An endpoint that was removed behind a cut is not told: it finds no leader any more. */
  private void look() {
    boolean led = log != null && log.status().leader() != null && role() != Log.Role.CLOSED;
    if (led) {
      ledNanos = scheduler.nanos();
    }
    if (led && log.status().committed() >= replica.index()) {
      observer.stop();
    } else if (scheduler.nanos() - ledNanos > LEADERLESS_NANOS) {
      observer.start();
    }
  }

  // ---- what is fed ----------------------------------------------------------------------------

  void applied(long index, Buffer entry) {
    recent.add(index, entry);
  }

  void restored(long index) {
    recent.clear(index);
  }

  /** One log's calls; they end with it. */
  private final class FromLog implements Log.Follower {
    private Log mine;

    @Override
    public void committed(long index, Buffer entry) {
      if (!closed) {
        replica.offer(index, entry);
      }
    }

    /** It may be of a later index: it says itself of which. */
    @Override
    public Supplier<Buffer> image(long index) {
      return replica.image();
    }

    @Override
    public void restore(long index, Buffer image) {
      if (!closed) {
        replica.restore(image);
      }
    }

    @Override
    public void changed(Log.LogStatus status) {
      if (!closed && log == mine) {
        group.own(GroupStatus.of(status));
        listeners.forEach(listener -> listener.accept(status));
      }
    }
  }
}
