package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * One agent, running on this node at one epoch. It is <em>prepared</em>: made, started and given its
 * last state on its home; <em>opened</em>, when it is this node's for certain: from then on it gets
 * messages, tells, and writes checkpoints; and stopped once. Messages may come from the beginning;
 * they wait for it to be opened.
 *
 * <p>A start or a stop that does not end in time is given up: the start has failed then, and an
 * agent that starts after all is stopped at once.
 */
final class Activation implements AgentContext, Commits.Owner {
  private static final System.Logger LOG = System.getLogger(Activation.class.getName());
  private static final Future<Void> NOTHING = Future.succeededFuture();
  /** How often an outbox with something in it is looked at. */
  private static final Duration RESEND = Outbox.FIRST_PAUSE;

  /** Hears of what ends an activation from within; on its home. */
  interface Fate {
    /** Another one has fenced it. */
    void fenced(Activation activation);

    /** It has lost what it did since its last checkpoint, and is to begin again from that. */
    void broken(Activation activation, MabeamException why);
  }

  private final Stage stage;
  private final Fate fate;
  private final Mailbox mailbox;
  private volatile Entry entry;
  private Agent agent;
  private volatile Home home;
  private Handling handling;
  /** Null if it is volatile. */
  private volatile Commits commits;
  private AgentState state;
  /** Null as long as there is nothing in it. */
  private Outbox outbox;
  private Reminders reminders;
  private Set<Scheduler.Scheduled> timers;
  private Scheduler.Scheduled alarm;
  /** What the agent has told, and wants to be reminded of, before it was opened. */
  private List<Runnable> early;
  private boolean resending;
  private volatile boolean opened;
  private Future<Void> starting;
  private Future<Void> stopped;
  /** It has said its last word, and waits to be ended. */
  private volatile boolean doomed;
  /** Nobody wants it any more. */
  private volatile boolean ended;

  Activation(Entry entry, Stage stage, Fate fate) {
    this.entry = entry;
    this.stage = stage;
    this.fate = fate;
    this.mailbox = new Mailbox(entry.id(), stage.rules(), entry.isKept());
  }

  /**
   * Makes and starts the agent, with what {@code kept} has of it; null for nothing. Fails with
   * NOT_FOUND, FORBIDDEN or INVALID if there is no such type here, FAILED_TO_START_ON_TARGET if the
   * start failed.
   */
  Future<Void> prepare(Checkpoint kept) {
    starting =
        limited(
                stage.types().maker(entry.spec().type()).compose(maker -> make(maker, kept)),
                "start()")
            .onSuccess(started -> starting = null);
    return starting;
  }

  private Future<Void> make(AgentTypes.Maker maker, Checkpoint kept) {
    Home shared = stage.shell().homes().of(id());
    return on(shared, () -> start(maker, shared))
        .compose(there -> kept == null ? NOTHING : on(there, () -> restore(kept).mapEmpty()))
        .recover(failure -> Future.failedFuture(startFailed(failure)));
  }

  private Future<Home> start(AgentTypes.Maker maker, Home shared) throws Exception {
    Agent made = made(maker);
    if (made instanceof AgentVerticle verticle) {
      verticle.bind(this);
      return stage
          .shell()
          .deploy(verticle)
          .compose(own -> on(own, () -> started(made, own)));
    }
    arrange(made, shared);
    Future<?> start = made.start(this);
    return start == null
        ? Future.failedFuture("start() returned null")
        : start.compose(done -> started(made, shared));
  }

  private static Agent made(AgentTypes.Maker maker) throws Exception {
    try {
      return maker.make();
    } catch (Exception | Error failure) {
      throw failure;
    } catch (Throwable failure) {
      throw new IllegalStateException(failure);
    }
  }

  private void arrange(Agent made, Home on) {
    if (home == null) {
      home = on;
      if (entry.isKept()) {
        state = new AgentState(id(), made);
        commits =
            new Commits(
                entry.spec(),
                state,
                mailbox,
                on,
                stage,
                this,
                () -> stage.keeping().checkpoints().open(entry.key(), epoch(), entry.set()));
      }
      handling = new Handling(id(), stage.rules(), made::receive, commits);
    }
  }

  /** On its home. */
  private Future<Home> started(Agent made, Home on) {
    arrange(made, on);
    boolean late;
    synchronized (this) {
      agent = made;
      late = ended;
    }
    if (late) {
      limited(sayGoodbye(), "stop()").onFailure(this::logStop);
      return Future.failedFuture("it was given up");
    }
    return Future.succeededFuture(on);
  }

  private Future<?> restore(Checkpoint kept) {
    Envelope envelope = Envelope.decode(kept.envelope());
    handling.remember(envelope.senders());
    if (envelope.outbox().length() > 0) {
      outbox = Outbox.decode(id(), entry.born(), envelope.outbox());
    }
    if (envelope.reminders().length() > 0) {
      reminders = Reminders.decode(envelope.reminders());
    }
    AgentState of = state == null ? new AgentState(id(), agent) : state;
    return of.restore(kept);
  }

  /**
   * Lets it have its messages. {@code recovered} if it goes on with what another activation has
   * written: then that is written again, at this epoch, before anything is said.
   */
  Future<Void> open(boolean recovered) {
    return on(
        home,
        () -> {
          opened = true;
          boolean told = early != null;
          if (told) {
            early.forEach(Runnable::run);
            early = null;
          }
          if (commits != null) {
            commits.enter();
            if (recovered || told || isJoint()) {
              commits.begin();
            }
          }
          mailbox.open(handling, home.queue());
          setAlarm();
          return Future.succeededFuture();
        });
  }

  private MabeamException startFailed(Throwable failure) {
    LOG.log(Level.WARNING, "agent '" + id() + "' failed to start on " + nodeId(), failure);
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        "agent '" + id() + "' of type " + entry.spec().type() + " failed to start on " + nodeId()
            + ": " + why,
        "the log of that node has the stack trace",
        failure);
  }

  /** Ends as {@code task} does, or with a failure when its time is up. */
  private Future<Void> limited(Future<?> task, String what) {
    Promise<Void> result = Promise.promise();
    if (task.isComplete()) {
      task.<Void>mapEmpty().onComplete(result);
      return result.future();
    }
    Scheduler.Scheduled giveUp =
        stage.scheduler().after(stage.limit(), () -> result.tryFail(tooLong(what)));
    task.onComplete(
        done -> {
          giveUp.cancel();
          if (!result.tryComplete()) {
            LOG.log(Level.WARNING, "agent ''{0}'': {1} ended after it was given up", id(), what);
          }
        },
        failure -> {
          giveUp.cancel();
          result.tryFail(failure);
        });
    return result.future();
  }

  private MabeamException tooLong(String what) {
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        what + " of agent '" + id() + "' did not end within " + stage.limit().toMillis() + " ms",
        "complete its future, do not block, and do what takes longer afterwards");
  }

  /**
   * Refuses messages from now on, with {@code why}; completes when the agent has stopped, or had
   * its time.
   */
  Future<Void> stop(MabeamException why) {
    if (stopped == null) {
      Future<Void> last = mailbox.close(why);
      Future<Void> started = starting == null ? Future.succeededFuture() : starting;
      stopped =
          started
              .otherwiseEmpty()
              .compose(none -> limited(last, "the last message"))
              .recover(this::logStop)
              .compose(none -> limited(flush(), "the last checkpoint"))
              .recover(this::logStop)
              .compose(none -> end())
              .recover(this::logStop);
    }
    return stopped;
  }

  private Future<Void> flush() {
    return home == null || !opened || commits == null
        ? Future.succeededFuture()
        : on(home, commits::flush);
  }

  /** What has not started yet says goodbye when it has. */
  private Future<Void> end() {
    boolean there;
    synchronized (this) {
      ended = true;
      there = agent != null;
    }
    if (home == null) {
      return Future.succeededFuture();
    }
    Future<Void> quiet =
        on(
            home,
            () -> {
              cancelTimers();
              if (handling != null) {
                MabeamException gone = AgentErrors.moves(id());
                handling.takeWaiting().forEach(message -> message.fail(gone));
              }
              if (commits != null) {
                commits.end();
              }
              return Future.succeededFuture();
            });
    return there
        ? quiet.compose(none -> limited(sayGoodbye(), "stop()"))
        : quiet;
  }

  private void cancelTimers() {
    if (timers != null) {
      timers.forEach(Scheduler.Scheduled::cancel);
      timers = null;
    }
    if (alarm != null) {
      alarm.cancel();
    }
  }

  private Future<?> sayGoodbye() {
    return agent instanceof AgentVerticle verticle
        ? stage.shell().undeploy(verticle)
        : on(home, () -> agent.stop());
  }

  private Future<Void> logStop(Throwable failure) {
    LOG.log(Level.WARNING, "agent '" + id() + "' did not stop well; it is gone", failure);
    return Future.succeededFuture();
  }

  private static <T> Future<T> on(Home home, Callable<Future<? extends T>> task) {
    Promise<T> result = Promise.promise();
    home.executor()
        .execute(
            () -> {
              try {
                Future<? extends T> done = task.call();
                if (done == null) {
                  result.complete();
                } else {
                  done.onComplete(result::complete, result::fail);
                }
              } catch (Throwable failure) {
                result.fail(failure);
              }
            });
    return result.future();
  }

  // What a move needs.

  /**
   * Hands out nothing more, and completes with its last checkpoint once that is written; of a
   * volatile agent nothing is written.
   */
  Future<Checkpoint> pause() {
    if (!stage.agentRules().writesLast()) {
      return on(home, () -> Future.succeededFuture(carried()));
    }
    return mailbox
        .pause()
        .compose(
            idle ->
                on(
                    home,
                    () ->
                        commits != null
                            ? commits.last()
                            : Future.succeededFuture(carried())));
  }

  private Checkpoint carried() {
    var whole = new AgentState(id(), agent).whole();
    return new Checkpoint(epoch(), 0, envelope(), whole.version(), whole.state(), List.of());
  }

  /** It goes on after {@link #pause}. */
  void unpause() {
    if (!doomed) {
      mailbox.unpause();
    }
  }

  /**
   * Ends, and says nothing more of what it has done; completes with what waits for it, which is the
   * caller's. Then {@link #stop} completes when the agent has stopped.
   */
  Future<List<Delivery>> leave(MabeamException why) {
    Future<Void> last = mailbox.pause();
    if (stopped == null) {
      Future<Void> started = starting == null ? Future.succeededFuture() : starting;
      stopped =
          started
              .otherwiseEmpty()
              .compose(none -> limited(last, "the last message"))
              .recover(this::logStop)
              .compose(none -> end())
              .recover(this::logStop);
    }
    Home on = home;
    return on == null
        ? Future.succeededFuture(mailbox.shut(why))
        : on(on, () -> Future.succeededFuture(whatWaits(why)));
  }

  private List<Delivery> whatWaits(MabeamException why) {
    if (commits != null) {
      commits.end();
    }
    List<Delivery> waiting = new ArrayList<>(handling == null ? List.of() : handling.takeWaiting());
    waiting.addAll(mailbox.shut(why));
    return waiting;
  }

  /** What is decided about it has changed, but not whose it is. */
  void decided(Entry now) {
    boolean moved = !now.set().equals(entry.set());
    entry = now;
    if (moved && commits != null) {
      commits.changed(now.set());
      if (isJoint()) {
        home.queue().add(this::fill);
      }
    }
  }

  private boolean isJoint() {
    return !entry.set().previous().isEmpty();
  }

  /** Other stores can only be filled with what was written. */
  private void fill() {
    if (opened && !ended && commits.isBlank()) {
      commits.dirtySoon();
    }
  }

  boolean isOpen() {
    return opened;
  }

  /** It is this node's, as it was prepared. */
  void adopt(Entry now) {
    entry = now;
  }

  Entry entry() {
    return entry;
  }

  // What its commits need.

  @Override
  public Buffer envelope() {
    Buffer envelope = Envelope.begin();
    Envelope.part(envelope, () -> handling.encode(envelope));
    Envelope.part(
        envelope,
        () -> {
          if (outbox != null) {
            outbox.encode(envelope);
          }
        });
    Envelope.part(
        envelope,
        () -> {
          if (reminders != null && !reminders.isEmpty()) {
            reminders.encode(envelope);
          }
        });
    return envelope;
  }

  @Override
  public int unsent() {
    return outbox == null ? 0 : outbox.unsent();
  }

  @Override
  public void release(int letters) {
    if (outbox != null) {
      outbox.release(letters).forEach(this::post);
      resend();
    }
  }

  @Override
  public void fenced() {
    doomed = true;
    mailbox.pause();
    fate.fenced(this);
  }

  @Override
  public void broken(MabeamException why) {
    doomed = true;
    mailbox.pause();
    fate.broken(this, why);
  }

  private void post(Outbox.Letter letter) {
    Outbox from = outbox;
    stage
        .post()
        .tell(from.stamp(letter), letter.target(), letter.encoded())
        .onComplete(
            done ->
                home.queue()
                    .add(
                        () -> {
                          if (done.succeeded() || isHopeless(letter, done.cause())) {
                            from.acknowledged(letter);
                          } else {
                            from.unanswered(letter, nowMillis());
                            resendLater();
                          }
                        }));
  }

  private boolean isHopeless(Outbox.Letter letter, Throwable failure) {
    ErrorCode code = MabeamException.of(failure).code();
    boolean hopeless = code == ErrorCode.AGENT_NOT_FOUND || code == ErrorCode.SESSION_EXPIRED;
    if (hopeless) {
      LOG.log(
          Level.WARNING,
          "what agent ''{0}'' told ''{1}'' was not handled: {2}",
          id(),
          letter.target(),
          failure.getMessage());
    }
    return hopeless;
  }

  private long nowMillis() {
    return stage.scheduler().nanos() / 1_000_000;
  }

  private void resend() {
    outbox.due(nowMillis()).forEach(this::post);
  }

  private void resendLater() {
    if (!resending && !ended) {
      resending = true;
      stage
          .scheduler()
          .after(
              RESEND,
              () ->
                  home.queue()
                      .add(
                          () -> {
                            resending = false;
                            if (!ended && !outbox.isEmpty()) {
                              resend();
                              resendLater();
                            }
                          }));
    }
  }

  Mailbox mailbox() {
    return mailbox;
  }

  /** Any thread. */
  void offer(Delivery message) {
    message.at(epoch());
    mailbox.offer(message);
  }

  /** A sender has given up everything below that number. Any thread. */
  void settled(String sender, long floor) {
    Home on = home;
    if (on != null) {
      on.queue()
          .add(
              () -> {
                handling.settled(sender, floor);
                mailbox.wake();
              });
    }
  }

  // What the agent has as its context.

  @Override
  public String id() {
    return entry.id();
  }

  @Override
  public long epoch() {
    return entry.epoch();
  }

  @Override
  public String nodeId() {
    return stage.nodeId();
  }

  @Override
  public JsonObject config() {
    return entry.spec().config();
  }

  @Override
  public Vertx vertx() {
    return stage.vertx();
  }

  @Override
  public Agents agents() {
    return new OwnAgents(stage.agents(), this);
  }

  Future<Object> ask(String id, Object body, Duration deadline) {
    return entry.owner().equals(nodeId())
        ? stage.agents().ask(id, body, deadline)
        : Future.failedFuture(AgentErrors.notYet(id()));
  }

  Future<Void> tell(String target, Object body) {
    if (!entry.isKept()) {
      return entry.owner().equals(nodeId())
          ? stage.agents().tell(target, body)
          : Future.failedFuture(AgentErrors.notYet(id()));
    }
    try {
      if (target == null) {
        throw AgentErrors.notFound("null");
      }
      Body.require(target, body);
      Object copy = Body.copy(body);
      changed(
          () -> {
            if (outbox == null) {
              outbox = Outbox.fresh(id(), entry.born());
            }
            outbox.add(target, copy);
          });
    } catch (MabeamException refused) {
      return Future.failedFuture(refused);
    }
    return Future.succeededFuture();
  }

  /** Changes what goes into checkpoints: what was restored comes before what it does at first. */
  private void changed(Runnable change) {
    if (!opened) {
      if (early == null) {
        early = new ArrayList<>();
      }
      early.add(change);
      return;
    }
    change.run();
    if (mailbox.isBusy()) {
      commits.dirty();
    } else {
      commits.dirtySoon();
    }
  }

  @Override
  public Scheduler.Scheduled timer(Duration delay, Runnable task) {
    Timer timer = new Timer(task, false);
    timer.scheduled = stage.scheduler().after(delay, timer::fire);
    return keep(timer);
  }

  @Override
  public Scheduler.Scheduled periodic(Duration period, Runnable task) {
    Timer timer = new Timer(task, true);
    timer.scheduled = stage.scheduler().every(period, timer::fire);
    return keep(timer);
  }

  private Scheduler.Scheduled keep(Timer timer) {
    if (timers == null) {
      timers = new HashSet<>();
    }
    timers.add(timer);
    return timer;
  }

  /** A timer's task goes through the mailbox: so it runs between messages, and under the lease. */
  private final class Timer implements Scheduler.Scheduled {
    private final Tick tick;
    private final boolean again;
    private Scheduler.Scheduled scheduled;
    private boolean waits;

    Timer(Runnable task, boolean again) {
      this.again = again;
      tick =
          new Tick(
              () -> {
                waits = false;
                if (!again) {
                  forget();
                }
                task.run();
              });
    }

    /** On the room's thread. One that comes while the last one waits is left out. */
    void fire() {
      home.queue()
          .add(
              () -> {
                if (!waits) {
                  waits = true;
                  mailbox.put(tick);
                }
              });
    }

    private void forget() {
      if (timers != null) {
        timers.remove(this);
      }
    }

    @Override
    public void cancel() {
      tick.cancel();
      scheduled.cancel();
      if (!again) {
        forget();
      }
    }
  }

  @Override
  public void remind(String name, Duration delay, Object body) {
    if (!entry.isKept()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "agent '" + id() + "' is volatile and cannot be reminded",
          "deploy it as durable, or use a timer");
    }
    Body.require(id(), body);
    long due = stage.scheduler().wallMillis() + delay.toMillis();
    Object copy = Body.copy(body);
    changed(
        () -> {
          if (reminders == null) {
            reminders = new Reminders();
          }
          reminders.set(id(), name, due, copy);
          setAlarm();
        });
  }

  @Override
  public void forgetReminder(String name) {
    if (entry.isKept()) {
      changed(
          () -> {
            if (reminders != null) {
              reminders.forget(name);
            }
          });
    }
  }

  private void setAlarm() {
    if (alarm != null) {
      alarm.cancel();
      alarm = null;
    }
    if (opened && reminders != null && reminders.nextMillis() != Long.MAX_VALUE) {
      long in = Math.max(1, reminders.nextMillis() - stage.scheduler().wallMillis());
      alarm =
          stage.scheduler().after(Duration.ofMillis(in), () -> home.queue().add(this::alarm));
    }
  }

  private void alarm() {
    if (!ended) {
      reminders.due(stage.scheduler().wallMillis()).forEach(mailbox::put);
      setAlarm();
    }
  }

  @Override
  public Effect effect(String key) {
    return new Effect(id(), epoch(), key);
  }

  @Override
  public <T> T service(Class<T> type) {
    return stage.services().get(type);
  }
}
