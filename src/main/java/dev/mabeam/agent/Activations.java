package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What runs on this node, made to be what is decided: an agent that is this node's is started and
 * reported, one that is not any more is stopped. A new activation of an id begins when the old one
 * has ended. What is decided about it is read anew each time, so that it does not matter how often,
 * or how late, {@link #sync} is called.
 *
 * <p>{@link #get} on any thread, the rest on the room's context.
 */
final class Activations {
  private static final System.Logger LOG = System.getLogger(Activations.class.getName());
  private static final Duration REPORT_AGAIN = Duration.ofMillis(300);

  private final Stage stage;
  private final AgentDirectory directory;
  private final Proposals proposals;
  private final Map<String, Activation> running = new ConcurrentHashMap<>();
  private final Set<String> stopping = new HashSet<>();
  private boolean closed;

  Activations(Stage stage, AgentDirectory directory, Proposals proposals) {
    this.stage = stage;
    this.directory = directory;
    this.proposals = proposals;
  }

  /** The activation of that id that takes messages here, or will when it has started; or null. */
  Activation get(String id) {
    return running.get(id);
  }

  Future<Departure> depart(String id) {
    return Future.failedFuture(AgentErrors.notFound(id));
  }

  Future<Arrival> arrive(AgentSpec spec, long epoch, Checkpoint carried) {
    return Future.failedFuture(AgentErrors.notFound(spec.id()));
  }

  int count() {
    return running.size();
  }

  /** Goes on with all that waited for the lease. */
  void resume() {
    running.values().forEach(activation -> activation.mailbox().resume());
  }

  /** Makes what runs here under that id what is decided. */
  void sync(String id) {
    Entry entry = directory.entry(id);
    Activation here = running.get(id);
    if (here != null && (entry == null || !entry.runs(stage.nodeId(), here.epoch()))) {
      stop(here);
    } else if (here == null
        && entry != null
        && entry.owner().equals(stage.nodeId())
        && !stopping.contains(id)
        && !closed) {
      begin(entry);
    }
  }

  /** Everything may have changed. */
  void syncAll() {
    List.copyOf(running.keySet()).forEach(this::sync);
    directory.entries().values().stream()
        .filter(entry -> entry.owner().equals(stage.nodeId()))
        .forEach(entry -> sync(entry.id()));
  }

  private void begin(Entry entry) {
    if (entry.state() != State.STARTING) {
      // It is this node's and does not run here, so it has ended, and its state with it.
      report(new Op.Stopped(entry.id(), entry.epoch()));
      return;
    }
    Activation activation = new Activation(entry, stage);
    running.put(entry.id(), activation);
    activation
        .start()
        .onComplete(
            started -> stage.scheduler().execute(() -> started(activation)),
            failure -> stage.scheduler().execute(() -> failed(activation, failure)));
  }

  private void started(Activation activation) {
    if (running.get(activation.id()) == activation) {
      report(new Op.Started(activation.id(), activation.epoch()));
    }
  }

  private void failed(Activation activation, Throwable failure) {
    boolean current = running.remove(activation.id(), activation);
    activation.stop();
    if (current) {
      report(
          new Op.Failed(activation.id(), activation.epoch(), MabeamException.of(failure)));
    }
  }

  private void stop(Activation activation) {
    String id = activation.id();
    running.remove(id, activation);
    stopping.add(id);
    activation
        .stop()
        .onComplete(
            stopped ->
                stage
                    .scheduler()
                    .execute(
                        () -> {
                          stopping.remove(id);
                          stopped(id, activation.epoch());
                        }));
  }

  private void stopped(String id, long epoch) {
    Entry entry = directory.entry(id);
    if (entry != null && entry.epoch() == epoch && entry.state() == State.LEAVING) {
      report(new Op.Stopped(id, epoch));
    } else {
      sync(id);
    }
  }

  /** Until it is decided, or is not to be decided any more. */
  private void report(Op op) {
    if (closed) {
      return;
    }
    proposals
        .submit(op)
        .onFailure(
            failure -> {
              if (MabeamException.of(failure).code() == ErrorCode.STALE_EPOCH) {
                sync(op.id());
              } else {
                LOG.log(
                    Level.DEBUG, "{0}: cannot report {1} yet: {2}", stage.nodeId(), op, failure);
                stage.scheduler().after(REPORT_AGAIN, () -> report(op));
              }
            });
  }

  /** Stops everything; what is decided stays as it is. */
  Future<Void> close() {
    closed = true;
    List<Future<Void>> stops = running.values().stream().map(Activation::stop).toList();
    running.clear();
    return stops.isEmpty()
        ? Future.succeededFuture()
        : Future.join(stops).otherwiseEmpty().mapEmpty();
  }
}
