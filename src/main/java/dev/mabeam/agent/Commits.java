package dev.mabeam.agent;

import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.agent.AgentSpec.Pace;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.checkpoint.StateWrite;
import dev.mabeam.checkpoint.Writer;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Holds back what an agent says until the checkpoint that contains it is written.
 *
 * <p>While the agent handles messages, what it answers is <em>collected</em>. Between two messages,
 * if no write is under way, what is collected becomes one checkpoint: the state is asked for once,
 * and put together with what is remembered of senders, with what the agent has told and with its
 * reminders, all of it as of one moment at which no message is half handled. Messages that are
 * handled while it is written are collected for the next one. So there is at most one write under
 * way and one being collected, and the slower the stores the more messages share a write.
 * Agents of one node write in rounds ({@link WriteRounds}): while others of it are writing, this
 * one collects on.
 *
 * <p>When the write has ended well, and only then, the answers are said and what was told leaves.
 * If the state is as it was, and nothing was told, there is nothing to write: the answers only tell
 * what the last checkpoint has, and are said under the lease. They are never said before a write
 * that is under way has ended, since they may tell of what it contains.
 *
 * <p><b>What goes wrong.</b> <em>A store is silent</em>: it is dropped from the set by a decision,
 * and the write ends; without a majority neither happens, and nothing is said. <em>The write is
 * refused</em> since the agent is another node's: this activation ends, and nothing that was
 * collected or under way is said; who sent it finds out by asking again. <em>The agent does not
 * give its state</em>: what it did since the last checkpoint cannot be kept, so it must not be
 * seen. Those messages fail with FAILED_TO_SERIALIZE, and the activation ends and is recovered from
 * its last checkpoint, at a new epoch. <em>The node dies</em>: whatever was said is in a
 * checkpoint, and what is in the last checkpoint and was not said is remembered there as an answer
 * that is kept, and as a message that has not left. <em>The lease is lost</em>: writes go on, since
 * they are fenced by their epoch, and what they let go waits for the lease.
 *
 * <p>On the agent's home; the writer is used on the checkpoints' thread.
 */
final class Commits {
  /** What an activation does for its commits. */
  interface Owner {
    long epoch();

    /** Appends what belongs to a checkpoint besides the state. */
    Buffer envelope();

    /** How many letters are in the outbox that have not left. */
    int unsent();

    /** So many of them are written. */
    void release(int letters);

    /** Another node's activation has fenced this one. */
    void fenced();

    /** The agent does not give its state. */
    void broken(MabeamException why);
  }

  private record Output(Delivery message, KeptAnswer answer) {}

  private final AgentSpec spec;
  private final AgentState state;
  private final Mailbox mailbox;
  private final Home home;
  private final Stage stage;
  private final Owner owner;
  private final Supplier<Writer> opening;
  /** On the checkpoints' thread only; null until it is opened. */
  private Writer writer;
  private boolean closed;
  private List<Output> collected = new ArrayList<>(0);
  /** Something else than the state or an answer is to be written. */
  private boolean dirty;
  private boolean writing;
  private boolean blank = true;
  private boolean isDue;
  private boolean ended;
  private Scheduler.Scheduled pacing;
  /** Whether the agent took its time with the last message; and whether it ever did. */
  private boolean slow;
  private boolean everSlow;
  /** It is due, and waits for the next round. */
  private boolean waits;
  /** How many of the collected are known to. */
  private int awaited;
  /** Who waits for the last one of all; null if nobody does. */
  private Promise<Checkpoint> last;
  /** Who waits for everything to be said; null if nobody does. */
  private Promise<Void> flushed;

  /** {@code opening} makes the writer, on the checkpoints' thread. */
  Commits(
      AgentSpec spec,
      AgentState state,
      Mailbox mailbox,
      Home home,
      Stage stage,
      Owner owner,
      Supplier<Writer> opening) {
    this.spec = spec;
    this.state = state;
    this.mailbox = mailbox;
    this.home = home;
    this.stage = stage;
    this.owner = owner;
    this.opening = opening;
  }

  /** To be said when everything up to now is written. */
  void add(Delivery message, KeptAnswer answer) {
    collected.add(new Output(message, answer));
    mailbox.hold(1);
    if (spec.durability() == Durability.DURABLE || collected.size() >= spec.pace().messages()) {
      isDue = true;
    } else {
      pace();
    }
  }

  private void pace() {
    if (pacing == null) {
      Pace pace = spec.pace();
      pacing = stage.scheduler().after(pace.within(), () -> home.queue().add(this::timeUp));
    }
  }

  private void timeUp() {
    pacing = null;
    isDue = !ended;
    soon();
  }

  /** The agent was told to remember something, or a timer's task has run. */
  void touched() {
    if (spec.durability() == Durability.DURABLE) {
      isDue = true;
    } else {
      pace();
    }
  }

  /** There is something to write, whether the state has changed or not. */
  void dirty() {
    dirty = true;
    touched();
  }

  /** The same, and no message may come to an end: looks at it by itself. */
  void dirtySoon() {
    dirty();
    home.queue().add(this::soon);
  }

  private void soon() {
    if (!mailbox.isBusy()) {
      between();
    }
  }

  /**
   * A message is handed out. Where the one before took its time this one may too, and what is
   * collected does not wait for it.
   */
  void beforeMessage() {
    if (slow) {
      between();
    }
  }

  /** The message that was handed out takes its time, or does not. */
  void handedOut(boolean slow) {
    this.slow = slow;
    everSlow |= slow;
  }

  /** Has its stores looked after from now on, whether or not there is anything to write. */
  void enter() {
    onCheckpoints(this::open);
  }

  /** Later, with what other agents of this home have for that thread in this turn. */
  private void onCheckpoints(Runnable task) {
    home.toCheckpoints().add(task, home.queue(), stage.writes());
  }

  /** From there, in the same way. */
  private void onHome(Runnable task) {
    home.fromCheckpoints().add(task, stage.writes(), home.queue());
  }

  private void open() {
    if (writer == null && !closed) {
      writer = opening.get();
    }
  }

  /** Whether nothing was written yet: then nothing can fill other stores. */
  boolean isBlank() {
    return blank;
  }

  /** The first checkpoint of an activation that goes on with another one's. */
  void begin() {
    dirty = true;
    commit();
  }

  /** No message is half handled. */
  void between() {
    if (!writing && !ended && isDue && mayBegin()) {
      commit();
    }
    if (!writing && !ended && last != null) {
      writeLast();
    }
    if (!writing && flushed != null && (ended || !isDue)) {
      flushed.tryComplete();
    }
  }

  /** Who may take long with the next message does not wait: what is collected would wait for that. */
  private boolean mayBegin() {
    boolean may = everSlow || stage.rounds().isOpen();
    if (!may && (!waits || collected.size() > awaited)) {
      Runnable again = waits ? null : this::roundOpen;
      int more = collected.size() - awaited;
      waits = true;
      awaited = collected.size();
      stage.rounds().await(home, again, more);
    }
    return may;
  }

  private void roundOpen() {
    waits = false;
    awaited = 0;
    soon();
  }

  /** Completes when everything up to now is written and said, or never will be. */
  Future<Void> flush() {
    flushed = Promise.promise();
    isDue |= !collected.isEmpty() || dirty;
    between();
    return flushed.future();
  }

  /**
   * Writes everything once more, as a whole, and completes with that. No message is handed out
   * meanwhile. FAILED_TO_SERIALIZE; then it may go on, if nothing was lost.
   */
  Future<Checkpoint> last() {
    Promise<Checkpoint> promise = Promise.promise();
    if (ended) {
      promise.fail(AgentErrors.moves(spec.id()));
    } else {
      last = promise;
      between();
    }
    return promise.future();
  }

  private void writeLast() {
    Promise<Checkpoint> promise = last;
    last = null;
    isDue = false;
    List<Output> outputs = take();
    try {
      write(outputs, state.whole(), promise);
    } catch (MabeamException failed) {
      if (!outputs.isEmpty() || dirty) {
        fail(outputs, failed);
      }
      promise.fail(failed);
    }
  }

  /** Writes and says nothing any more. */
  void end() {
    ended = true;
    take();
    if (last != null) {
      last.tryFail(AgentErrors.moves(spec.id()));
      last = null;
    }
    if (flushed != null) {
      flushed.tryComplete();
    }
    onCheckpoints(
        () -> {
          closed = true;
          if (writer != null) {
            writer.close();
          }
        });
  }

  /** The directory has another set of stores. */
  void changed(CheckpointSet set) {
    stage
        .writes()
        .add(
            () -> {
              if (writer != null) {
                writer.changed(set);
              }
            });
  }

  private void commit() {
    isDue = false;
    List<Output> outputs = take();
    StateWrite change;
    try {
      change = state.next();
    } catch (MabeamException failed) {
      fail(outputs, failed);
      return;
    }
    if (change == StateWrite.UNCHANGED && !dirty) {
      say(outputs);
    } else {
      write(outputs, change, null);
    }
  }

  private List<Output> take() {
    if (pacing != null) {
      pacing.cancel();
      pacing = null;
    }
    List<Output> taken = collected;
    collected = new ArrayList<>(0);
    awaited = 0;
    return taken;
  }

  private void fail(List<Output> outputs, MabeamException why) {
    end();
    mailbox.hold(-outputs.size());
    KeptAnswer failure = KeptAnswer.of(why);
    outputs.forEach(output -> output.message().settle(failure));
    owner.broken(why);
  }

  private void say(List<Output> outputs) {
    if (!outputs.isEmpty()) {
      mailbox.hold(-outputs.size());
      outputs.forEach(output -> output.message().settle(output.answer()));
    }
  }

  private void write(List<Output> outputs, StateWrite change, Promise<Checkpoint> written) {
    writing = true;
    blank = false;
    dirty = false;
    long round = stage.rounds().begun(size(change), outputs.size());
    int letters = owner.unsent();
    Buffer envelope = owner.envelope();
    if (!stage.agentRules().writesFirst()) {
      say(outputs);
    }
    onCheckpoints(
        () -> {
          open();
          stage.rounds().taken(round);
          if (closed) {
            stage.rounds().ended(round);
            return;
          }
          writer
              .write(envelope, change)
              .onComplete(
                  done -> {
                    long position = writer.position();
                    onHome(
                        () -> {
                          written(outputs, letters, done);
                          if (written != null) {
                            finish(written, done, position, envelope, change);
                          }
                        });
                    stage.rounds().ended(round);
                  });
        });
  }

  private static int size(StateWrite change) {
    if (change instanceof StateWrite.Base whole) {
      return whole.state().length();
    }
    return change instanceof StateWrite.Delta delta ? delta.change().length() : 0;
  }

  private void written(List<Output> outputs, int letters, AsyncResult<Void> done) {
    writing = false;
    if (done.succeeded() && stage.agentRules().writesFirst()) {
      say(outputs);
    }
    if (ended) {
      return;
    }
    if (done.failed()) {
      end();
      if (MabeamException.of(done.cause()).code() == ErrorCode.STALE_EPOCH) {
        owner.fenced();
      }
      return;
    }
    owner.release(letters);
    soon();
  }

  private void finish(
      Promise<Checkpoint> promise,
      AsyncResult<Void> done,
      long position,
      Buffer envelope,
      StateWrite change) {
    StateWrite.Base whole = (StateWrite.Base) change;
    if (done.failed()) {
      promise.tryFail(done.cause());
    } else {
      promise.tryComplete(
          new Checkpoint(
              owner.epoch(),
              position,
              envelope,
              whole.version(),
              whole.state(),
              List.of()));
    }
  }
}
