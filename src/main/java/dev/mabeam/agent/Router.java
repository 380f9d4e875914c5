package dev.mabeam.agent;

import static dev.mabeam.agent.Frames.Origin.BATCH;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.agent.Pending.Answer;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.EncodeException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The way of a message to its agent, from the node where it is sent.
 *
 * <p>It goes by this node's copy of the directory: into the mailbox if the agent runs here, else to
 * its owner. An id that the copy does not have is looked for again when the copy has everything
 * that was decided. An owner that is not it any more passes the message on, once, and says who is;
 * until the copy has caught up, that counts. While the owner does not hold its lease, messages wait
 * for it before they are taken, as {@link Leash} says.
 *
 * <p><b>Again.</b> A message has a number, the same in every copy of it, by which its agent knows
 * it ({@link Senders}). So it is sent again until its deadline, to whoever is the owner then: soon,
 * if it certainly was not taken; when its agent has an owner again, if that was lost; and with
 * growing pauses, if nothing is heard of it. From this node's own agent nothing is heard only if
 * its activation ends without having answered, since what it did was not kept: then at once. What
 * ends a message is an answer, a refusal of the only copy that there is of it, or its deadline; and
 * its number is open until then. A refusal says nothing while another copy may have been taken.
 *
 * <p><b>The lease.</b> An answer counts if the owner's lease held for certain when it was made: if
 * no more time has passed since the first copy was sent, by this node's clock, than the answer says
 * that it {@code stands}. Else the answer is kept back, and its owner asked whether that activation
 * still holds. If it does, nobody else can have owned the agent in between, and the answer counts;
 * meanwhile the message is sent again like any that nothing is heard of.
 *
 * <p>Any thread.
 */
final class Router {
  private static final Duration CONFIRM_AGAIN = Duration.ofMillis(50);
  private static final Duration SWEEP = Duration.ofMillis(50);
  /** After which silence a message is sent again for the first time, and at the longest. */
  private static final Duration SILENCE = Duration.ofMillis(300);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(2);
  /** How much longer a silence is for each so many bytes. */
  private static final int SLOW_BYTES = 64 * 1024;
  private static final Duration SLOWER = Duration.ofMillis(50);
  /** When a message that was not taken is sent again. */
  private static final Duration REFUSED = Duration.ofMillis(100);
  /** With less than this left it is not worth trying again. */
  private static final Duration TOO_LATE = Duration.ofMillis(400);
  /** For how long nothing is open to an agent before it is told so. */
  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final int MOST_HINTS = 10_000;

  /** What this node was told of, and has not applied yet. */
  private record Hint(String owner, long epoch) {}

  private final String nodeId;
  private final AgentDirectory directory;
  private final Activations activations;
  private final Barriers barriers;
  private final PendingAsks pending;
  private final Outgoing outgoing;
  private final Leash leash;
  private final Known known;
  private final Scheduler scheduler;
  private final Map<String, Hint> hints = new ConcurrentHashMap<>();
  /** Agents for whose owner messages wait. */
  private final Set<String> ownerless = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private volatile boolean closed;

  Router(
      String nodeId,
      AgentDirectory directory,
      Activations activations,
      Barriers barriers,
      PendingAsks pending,
      Outgoing outgoing,
      Leash leash,
      Known known,
      Scheduler scheduler) {
    this.nodeId = nodeId;
    this.directory = directory;
    this.activations = activations;
    this.barriers = barriers;
    this.pending = pending;
    this.outgoing = outgoing;
    this.leash = leash;
    this.known = known;
    this.scheduler = scheduler;
    pending.onEnd(this::ended);
  }

  /** Numbers it as this node's. */
  Future<Object> send(String id, Object body, Duration deadline, boolean asked) {
    return send(id, body, deadline, asked, null);
  }

  /** The same with a number that somebody else gave; null for one of this node. */
  Future<Object> send(String id, Object body, Duration deadline, boolean asked, Stamp given) {
    if (closed) {
      return Future.failedFuture(AgentErrors.closed(nodeId));
    }
    if (id == null || !Body.travels(body)) {
      return Future.failedFuture(
          id == null ? AgentErrors.notFound("null") : Body.invalid(id, body));
    }
    Numbering.Ticket ticket = given == null ? outgoing.numbering().next(id) : null;
    Pending message = pending.add(id, asked, deadline, ticket, given);
    if (closed) {
      // Whoever closes may have been through already.
      pending.end(message, null, AgentErrors.closed(nodeId));
      return message.future();
    }
    try {
      Activation here = activations.get(id);
      if (here != null) {
        deliver(message, here, Body.copy(body));
      } else {
        message.encoded = Body.encoded(body instanceof Buffer ? Body.copy(body) : body);
        route(message, false);
      }
    } catch (EncodeException | IllegalStateException odd) {
      pending.end(message, null, Body.invalid(id, body));
    }
    return message.future();
  }

  /**
   * Tells what a durable agent has told; completes when {@code target} has handled it and that is
   * kept, or it is known not to.
   */
  Future<Void> post(Stamp stamp, String target, Object encoded) {
    if (closed) {
      return Future.failedFuture(AgentErrors.closed(nodeId));
    }
    Pending message = pending.add(target, false, Agents.DEFAULT_DEADLINE, null, stamp);
    message.encoded = encoded;
    route(message, false);
    return message.future().mapEmpty();
  }

  /** By what is {@link Pending#encoded}. */
  private void route(Pending message, boolean lookedAgain) {
    String id = message.agent;
    Activation here = activations.get(id);
    if (here != null) {
      deliver(message, here, Body.decoded(message.encoded));
      return;
    }
    Entry entry = directory.entry(id);
    Hint hint = hints.get(id);
    if (hint != null && (entry == null || hint.epoch() > entry.epoch())) {
      sendTo(hint.owner(), hint.epoch(), message);
    } else if (entry == null || entry.state() == State.LEAVING) {
      lookAgain(message, lookedAgain);
    } else if (entry.state() == State.UNAVAILABLE) {
      waitForOwner(message, entry);
    } else if (entry.owner().equals(nodeId)) {
      begin(message);
    } else {
      sendTo(entry.owner(), entry.epoch(), message);
    }
  }

  private void deliver(Pending message, Activation here, Object body) {
    if (leash.open()) {
      here.offer(new Local(message, body, here));
    } else {
      leash.await(
          message.deadlineNanos,
          () -> enter(message, body),
          () -> {
            message.encoded = Body.encoded(body);
            refused(message, AgentErrors.noLease(message.agent, nodeId));
          });
    }
  }

  /** The lease is there again; the agent may be elsewhere by now. */
  private void enter(Pending message, Object body) {
    if (pending.get(message.number) != message) {
      return;
    }
    Activation here = activations.get(message.agent);
    if (here != null) {
      here.offer(new Local(message, body, here));
    } else {
      message.encoded = Body.encoded(body);
      route(message, false);
    }
  }

  /** It is this node's, and was decided so lately that nothing here has been told yet. */
  private void begin(Pending message) {
    scheduler.execute(
        () -> {
          activations.sync(message.agent);
          Activation begun = activations.get(message.agent);
          if (begun != null) {
            deliver(message, begun, Body.decoded(message.encoded));
          } else {
            refused(message, activations.whyNot(message.agent));
          }
        });
  }

  private void lookAgain(Pending message, boolean lookedAgain) {
    if (lookedAgain) {
      refused(message, AgentErrors.notFound(message.agent));
      return;
    }
    scheduler.execute(
        () ->
            barriers
                .pass()
                .onComplete(
                    passed -> route(message, true),
                    failure -> refused(message, AgentErrors.unknown(message.agent, failure))));
  }

  private void waitForOwner(Pending message, Entry entry) {
    MabeamException why = AgentErrors.unavailable(entry);
    if (entry.comesBack()) {
      message.refusal = why;
      ownerless.add(entry.id());
      again(message, LONGEST_SILENCE);
      Entry now = directory.entry(entry.id());
      if (now == null || now.state() != State.UNAVAILABLE) {
        again(message, Duration.ZERO);
      }
    } else {
      end(message, why);
    }
  }

  private void sendTo(String owner, long epoch, Pending message) {
    long now = scheduler.nanos();
    Object encoded = message.encoded;
    Frames.Head head =
        new Frames.Head(
            message.asked,
            message.number,
            BATCH,
            message.agent,
            (message.deadlineNanos - now) / 1_000_000,
            message.stamp(now, epoch, known));
    message.sent(owner, now);
    Duration silence = SILENCE.multipliedBy(1L << Math.min(message.attempts - 1, 3));
    again(
        message,
        (silence.compareTo(LONGEST_SILENCE) < 0 ? silence : LONGEST_SILENCE)
            .plus(SLOWER.multipliedBy(Body.size(encoded) / SLOW_BYTES)));
    outgoing.toAgent(
        owner,
        message.agent,
        (Buffer to, String sender) -> Frames.message(to, sender, head, encoded));
  }

  private void again(Pending message, Duration in) {
    message.againNanos = scheduler.nanos() + in.toNanos();
    sweepSoon();
  }

  private void sweepSoon() {
    if (!sweeping.get() && sweeping.compareAndSet(false, true)) {
      scheduler.execute(() -> scheduler.after(SWEEP, this::sweep));
    }
  }

  /** Sends again what it is time for, and tells agents that nothing is open to them. */
  private void sweep() {
    sweeping.set(false);
    if (closed) {
      return;
    }
    long now = scheduler.nanos();
    for (Pending message : pending.all()) {
      long at = message.againNanos;
      if (at != Pending.NEVER && at - now <= 0) {
        sendAgain(message);
      }
    }
    boolean untold = false;
    for (Numbering numbering : outgoing.numberings()) {
      numbering.untold(now / 1_000_000, QUIET.toMillis()).forEach(this::tellFloor);
      untold |= numbering.hasUntold();
    }
    if (untold || pending.size() > 0) {
      sweepSoon();
    }
  }

  private void sendAgain(Pending message) {
    message.againNanos = Pending.NEVER;
    if (message.deadlineNanos - scheduler.nanos() > 0) {
      route(message, false);
    }
  }

  /**
   * It was not taken by the activation of that epoch. If that is newer than what was known here
   * when it was sent, and no other copy went anywhere, then nobody has handled it: it goes again,
   * as what is sent now.
   */
  private void refusedBy(long epoch, String owner, Pending message, MabeamException why) {
    long now = scheduler.nanos();
    boolean tooEarly =
        why.code() == ErrorCode.SESSION_EXPIRED
            && message.isOlderThan(epoch)
            && message.isFirst(now)
            && message.deadlineNanos - now > TOO_LATE.toNanos();
    if (tooEarly) {
      moved(message.agent, owner, epoch);
      message.refusal = why;
      again(message, Duration.ZERO);
    } else {
      refused(message, why);
    }
  }

  /** It was not taken just now. */
  private void refused(Pending message, MabeamException why) {
    message.refusal = why;
    if (message.mayBeTaken()) {
      othersMayBeTaken(message, why);
      return;
    }
    boolean later = why.code() == ErrorCode.READ_ONLY || why.code() == ErrorCode.UNAVAILABLE;
    if (later && message.deadlineNanos - scheduler.nanos() > TOO_LATE.toNanos()) {
      again(message, REFUSED);
    } else {
      end(message, why);
    }
  }

  private void othersMayBeTaken(Pending message, MabeamException why) {
    switch (why.code()) {
      case OVERLOADED, READ_ONLY, UNAVAILABLE, INSUFFICIENT_CONSENSUS, TIMEOUT -> {
        if (message.againNanos == Pending.NEVER) {
          again(message, LONGEST_SILENCE);
        }
      }
      case AGENT_NOT_FOUND -> end(message, AgentErrors.undeployed(message.agent));
      default -> end(message, why);
    }
  }

  private void end(Pending message, MabeamException why) {
    boolean own = message.ticket != null && why.code() == ErrorCode.SESSION_EXPIRED;
    pending.end(message, null, own ? AgentErrors.forgotten(message.agent) : why);
  }

  /** Its number is not open any more. */
  private void ended(Pending message) {
    Numbering.Ticket ticket = message.ticket;
    if (ticket != null && ticket.settle(message.handled, scheduler.nanos() / 1_000_000)) {
      tellFloor(ticket);
    }
    sweepSoon();
  }

  private void tellFloor(Numbering.Ticket ticket) {
    String id = ticket.target();
    Stamp stamp = ticket.stamp(0);
    Activation here = activations.get(id);
    if (here != null) {
      here.settled(stamp.sender(), stamp.floor());
      return;
    }
    Entry entry = directory.entry(id);
    if (entry != null && !entry.owner().isEmpty() && !entry.owner().equals(nodeId)) {
      outgoing.toAgent(
          entry.owner(), id, (Buffer to, String sender) -> Frames.settled(to, sender, id, stamp));
    }
  }

  /** An answer, or what the agent failed with, from another node. */
  void answered(
      PendingAsks.Landing landing, String from, long number, long stands, Answer answer) {
    Pending message = pending.get(number);
    if (message == null) {
      return;
    }
    if (stands == Frames.ALWAYS) {
      message.copyRefused();
      refusedBy(answer.epoch(), from, message, MabeamException.of(answer.failure()));
    } else if (scheduler.nanos() - message.sentNanos <= stands) {
      message.handled = true;
      landing.end(message, answer.value(), answer.failure());
    } else {
      message.doubtful = answer;
      confirm(message, from);
    }
  }

  private void confirm(Pending message, String owner) {
    if (pending.get(message.number) != message) {
      return;
    }
    Answer answer = message.doubtful;
    message.confirmNanos = scheduler.nanos();
    outgoing.toAgent(
        owner,
        message.agent,
        to -> Frames.confirm(to, message.number, message.agent, answer.epoch()));
  }

  void confirmed(String from, long number, long stands) {
    Pending message = pending.get(number);
    if (message == null || message.doubtful == null) {
      return;
    }
    if (scheduler.nanos() - message.confirmNanos <= stands) {
      message.handled = true;
      pending.end(message, message.doubtful.value(), message.doubtful.failure());
    } else {
      scheduler.after(CONFIRM_AGAIN, () -> confirm(message, from));
    }
  }

  /** Another node knows of a newer owner. */
  void moved(String id, String owner, long epoch) {
    Entry entry = directory.entry(id);
    if (entry == null || entry.epoch() < epoch) {
      if (hints.size() >= MOST_HINTS) {
        hints.clear();
      }
      hints.put(id, new Hint(owner, epoch));
    }
  }

  /** It is in the mailbox. */
  void taken(long number) {
    Pending message = pending.get(number);
    if (message != null) {
      told(message);
    }
  }

  /** Who tells on behalf of another waits until it is handled. */
  private void told(Pending message) {
    if (!message.asked && message.ticket != null) {
      pending.told(message);
    }
  }

  /** The directory has changed: what it was told of, or waited for, may be in it now. */
  void caughtUp(String id) {
    Entry entry = directory.entry(id);
    Hint hint = hints.get(id);
    if (hint != null && (entry == null || entry.epoch() >= hint.epoch())) {
      hints.remove(id, hint);
    }
    if (!ownerless.isEmpty()
        && (entry == null || entry.state() != State.UNAVAILABLE)
        && ownerless.remove(id)) {
      for (Pending message : pending.all()) {
        if (message.agent.equals(id) && message.againNanos != Pending.NEVER) {
          sendAgain(message);
        }
      }
    }
  }

  /**
   * Activations of this node have ended and say nothing more. What they had of this node's own
   * messages and did not answer is sent again, to whoever has the agent then.
   */
  void ended(Set<Activations.Ended> activations) {
    for (Pending message : pending.all()) {
      Pending.Here copy = message.here;
      if (copy != null
          && activations.contains(new Activations.Ended(message.agent, copy.epoch()))) {
        message.here = null;
        if (copy.isKept()) {
          message.encoded = copy.encoded();
          sendAgain(message);
        } else {
          pending.end(message, null, AgentErrors.unanswered(message.agent));
        }
      }
    }
  }

  /** A batch certainly did not arrive: sends this node's own messages in it again. */
  void undelivered(Frames.Reader batch) {
    byte kind;
    while ((kind = batch.next()) != 0) {
      if (kind == Frames.NUMBERED_ASK || kind == Frames.NUMBERED_TELL) {
        Pending message = pending.get(batch.number());
        if (message != null && batch.origin().node().isEmpty()) {
          message.copyRefused();
          again(message, REFUSED);
        }
      }
    }
  }

  /** A node is gone, by decision: it answers nothing any more. */
  void gone(String node) {
    for (Pending message : pending.all()) {
      if (node.equals(message.node)) {
        Entry entry = directory.entry(message.agent);
        if (entry != null && entry.isKept()) {
          message.node = null;
          sendAgain(message);
        } else {
          pending.end(message, null, AgentErrors.nodeLeft(message.agent, node));
        }
      }
    }
  }

  void close() {
    closed = true;
    pending.failAll(message -> true, message -> AgentErrors.closed(nodeId));
  }

  /** A message from this node to an agent on it. */
  private final class Local implements Delivery, Pending.Here {
    private final Pending message;
    private final Object body;
    private final boolean kept;
    private final Stamp stamp;
    private final long bornNanos = scheduler.nanos();
    private volatile long epoch;

    Local(Pending message, Object body, Activation here) {
      this.message = message;
      this.body = body;
      kept = here.entry().isKept();
      stamp = message.stamp(scheduler.nanos(), here.epoch(), known);
      message.offered(this);
    }

    /** What may be sent again stays as it is, whatever the agent does to what it gets. */
    @Override
    public Object body() {
      return kept ? Body.copy(body) : body;
    }

    @Override
    public Object encoded() {
      return Body.encoded(body);
    }

    @Override
    public boolean isKept() {
      return kept;
    }

    @Override
    public void at(long epoch) {
      this.epoch = epoch;
    }

    @Override
    public long epoch() {
      return epoch;
    }

    @Override
    public boolean asked() {
      return message.asked;
    }

    @Override
    public long deadlineNanos() {
      return message.deadlineNanos;
    }

    /**
     * With the floor of now, unless that is beyond it: an activation that is yet to open is not told
     * of it in any other way, and would wait for messages that were given up.
     */
    @Override
    public Stamp stamp() {
      Stamp then = stamp.waited(scheduler.nanos() - bornNanos);
      if (message.ticket == null) {
        return then;
      }
      Stamp now = message.ticket.stamp(then.ageMillis(), then.knew());
      return now.floor() > now.sequence() ? then : now;
    }

    @Override
    public void taken(boolean told) {
      if (told) {
        told(message);
      }
    }

    @Override
    public void answer(Object value) {
      end(Body.copy(value), null);
    }

    @Override
    public void settle(KeptAnswer kept) {
      end(kept.value(), kept.failure());
    }

    private void end(Object value, MabeamException failure) {
      leash.say(
          () -> {
            message.handled = true;
            pending.end(message, message.asked ? value : null, failure);
          });
    }

    @Override
    public void fail(MabeamException why) {
      message.refusedHere(this);
      message.encoded = encoded();
      refusedBy(epoch, nodeId, message, why);
    }

    @Override
    public void forward(String owner, long epoch) {
      message.refusedHere(this);
      if (pending.get(message.number) == message) {
        moved(message.agent, owner, epoch);
        message.encoded = encoded();
        sendTo(owner, epoch, message);
      }
    }
  }
}
