package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.agent.Pending.Answer;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What other nodes send this one: messages to agents here, and what became of this node's own. Any
 * thread.
 *
 * <p>A message to an agent that is not this node's goes on to whoever the directory names, and its
 * sender is told: once as this node's copy of the directory has it, and after that as it is decided.
 * What a node sent that is no member any more is dropped: nothing that was done there since counts.
 * If the directory has no such agent it is asked for everything that was decided before that is
 * said.
 */
final class Inbound {
  private static final System.Logger LOG = System.getLogger(Inbound.class.getName());
  private static final int MOST_GONE = 10_000;

  private final String nodeId;
  private final AgentDirectory directory;
  private final Activations activations;
  private final Barriers barriers;
  private final Router router;
  private final PendingAsks pending;
  private final Outgoing outgoing;
  private final Leash leash;
  private final Scheduler scheduler;
  private final AgentRules rules;
  /** Ids of nodes that are members no more; an id is never used again. */
  private final Set<String> gone = ConcurrentHashMap.newKeySet();

  Inbound(
      String nodeId,
      AgentDirectory directory,
      Activations activations,
      Barriers barriers,
      Router router,
      PendingAsks pending,
      Outgoing outgoing,
      Leash leash,
      Scheduler scheduler,
      AgentRules rules) {
    this.nodeId = nodeId;
    this.directory = directory;
    this.activations = activations;
    this.barriers = barriers;
    this.router = router;
    this.pending = pending;
    this.outgoing = outgoing;
    this.leash = leash;
    this.scheduler = scheduler;
    this.rules = rules;
  }

  void receive(Buffer batch) {
    PendingAsks.Landing landing = pending.new Landing();
    try {
      Frames.Reader frames = new Frames.Reader(batch);
      byte kind;
      while ((kind = frames.next()) != 0) {
        receive(kind, frames, landing);
      }
    } catch (MabeamException | IndexOutOfBoundsException malformed) {
      LOG.log(Level.WARNING, "{0}: unreadable messages: {1}", nodeId, malformed.getMessage());
    }
    landing.land();
  }

  private void receive(byte kind, Frames.Reader frame, PendingAsks.Landing landing) {
    switch (kind) {
      case Frames.ASK, Frames.TELL -> deliver(message(kind == Frames.ASK, false, frame));
      case Frames.NUMBERED_ASK, Frames.NUMBERED_TELL ->
          deliver(message(kind == Frames.NUMBERED_ASK, true, frame));
      case Frames.TAKEN -> router.taken(frame.number());
      case Frames.SETTLED -> settled(frame.text(), frame.sender(), frame.number());
      case Frames.ANSWER -> answer(frame, landing);
      case Frames.FAILURE -> failure(frame, landing);
      case Frames.MOVED -> router.moved(frame.text(), frame.text(), frame.number());
      case Frames.CONFIRM ->
          confirm(frame.from(), frame.number(), frame.text(), frame.number());
      case Frames.CONFIRMED ->
          router.confirmed(frame.from().node(), frame.number(), frame.number());
      default -> LOG.log(Level.DEBUG, "{0}: passed over a frame of kind {1}", nodeId, kind);
    }
  }

  private void answer(Frames.Reader frame, PendingAsks.Landing landing) {
    long number = frame.number();
    long stands = frame.number();
    long epoch = frame.number();
    Answer answer;
    try {
      answer = new Answer(frame.body().read(), null, epoch);
    } catch (MabeamException unreadable) {
      answer = new Answer(null, unreadable, epoch);
    }
    router.answered(landing, frame.from().node(), number, stands, answer);
  }

  private void failure(Frames.Reader frame, PendingAsks.Landing landing) {
    long number = frame.number();
    long stands = frame.number();
    long epoch = frame.number();
    router.answered(
        landing, frame.from().node(), number, stands, new Answer(null, frame.failure(), epoch));
  }

  private void settled(String agent, String sender, long floor) {
    Activation here = activations.get(agent);
    if (here != null) {
      here.settled(sender, floor);
    }
  }

  private Remote message(boolean asked, boolean numbered, Frames.Reader frame) {
    long number = frame.number();
    Frames.Origin origin = frame.origin();
    String agent = frame.text();
    int millis = frame.millis();
    Stamp stamp = numbered ? frame.stamp() : null;
    return new Remote(
        agent,
        asked,
        number,
        frame.from(),
        origin.node().isEmpty() ? frame.from() : origin,
        scheduler.nanos(),
        millis,
        stamp,
        frame.body());
  }

  /** A node is gone, by decision: what it had sent to agents is nobody's any more. */
  void gone(String node) {
    if (gone.size() >= MOST_GONE) {
      gone.clear();
    }
    gone.add(node);
  }

  private void deliver(Remote message) {
    if (gone.isEmpty() || !gone.contains(message.origin.node())) {
      deliver(message, false);
    }
  }

  private void deliver(Remote message, boolean lookedAgain) {
    Activation here = activations.get(message.agent);
    if (here == null) {
      scheduler.execute(() -> elsewhere(message, lookedAgain));
    } else if (leash.open()) {
      enter(message, here);
    } else {
      leash.await(
          message.deadlineNanos(),
          () -> enterOrPass(message, lookedAgain),
          () -> message.refuse(AgentErrors.noLease(message.agent, nodeId)));
    }
  }

  private static void enter(Remote message, Activation here) {
    here.offer(message);
  }

  /** The lease is there again; the agent may be elsewhere by now. */
  private void enterOrPass(Remote message, boolean lookedAgain) {
    Activation here = activations.get(message.agent);
    if (here == null) {
      scheduler.execute(() -> elsewhere(message, lookedAgain));
    } else {
      enter(message, here);
    }
  }

  /** On the room's context. */
  private void elsewhere(Remote message, boolean lookedAgain) {
    Entry entry = directory.entry(message.agent);
    if (entry != null && entry.shown() && entry.state() != State.UNAVAILABLE) {
      if (entry.owner().equals(nodeId)) {
        activations.sync(message.agent);
        if (activations.get(message.agent) != null) {
          deliver(message, lookedAgain);
          return;
        }
      } else if (lookedAgain || isToGoOn(message)) {
        passOn(message, entry.owner(), entry.epoch());
        return;
      }
    }
    if (!lookedAgain) {
      barriers
          .pass()
          .onComplete(
              passed -> deliver(message, true),
              failure -> message.refuse(AgentErrors.unknown(message.agent, failure)));
    } else if (entry == null || !entry.shown()) {
      message.refuse(AgentErrors.notFound(message.agent));
    } else if (entry.state() == State.UNAVAILABLE) {
      message.refuse(AgentErrors.unavailable(entry));
    } else {
      message.refuse(activations.whyNot(message.agent));
    }
  }

  /**
   * Whether it goes on as this node's copy of the directory has it. Not if it did so before: then
   * one of two copies is behind, and only what is decided tells which. Nor if the agent is on its
   * way here, and its sender may have heard earlier than this node that it has arrived: back at its
   * source nobody would take it.
   */
  private boolean isToGoOn(Remote message) {
    return message.origin == message.from && !activations.expects(message.agent);
  }

  private void passOn(Remote message, String owner, long epoch) {
    long passed = (scheduler.nanos() - message.arrivedNanos) / 1_000_000;
    long left = message.millis - passed;
    if (message.stamp == null) {
      byte kind = message.asked ? Frames.ASK : Frames.TELL;
      outgoing.toAgent(
          owner,
          message.agent,
          to ->
              Frames.message(
                  to, kind, message.number, message.origin, message.agent, left, message.raw));
    } else {
      Stamp stamp = message.stamp.older(passed);
      Frames.Head head =
          new Frames.Head(
              message.asked, message.number, message.origin, message.agent, left, stamp);
      outgoing.toAgent(
          owner,
          message.agent,
          (Buffer to, String sender) -> Frames.message(to, sender, head, message.raw));
    }
    outgoing.toOrigin(message.origin, to -> Frames.moved(to, message.agent, owner, epoch));
  }

  private void confirm(Frames.Origin from, long number, String agent, long epoch) {
    long arrived = scheduler.nanos();
    Activation here = activations.get(agent);
    if (here != null && here.epoch() == epoch) {
      leash.say(
          () -> {
            long stands = leash.standsSince(arrived);
            outgoing.toOrigin(from, to -> Frames.confirmed(to, number, stands));
          });
    }
  }

  /** A message from another node to an agent on this one. */
  private final class Remote implements Delivery {
    private final String agent;
    private final boolean asked;
    private final long number;
    private final Frames.Origin from;
    /** Who waits for the answer: the sender, or whoever it passed this on for. */
    private final Frames.Origin origin;
    private final long arrivedNanos;
    private final int millis;
    /** Null from a sender that does not number. */
    private final Stamp stamp;
    private final Frames.Raw raw;
    private long epoch;
    private boolean taken;
    private boolean told;

    Remote(
        String agent,
        boolean asked,
        long number,
        Frames.Origin from,
        Frames.Origin origin,
        long arrivedNanos,
        int millis,
        Stamp stamp,
        Frames.Raw raw) {
      this.agent = agent;
      this.asked = asked;
      this.number = number;
      this.from = from;
      this.origin = origin;
      this.arrivedNanos = arrivedNanos;
      this.millis = millis;
      this.stamp = stamp;
      this.raw = raw;
    }

    @Override
    public Object body() {
      return raw.read();
    }

    @Override
    public boolean asked() {
      return asked;
    }

    @Override
    public long deadlineNanos() {
      return arrivedNanos + millis * 1_000_000L;
    }

    @Override
    public Stamp stamp() {
      return stamp == null ? null : stamp.waited(scheduler.nanos() - arrivedNanos);
    }

    @Override
    public boolean isCopyOf(Delivery other) {
      return other instanceof Remote remote
          && remote.number == number
          && remote.origin.equals(origin);
    }

    @Override
    public void taken(boolean told) {
      taken = true;
      this.told = told;
      if (told && !asked) {
        if (stamp == null) {
          say(null);
        } else {
          outgoing.toOrigin(origin, to -> Frames.taken(to, number));
        }
      }
    }

    @Override
    public void answer(Object value) {
      if (isAwaited()) {
        say(asked ? Body.encoded(value) : null);
      }
    }

    @Override
    public void settle(KeptAnswer kept) {
      if (kept.failure() != null && isAwaited()) {
        sayFailure(kept.failure());
      } else if (isAwaited()) {
        say(asked ? kept.encoded() : null);
      }
    }

    /** A number is open until what came of the message is known, also if its teller was told. */
    private boolean isAwaited() {
      return asked || stamp != null || !told;
    }

    private void say(Object encoded) {
      leash.say(
          () -> {
            long stands = leash.standsSince(arrivedNanos);
            outgoing.toOrigin(origin, to -> Frames.answer(to, number, stands, epoch, encoded));
          });
    }

    private void sayFailure(MabeamException why) {
      leash.say(
          () -> {
            long stands = leash.standsSince(arrivedNanos);
            outgoing.toOrigin(origin, to -> Frames.failure(to, number, stands, epoch, why));
          });
    }

    @Override
    public void fail(MabeamException why) {
      if (stamp != null || !taken || why.code() == ErrorCode.OVERLOADED) {
        refuse(why);
      } else if (isAwaited()) {
        sayFailure(why);
      }
    }

    @Override
    public void at(long epoch) {
      this.epoch = epoch;
    }

    @Override
    public void forward(String owner, long epoch) {
      passOn(rules.forwardsAsSent() ? this : unnumbered(), owner, epoch);
    }

    private Remote unnumbered() {
      return new Remote(agent, asked, number, from, origin, arrivedNanos, millis, null, raw);
    }

    /** It was not taken: that is so whatever becomes of the lease. */
    void refuse(MabeamException why) {
      outgoing.toOrigin(origin, to -> Frames.failure(to, number, Frames.ALWAYS, epoch, why));
    }
  }
}
