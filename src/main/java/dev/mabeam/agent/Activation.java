package dev.mabeam.agent;

import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;

/**
 * One agent, running on this node at one epoch: when it may do what.
 *
 * <pre>
 *              {@link #prepare}             {@link #open}
 *   (made) ─────────────► prepared ──────────► open ◄─────────────┐
 *     │                       │                 │  {@link #pause}         │ {@link #unpause}
 *     │                       │                 ├───────────► paused
 *     │                       │                 │               │
 *     └───────────┬───────────┴─────────────────┴───────────────┘
 *                 │ {@link #stop}: what waits is refused; the last checkpoint is written
 *                 │ {@link #leave}: what waits is handed over; nothing more is written or said
 *                 ▼
 *               ended
 * </pre>
 *
 * <p>It is <em>prepared</em>: made, started and given its last state on its home, without being
 * able to send, write or be heard; <em>opened</em>, when it is this node's for certain: from then on
 * it gets messages, tells, and writes checkpoints; <em>paused</em> for a move, which may come to
 * nothing; and ended once. Messages may come from the beginning: they wait for it to be opened. One
 * that is fenced, or loses what it did, stays paused until it is ended.
 *
 * <p>A start or a stop that does not end in time is given up: the start has failed then, and an
 * agent that starts after all is stopped at once.
 *
 * <p>What it consists of: {@link Mailbox} and {@link Handling} for messages, {@link Belongings} and
 * {@link Commits} for what is kept, {@link OwnContext} for what the agent sees.
 */
final class Activation implements Commits.Owner {
  private static final System.Logger LOG = System.getLogger(Activation.class.getName());
  private static final Future<Void> NOTHING = Future.succeededFuture();

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
  private final Belongings belongings;
  private final OwnContext context;
  private volatile Entry entry;
  private Agent agent;
  private volatile Home home;
  private Handling handling;
  /** Null if it is volatile. */
  private volatile Commits commits;
  private AgentState state;
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
    mailbox = new Mailbox(entry.id(), stage.rules(), entry.isKept());
    belongings = new Belongings(entry, stage, mailbox);
    context = new OwnContext(this, stage);
  }

  // How it begins.

  /**
   * Makes and starts the agent, with what {@code kept} has of it; null for nothing. Fails with
   * NOT_FOUND, FORBIDDEN or INVALID if there is no such type here, FAILED_TO_START_ON_TARGET if the
   * start failed.
   */
  Future<Void> prepare(Checkpoint kept) {
    starting =
        stage
            .limited(
                id(),
                "start()",
                stage.types().maker(entry.spec().type()).compose(maker -> make(maker, kept)))
            .onSuccess(started -> starting = null);
    return starting;
  }

  private Future<Void> make(AgentTypes.Maker maker, Checkpoint kept) {
    Home shared = stage.shell().homes().of(id());
    return shared
        .<Home>call(() -> start(maker, shared))
        .compose(there -> kept == null ? NOTHING : there.call(() -> restore(kept).mapEmpty()))
        .recover(failure -> Future.failedFuture(startFailed(failure)));
  }

  private Future<Home> start(AgentTypes.Maker maker, Home shared) throws Exception {
    Agent made = made(maker);
    if (made instanceof AgentVerticle verticle) {
      verticle.bind(context);
      return stage
          .shell()
          .deploy(verticle)
          .compose(own -> own.call(() -> started(made, own)));
    }
    arrange(made, shared);
    Future<?> start = made.start(context);
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
      long began = commits == null ? epoch() : Math.max(entry.born(), entry.lostAt());
      handling = new Handling(id(), stage.rules(), made::receive, commits, began);
      if (!stage.agentRules().refusesOld()) {
        handling.remember(Envelope.EMPTY.senders());
      }
      belongings.settle(on, handling, commits);
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
      limited("stop()", sayGoodbye()).onFailure(this::logStop);
      return Future.failedFuture("it was given up");
    }
    return Future.succeededFuture(on);
  }

  private Future<?> restore(Checkpoint kept) {
    belongings.restore(kept.envelope());
    AgentState of = state == null ? new AgentState(id(), agent) : state;
    return of.restore(kept);
  }

  private MabeamException startFailed(Throwable failure) {
    LOG.log(Level.WARNING, "agent '" + id() + "' failed to start on " + stage.nodeId(), failure);
    return AgentErrors.failedToStart(entry, stage.nodeId(), failure);
  }

  /** It is this node's, as it was prepared. */
  void adopt(Entry now) {
    entry = now;
  }

  /**
   * Lets it have its messages. {@code recovered} if it goes on with what another activation has
   * written: then that is written again, at this epoch, before anything is said.
   */
  Future<Void> open(boolean recovered) {
    return home.call(
        () -> {
          opened = true;
          boolean changed = belongings.open();
          if (commits != null) {
            commits.enter();
            if (recovered || changed || isJoint()) {
              commits.begin();
            }
          }
          mailbox.open(handling, home.queue());
          return NOTHING;
        });
  }

  // What it is while it runs.

  String id() {
    return entry.id();
  }

  @Override
  public long epoch() {
    return entry.epoch();
  }

  Entry entry() {
    return entry;
  }

  boolean isOpen() {
    return opened;
  }

  /** Whether it is this node's; else it is only prepared here. */
  boolean isHere() {
    return entry.owner().equals(stage.nodeId());
  }

  Mailbox mailbox() {
    return mailbox;
  }

  Belongings belongings() {
    return belongings;
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

  // What its commits need.

  @Override
  public Buffer envelope() {
    return belongings.envelope();
  }

  @Override
  public int unsent() {
    return belongings.unsent();
  }

  @Override
  public void release(int letters) {
    belongings.release(letters);
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

  // How it departs.

  /**
   * Hands out nothing more, and completes with its last checkpoint once that is written; of a
   * volatile agent nothing is written.
   */
  Future<Checkpoint> pause() {
    if (!stage.agentRules().writesLast()) {
      return home.call(() -> Future.succeededFuture(carried()));
    }
    return mailbox
        .pause()
        .compose(
            idle ->
                home.call(
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
      stopped = begun().compose(none -> patiently("the last message", last)).compose(this::end);
    }
    Home on = home;
    return on == null
        ? Future.succeededFuture(mailbox.shut(why))
        : on.call(() -> Future.succeededFuture(whatWaits(why)));
  }

  private List<Delivery> whatWaits(MabeamException why) {
    if (commits != null) {
      commits.end();
    }
    List<Delivery> waiting = new ArrayList<>(handling == null ? List.of() : handling.takeWaiting());
    waiting.addAll(mailbox.shut(why));
    return waiting;
  }

  // How it ends.

  /**
   * Refuses messages from now on, with {@code why}; completes when the agent has stopped, or had
   * its time.
   */
  Future<Void> stop(MabeamException why) {
    if (stopped == null) {
      Future<Void> last = mailbox.close(why);
      stopped =
          begun()
              .compose(none -> patiently("the last message", last))
              .compose(none -> patiently("the last checkpoint", flush()))
              .compose(this::end);
    }
    return stopped;
  }

  /** Completes when it has been started, or that has failed. */
  private Future<Void> begun() {
    return starting == null ? NOTHING : starting.otherwiseEmpty();
  }

  private Future<Void> flush() {
    return home == null || !opened || commits == null ? NOTHING : home.call(commits::flush);
  }

  /** What has not started yet says goodbye when it has. */
  private Future<Void> end(Void none) {
    boolean there;
    synchronized (this) {
      ended = true;
      there = agent != null;
    }
    if (home == null) {
      return NOTHING;
    }
    // All of it within the limit: its thread may be blocked for good.
    Future<?> quiet = home.call(this::quiet);
    return patiently("stop()", there ? quiet.compose(done -> sayGoodbye()) : quiet);
  }

  private Future<Void> quiet() {
    context.end();
    belongings.end();
    if (handling != null) {
      MabeamException gone = AgentErrors.moves(id());
      handling.takeWaiting().forEach(message -> message.fail(gone));
    }
    if (commits != null) {
      commits.end();
    }
    return NOTHING;
  }

  private Future<?> sayGoodbye() {
    return agent instanceof AgentVerticle verticle
        ? stage.shell().undeploy(verticle)
        : home.call(() -> agent.stop());
  }

  private Future<Void> patiently(String what, Future<?> task) {
    return limited(what, task).recover(this::logStop);
  }

  private Future<Void> limited(String what, Future<?> task) {
    return stage.limited(id(), what, task);
  }

  private Future<Void> logStop(Throwable failure) {
    LOG.log(Level.WARNING, "agent '" + id() + "' did not stop well; it is gone", failure);
    return NOTHING;
  }
}
