package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What runs on this node, made to be what is decided: an agent that is this node's is started, or
 * recovered, and one that is not any more is stopped. A new activation of an id begins when the old
 * one has ended. What is decided about it is read anew each time, so that it does not matter how
 * often, or how late, {@link #sync} is called.
 *
 * <p><b>How one begins.</b> A new agent is started, and that is reported. One that another
 * activation had, here or elsewhere, is <em>recovered</em>: a store that has every checkpoint is
 * {@link Recovering sealed} at the new epoch, so that the old activation can write no more; the
 * newest checkpoint is restored; and it is written again at the new epoch before anything is said.
 * An agent that was carried here is a recovery whose target is warm: it is prepared before the
 * decision that makes it this node's, and used if nothing newer is found than was carried.
 *
 * <p><b>What goes wrong.</b> <em>It cannot be started</em>: a new agent is not deployed, any other
 * has no owner then, and another node may have it. <em>Its last checkpoint is not to be had</em>:
 * while a store may come back it is tried again; if by decision none will, it has no owner, and its
 * state is uncertain. <em>It is fenced, or loses what it did</em>: it ends; if it is still this
 * node's it begins again at a new epoch, since what it wrote last at the old one may still be on
 * its way. <em>It is undeployed meanwhile</em>: it ends wherever it is. What waited for it goes to
 * its next activation, here or elsewhere.
 *
 * <p>{@link #get} on any thread, the rest on the room's context.
 */
final class Activations implements Activation.Fate {
  private static final System.Logger LOG = System.getLogger(Activations.class.getName());
  private static final Duration REPORT_AGAIN = Duration.ofMillis(300);

  /** An agent that has never said anything: it remembers of nobody that nothing was handled. */
  private static final Checkpoint NOTHING = new Checkpoint(0, 0, null, 0, null, List.of());

  /** An activation that says nothing more. */
  record Ended(String agent, long epoch) {}

  /** Hears of what becomes of activations here; on the room's context. */
  interface Listener {
    /** It goes on here without having been carried here. */
    void recovered(Entry entry);

    /** It did not give its state, and begins again after that pause. */
    void broken(Entry entry, MabeamException why, Duration pause);

    /** They may have had messages, and not have answered them. */
    void ended(Set<Ended> activations);
  }

  private final Stage stage;
  private final AgentDirectory directory;
  private final Proposals proposals;
  private final Barriers barriers;
  private final Recovering recovering;
  private final Listener listener;
  private final Map<String, Activation> running = new ConcurrentHashMap<>();
  private final Set<String> stopping = new HashSet<>();
  /** The epochs at which an agent has ended here, though it is this node's by decision. */
  private final Map<String, Long> over = new HashMap<>();
  private final Setbacks setbacks = new Setbacks();
  /** Agents that are to begin again after a pause, and why: until then they take no messages. */
  private final Map<String, MabeamException> resting = new HashMap<>();
  /** What waited for an activation that has ended. */
  private final Map<String, List<Delivery>> left = new HashMap<>();
  private final Map<String, Activation> departing = new HashMap<>();
  private final Map<String, Warm> arrived = new HashMap<>();
  /** Those of this turn. */
  private Set<Ended> ended = new HashSet<>();
  private boolean closed;

  Activations(
      Stage stage,
      AgentDirectory directory,
      Proposals proposals,
      Barriers barriers,
      Recovering recovering,
      Listener listener) {
    this.stage = stage;
    this.directory = directory;
    this.proposals = proposals;
    this.barriers = barriers;
    this.recovering = recovering;
    this.listener = listener;
  }

  /** The activation of that id that takes messages here, or will when it has started; or null. */
  Activation get(String id) {
    return running.get(id);
  }

  /** Whether the agent of that id was carried here, and waits for the decision. */
  boolean expects(String id) {
    return arrived.containsKey(id);
  }

  int count() {
    return running.size();
  }

  /** Goes on with all that waited for the lease. */
  void resume() {
    running.values().forEach(activation -> activation.mailbox().wake());
  }

  /** Why an agent that is this node's does not run here just now. On the room's context. */
  MabeamException whyNot(String id) {
    return resting.getOrDefault(id, AgentErrors.moves(id));
  }

  /** Makes what runs here under that id what is decided. */
  void sync(String id) {
    Entry entry = directory.entry(id);
    Activation here = running.get(id);
    if (over.containsKey(id) && (entry == null || entry.epoch() != over.get(id))) {
      over.remove(id);
      resting.remove(id);
    }
    if (entry == null || !entry.owner().equals(stage.nodeId())) {
      setbacks.forget(id);
    }
    if (here != null && (entry == null || !entry.runs(stage.nodeId(), here.epoch()))) {
      end(here, entry);
    } else if (here != null) {
      here.decided(entry);
    } else if (isToBegin(entry)) {
      begin(entry);
    }
    placeLeft(id, entry);
  }

  private boolean isToBegin(Entry entry) {
    return entry != null
        && entry.owner().equals(stage.nodeId())
        && !stopping.contains(entry.id())
        && (!over.containsKey(entry.id()) || entry.state() == State.LEAVING)
        && !closed;
  }

  /** Everything may have changed. */
  void syncAll() {
    List.copyOf(running.keySet()).forEach(this::sync);
    directory.entries().values().stream()
        .filter(entry -> entry.owner().equals(stage.nodeId()))
        .forEach(entry -> sync(entry.id()));
  }

  private void begin(Entry entry) {
    if (entry.state() == State.LEAVING) {
      // It is this node's and does not run here, so it has ended.
      report(new Op.Stopped(entry.id(), entry.epoch()));
      return;
    }
    Warm warm = arrived.remove(entry.id());
    if (warm != null && warm.activation.epoch() != entry.prior()) {
      warm.give(AgentErrors.moves(entry.id()));
      warm = null;
    }
    Activation activation =
        warm == null ? new Activation(entry, stage, this) : warm.activation;
    activation.adopt(entry);
    running.put(entry.id(), activation);
    offerLeft(activation);
    boolean carried = warm != null;
    Promise<Void> done = warm == null ? Promise.promise() : warm.running;
    ready(activation, warm)
        .onComplete(
            ready -> stage.scheduler().execute(() -> opened(entry, carried, done)),
            failure -> stage.scheduler().execute(() -> failed(entry, failure, done)));
  }

  private Future<Void> ready(Activation activation, Warm warm) {
    Entry entry = activation.entry();
    if (entry.state() == State.STARTING) {
      return activation.prepare(null).compose(prepared -> activation.open(false));
    }
    if (!entry.isKept()) {
      return (warm == null ? activation.prepare(null) : Future.<Void>succeededFuture())
          .compose(prepared -> activation.open(false));
    }
    return recovering
        .seal(() -> running.get(entry.id()) == activation ? activation.entry() : null)
        .compose(
            newest ->
                warm != null
                        && (newest.stream().noneMatch(warm::isOlder)
                            || !stage.agentRules().finds())
                    ? Future.succeededFuture(activation)
                    : cold(activation, warm, newest.orElse(NOTHING)))
        .compose(
            prepared ->
                settledLoss(prepared.entry()).compose(settled -> prepared.open(true)));
  }

  /** What was carried here is not the last of it, or nothing was. */
  private Future<Activation> cold(Activation activation, Warm warm, Checkpoint newest) {
    if (warm == null) {
      return here(activation.prepare(newest)).map(activation);
    }
    Activation fresh = new Activation(activation.entry(), stage, this);
    running.put(activation.id(), fresh);
    activation
        .leave(AgentErrors.moves(activation.id()))
        .onSuccess(waiting -> waiting.forEach(fresh::offer));
    return here(fresh.prepare(newest)).map(fresh);
  }

  /** Before an agent that begins with less than it had says anything, that it has is decided. */
  private Future<Void> settledLoss(Entry entry) {
    return entry.lossy()
        ? proposals.submit(new Op.Started(entry.id(), entry.epoch())).mapEmpty()
        : Future.succeededFuture();
  }

  private void opened(Entry entry, boolean carried, Promise<Void> done) {
    Activation here = running.get(entry.id());
    if (here != null && here.epoch() == entry.epoch()) {
      done.tryComplete();
      if (entry.state() == State.STARTING) {
        report(new Op.Started(entry.id(), entry.epoch()));
      } else if (!carried) {
        listener.recovered(entry);
      }
    } else {
      done.tryFail(AgentErrors.moves(entry.id()));
    }
  }

  private void failed(Entry entry, Throwable failure, Promise<Void> done) {
    done.tryFail(failure);
    Activation here = running.get(entry.id());
    if (here == null || here.epoch() != entry.epoch()) {
      return;
    }
    over.put(entry.id(), entry.epoch());
    remove(here, AgentErrors.moves(entry.id()));
    if (MabeamException.of(failure).code() == ErrorCode.STALE_EPOCH) {
      lookAgain(entry.id());
    } else if (MabeamException.of(failure).code() == ErrorCode.UNAVAILABLE) {
      report(new Op.Lost(entry.id(), entry.epoch(), AgentErrors.UNCERTAIN));
    } else {
      report(new Op.Failed(entry.id(), entry.epoch(), MabeamException.of(failure)));
    }
  }

  /** Something is decided that is not known here yet. */
  private void lookAgain(String id) {
    barriers.pass().onComplete(passed -> sync(id));
  }

  private void end(Activation here, Entry entry) {
    boolean elsewhere = entry != null && entry.shown();
    if (elsewhere) {
      remove(here, AgentErrors.moves(here.id()));
    } else {
      stop(here, here.stop(AgentErrors.notFound(here.id())));
    }
  }

  /** It ends, and what waits for it goes to whoever has the agent next. */
  private void remove(Activation here, MabeamException why) {
    running.remove(here.id(), here);
    stopping.add(here.id());
    here.leave(why)
        .onComplete(
            waiting ->
                stage
                    .scheduler()
                    .execute(
                        () -> {
                          if (waiting.succeeded() && !waiting.result().isEmpty()) {
                            waiting.result().forEach(message -> message.at(0));
                            left.computeIfAbsent(here.id(), none -> new ArrayList<>())
                                .addAll(waiting.result());
                          }
                          placeLeft(here.id(), directory.entry(here.id()));
                          ended(here);
                          stop(here, here.stop(why));
                        }));
  }

  private void stop(Activation here, Future<Void> stop) {
    String id = here.id();
    running.remove(id, here);
    departing.remove(id, here);
    stopping.add(id);
    stop.onComplete(
        stopped ->
            stage
                .scheduler()
                .execute(
                    () -> {
                      stopping.remove(id);
                      ended(here);
                      stopped(id, here.epoch());
                    }));
  }

  /** All of a turn are told together: who hears of it looks through what is under way. */
  private void ended(Activation here) {
    if (ended.isEmpty()) {
      stage.scheduler().execute(this::tellEnded);
    }
    ended.add(new Ended(here.id(), here.epoch()));
  }

  private void tellEnded() {
    Set<Ended> all = ended;
    ended = new HashSet<>();
    listener.ended(all);
  }

  private void stopped(String id, long epoch) {
    Entry entry = directory.entry(id);
    if (entry != null && entry.epoch() == epoch && entry.state() == State.LEAVING) {
      report(new Op.Stopped(id, epoch));
    } else {
      sync(id);
    }
  }

  private void offerLeft(Activation activation) {
    List<Delivery> waiting = left.remove(activation.id());
    if (waiting != null) {
      waiting.forEach(activation::offer);
    }
  }

  /** What waited for an activation that is no more is not this node's to keep, unless it begins. */
  private void placeLeft(String id, Entry entry) {
    boolean here =
        entry != null && entry.owner().equals(stage.nodeId()) && entry.shown() && !closed;
    if (here && running.containsKey(id)) {
      offerLeft(running.get(id));
    } else if (here && resting.containsKey(id) && left.containsKey(id)) {
      MabeamException why = resting.get(id);
      left.remove(id).forEach(message -> message.fail(why));
    } else if (!here && left.containsKey(id)) {
      List<Delivery> waiting = left.remove(id);
      if (entry == null || !entry.shown()) {
        waiting.forEach(message -> message.fail(AgentErrors.notFound(id)));
      } else if (entry.owner().isEmpty() || closed) {
        waiting.forEach(message -> message.fail(AgentErrors.moves(id)));
      } else {
        waiting.forEach(message -> message.forward(entry.owner(), entry.epoch()));
      }
    }
  }

  @Override
  public void fenced(Activation activation) {
    stage
        .scheduler()
        .execute(
            () -> {
              if (running.get(activation.id()) == activation) {
                LOG.log(
                    Level.INFO,
                    "{0}: agent ''{1}'' of epoch {2} has another owner",
                    stage.nodeId(),
                    activation.id(),
                    activation.epoch());
                over.put(activation.id(), activation.epoch());
                remove(activation, AgentErrors.moves(activation.id()));
                lookAgain(activation.id());
              }
            });
  }

  @Override
  public void broken(Activation activation, MabeamException why) {
    stage
        .scheduler()
        .execute(
            () -> {
              if (running.get(activation.id()) == activation) {
                beginAgain(activation, why);
              }
            });
  }

  /** Not at once if that has happened before: it may never give its state. */
  private void beginAgain(Activation broken, MabeamException why) {
    Entry entry = broken.entry();
    String id = entry.id();
    Duration pause = setbacks.pause(id, stage.scheduler().nanos());
    LOG.log(
        Level.WARNING,
        "agent '" + id + "' is recovered" + (pause.isZero() ? "" : ", in " + pause),
        why);
    over.put(id, entry.epoch());
    if (pause.isZero()) {
      remove(broken, AgentErrors.moves(id));
      recover(entry);
    } else {
      resting.put(id, AgentErrors.rests(id, pause, why));
      remove(broken, resting.get(id));
      stage.scheduler().after(pause, () -> rested(entry));
    }
    listener.broken(entry, why, pause);
  }

  private void rested(Entry entry) {
    if (over.getOrDefault(entry.id(), 0L) == entry.epoch()) {
      resting.remove(entry.id());
      recover(entry);
    }
  }

  private void recover(Entry entry) {
    report(new Op.Flip(entry.id(), entry.epoch(), stage.nodeId(), entry.set().stores()));
  }

  /** Until it is decided, or is not to be decided any more. */
  private void report(Op op) {
    if (closed) {
      return;
    }
    proposals
        .submit(op)
        .onComplete(
            decided -> sync(op.id()),
            failure -> {
              ErrorCode code = MabeamException.of(failure).code();
              if (code == ErrorCode.STALE_EPOCH || code == ErrorCode.AGENT_NOT_FOUND) {
                sync(op.id());
              } else {
                LOG.log(
                    Level.DEBUG, "{0}: cannot report {1} yet: {2}", stage.nodeId(), op, failure);
                stage.scheduler().after(REPORT_AGAIN, () -> report(op));
              }
            });
  }

  // Moves.

  Future<Departure> depart(String id) {
    Activation here = running.get(id);
    if (here == null || !here.isOpen()) {
      return Future.failedFuture(resting.getOrDefault(id, AgentErrors.notFound(id)));
    }
    if (departing.putIfAbsent(id, here) != null) {
      return Future.failedFuture(AgentErrors.migrating(id));
    }
    Promise<Checkpoint> paused = Promise.promise();
    var late = stage.scheduler().after(stage.limit(), () -> paused.tryFail(AgentErrors.busy(id)));
    here.pause()
        .onComplete(
            done ->
                stage
                    .scheduler()
                    .execute(
                        () -> {
                          late.cancel();
                          if (done.succeeded()) {
                            paused.tryComplete(done.result());
                          } else {
                            paused.tryFail(done.cause());
                          }
                        }));
    return paused
        .future()
        .<Departure>map(carried -> new Leaving(here, carried))
        .onFailure(failure -> goOn(here));
  }

  private void goOn(Activation here) {
    if (departing.remove(here.id(), here) && running.get(here.id()) == here) {
      here.unpause();
    }
  }

  Future<Arrival> arrive(AgentSpec spec, long epoch, Checkpoint carried) {
    Entry known = directory.entry(spec.id());
    return known != null && known.epoch() >= epoch
        ? prepare(known, epoch, carried)
        : barriers
            .pass()
            .compose(passed -> prepare(directory.entry(spec.id()), epoch, carried));
  }

  private Future<Arrival> prepare(Entry entry, long epoch, Checkpoint carried) {
    if (entry == null || entry.epoch() != epoch || !entry.shown() || closed) {
      return Future.failedFuture(
          new MabeamException(
              ErrorCode.STALE_EPOCH,
              entry == null
                  ? "there is no such agent any more"
                  : "agent '" + entry.id() + "' is not of epoch " + epoch + " any more"));
    }
    Activation activation = new Activation(entry.abandoned(""), stage, this);
    return here(activation.prepare(carried))
        .<Arrival>map(
            prepared -> {
              if (closed) {
                throw AgentErrors.closing(stage.nodeId());
              }
              Warm warm = new Warm(activation, carried);
              Warm before = arrived.put(entry.id(), warm);
              if (before != null) {
                before.give(AgentErrors.moves(entry.id()));
              }
              sync(entry.id());
              return warm;
            })
        .onFailure(failure -> activation.stop(AgentErrors.moves(entry.id())));
  }

  /** The same on the room's context: what an activation does ends on its agent's home. */
  private <T> Future<T> here(Future<T> task) {
    Promise<T> result = Promise.promise();
    task.onComplete(done -> stage.scheduler().execute(() -> result.handle(done)));
    return result.future();
  }

  /** An agent that is paused here. */
  private final class Leaving implements Departure {
    private final Activation activation;
    private final Checkpoint carried;
    private final AgentSpec spec;
    private final long epoch;

    Leaving(Activation activation, Checkpoint carried) {
      this.activation = activation;
      this.carried = carried;
      spec = activation.entry().spec();
      epoch = activation.epoch();
    }

    @Override
    public long epoch() {
      return epoch;
    }

    @Override
    public AgentSpec spec() {
      return spec;
    }

    @Override
    public Checkpoint carried() {
      return carried;
    }

    @Override
    public void resume() {
      goOn(activation);
    }

    /** What the directory says is what counts: it is so when this node's copy has it. */
    @Override
    public void forward(String owner, long newEpoch) {
      departing.remove(activation.id(), activation);
      Entry entry = directory.entry(activation.id());
      if (entry != null && entry.epoch() < newEpoch) {
        lookAgain(activation.id());
      } else {
        sync(activation.id());
      }
    }
  }

  /** An agent that is prepared here, and not this node's. */
  private final class Warm implements Arrival {
    private final Activation activation;
    private final Checkpoint carried;
    private final Promise<Void> running = Promise.promise();

    Warm(Activation activation, Checkpoint carried) {
      this.activation = activation;
      this.carried = carried;
    }

    boolean isOlder(Checkpoint newest) {
      return carried.compareTo(newest) < 0;
    }

    @Override
    public Future<Void> running() {
      return running.future();
    }

    @Override
    public void abandon() {
      if (arrived.remove(activation.id(), this)) {
        give(AgentErrors.moves(activation.id()));
      }
    }

    private void give(MabeamException why) {
      running.tryFail(why);
      activation.stop(why);
    }
  }

  /** Stops everything; what is decided stays as it is. */
  Future<Void> close() {
    closed = true;
    List<Future<Void>> stops = new ArrayList<>();
    running
        .values()
        .forEach(activation -> stops.add(activation.stop(AgentErrors.closing(stage.nodeId()))));
    arrived
        .values()
        .forEach(
            warm -> stops.add(warm.activation.stop(AgentErrors.closing(stage.nodeId()))));
    running.clear();
    arrived.clear();
    List.copyOf(left.keySet()).forEach(id -> placeLeft(id, directory.entry(id)));
    return stops.isEmpty()
        ? Future.succeededFuture()
        : Future.join(stops).otherwiseEmpty().mapEmpty();
  }
}
