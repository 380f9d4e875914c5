package dev.mabeam.consensus;

import dev.mabeam.consensus.ProposalWire.Proposed;
import dev.mabeam.consensus.ProposalWire.Ruling;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Unpacker;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * What this node proposes, until it is known what became of it.
 *
 * <pre>
 *                 flush                  this node's copy applied it
 *   queued ────────────────► attempted ─────────────────────────────► settled with its answer
 *     ▲   the leader is known     │ another leads, the attempt was refused, or nothing is heard
 *     └───────────────────────────┘
 * </pre>
 *
 * <p>An attempt has a ticket, and is open until the leader says that it was certainly not appended.
 * At the deadline, a command without an open attempt is certainly not applied and never will be:
 * INSUFFICIENT_CONSENSUS; with one, TIMEOUT. Nothing is sent to a leader that cannot be reached, so
 * that this is rarely in doubt. All attempts of a command have the same session and request, so
 * that at most one is executed, and what is given up lies below the session's floor afterwards, so
 * that a late one is not executed either.
 *
 * <p>What was applied is learned from this node's copy alone. If that copy jumps by an image, the
 * image's sessions tell. If the session itself is gone then, nobody knows any more: TIMEOUT. If a
 * command is refused because its session has expired, seen in the order of the log, it was not
 * executed before nor will be, and goes into a new session.
 */
final class Proposals {
  private static final Duration TICK = Duration.ofMillis(20);
  private static final long LOST_NANOS = Duration.ofMillis(250).toNanos();
  private static final long SLOW_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MAX_DOUBLINGS = 4;
  private static final long KNOCK_NANOS = Duration.ofMillis(100).toNanos();
  private static final int MAX_COMMANDS = 512;
  private static final int MAX_BYTES = 512 * 1024;

  /** A command under way. */
  private static final class Pending {
    final Promise<Buffer> promise = Promise.promise();
    final long deadlineNanos;
    final boolean bulk;
    /** Of a command in a session. */
    final String machine;
    final Buffer body;
    /** 0 before there is a session. */
    long request;
    /** Null before it is numbered; of a command without a session, from the start. */
    Buffer encoded;
    final Set<Long> openTickets = new HashSet<>(2);
    boolean queued;
    boolean taken;
    int attempts;
    long attemptedNanos;
    LinkAddress attemptedAt;
    int attemptedTerm;

    Pending(long deadlineNanos, boolean bulk, String machine, Buffer body) {
      this.deadlineNanos = deadlineNanos;
      this.bulk = bulk;
      this.machine = machine;
      this.body = body;
    }
  }

  private final Post post;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Group group;
  private final int maxPending;
  private final Rules rules;
  private final Deque<Pending> urgent = new ArrayDeque<>();
  private final Deque<Pending> bulk = new ArrayDeque<>();
  /** Those without a session: that have none, or wait for one to be opened. */
  private final Map<Long, Pending> byNonce = new HashMap<>();
  private final List<Pending> waiting = new ArrayList<>();
  private final TreeMap<Long, Pending> byRequest = new TreeMap<>();
  private final Map<Long, Pending> byTicket = new HashMap<>();
  private String self;
  private long session;
  private boolean opening;
  private long lastRequest;
  private long lastTicket;
  private long lastKnock;
  private int pendingBulk;
  private boolean flushSet;
  private Scheduler.Scheduled tick;
  private MabeamException ended;

  Proposals(
      Post post,
      Scheduler scheduler,
      RandomGenerator random,
      Group group,
      int maxPending,
      Rules rules) {
    this.rules = rules;
    this.post = post;
    this.scheduler = scheduler;
    this.random = random;
    this.group = group;
    this.maxPending = maxPending;
    this.lastKnock = scheduler.nanos() - KNOCK_NANOS;
    post.on(FrameType.PROPOSED, (from, type, payload) -> ruled(Proposed.decode(payload)));
    group.onChange(this::flushSoon);
  }

  /** As whom this node opens sessions from now on. */
  void self(String nodeId) {
    self = nodeId;
  }

  /** The open session, or 0. */
  long session() {
    return session;
  }

  Future<Buffer> propose(StateMachine machine, Buffer command, Duration deadline) {
    if (ended != null) {
      return Future.failedFuture(ended);
    }
    if (self == null) {
      return Future.failedFuture(
          new MabeamException(ErrorCode.UNAVAILABLE, "this node is in no cluster yet"));
    }
    if (full(machine.bulk())) {
      return Future.failedFuture(overloaded());
    }
    Pending pending = new Pending(end(deadline), machine.bulk(), machine.name(), command);
    pendingBulk += pending.bulk ? 1 : 0;
    if (session == 0) {
      waiting.add(pending);
      open();
    } else {
      number(pending);
    }
    startTick();
    return pending.promise.future();
  }

  /** About members: without a session, and not turned away for what else is under way. */
  Future<Buffer> propose(Buffer memberCommand, Duration deadline) {
    if (ended != null) {
      return Future.failedFuture(ended);
    }
    long nonce = random.nextLong();
    return withoutSession(nonce, new Command.OfMembers(nonce, memberCommand), end(deadline));
  }

  private Future<Buffer> withoutSession(long nonce, Command command, long deadlineNanos) {
    Pending pending = new Pending(deadlineNanos, false, null, null);
    pending.encoded = command.encode();
    byNonce.put(nonce, pending);
    queue(pending);
    startTick();
    return pending.promise.future();
  }

  private boolean full(boolean ofBulk) {
    return waiting.size() + byRequest.size() >= maxPending
        || ofBulk && pendingBulk >= maxPending / 2
        || !byRequest.isEmpty() && lastRequest - byRequest.firstKey() >= Session.MAX_OPEN - 1;
  }

  private static MabeamException overloaded() {
    return new MabeamException(
        ErrorCode.OVERLOADED, "too many decisions are under way", "try again in a moment");
  }

  private long end(Duration deadline) {
    return scheduler.nanos() + deadline.toNanos();
  }

  // ---- sessions -------------------------------------------------------------------------------

  private void open() {
    if (opening || self == null) {
      return;
    }
    opening = true;
    long nonce = random.nextLong();
    withoutSession(nonce, new Command.Open(nonce, self), end(Decisions.DEFAULT_DEADLINE))
        .onComplete(
            opened -> {
              opening = false;
              if (opened.succeeded()) {
                session = new Unpacker(opened.result()).number();
                lastRequest = 0;
                takeWaiting().forEach(this::number);
              } else if (MabeamException.of(opened.cause()).code() == ErrorCode.STALE_EPOCH) {
                takeWaiting().forEach(pending -> fail(pending, MabeamException.of(opened.cause())));
              } else if (!waiting.isEmpty() && ended == null) {
                open();
              }
            });
  }

  private List<Pending> takeWaiting() {
    List<Pending> all = List.copyOf(waiting);
    waiting.clear();
    return all;
  }

  private void number(Pending pending) {
    pending.request = ++lastRequest;
    byRequest.put(pending.request, pending);
    queue(pending);
  }

  /** The session is gone, as the log says in order: nothing pending in it was or will be executed. */
  private void sessionExpired() {
    leaveSession().forEach(
        pending -> {
          forgetTickets(pending);
          pending.encoded = null;
          waiting.add(pending);
        });
    if (!waiting.isEmpty()) {
      open();
    }
  }

  private List<Pending> leaveSession() {
    List<Pending> all = List.copyOf(byRequest.values());
    byRequest.clear();
    session = 0;
    all.forEach(pending -> pending.queued = false);
    return all;
  }

  /** Closes the session; nobody waits for that. */
  void closeSession() {
    if (session != 0 && ended == null && group.leader() != null) {
      post.send(
          group.leader(),
          FrameType.PROPOSE,
          new ProposalWire.Propose(
                  ++lastTicket,
                  List.of(new ProposalWire.Item(false, new Command.Close(session).encode())))
              .encode());
    }
  }

  // ---- attempts -------------------------------------------------------------------------------

  private void queue(Pending pending) {
    if (!pending.queued) {
      pending.queued = true;
      (pending.bulk ? bulk : urgent).add(pending);
      flushSoon();
    }
  }

  /** In a later turn: what is proposed in this one shares a frame. */
  private void flushSoon() {
    if (!flushSet && !(urgent.isEmpty() && bulk.isEmpty())) {
      flushSet = true;
      scheduler.execute(this::flush);
    }
  }

  private void flush() {
    flushSet = false;
    LinkAddress leader = group.leader();
    if (leader == null) {
      return;
    }
    if (!post.reaches(leader)) {
      knock(leader);
      return;
    }
    for (List<Pending> batch = nextBatch(); !batch.isEmpty(); batch = nextBatch()) {
      attempt(batch, leader);
    }
  }

  /** Opens the line, and hears whether that one leads; to tell it a command is for later. */
  private void knock(LinkAddress leader) {
    long now = scheduler.nanos();
    if (now - lastKnock >= KNOCK_NANOS) {
      lastKnock = now;
      ProposalWire.Propose question = new ProposalWire.Propose(lastTicket, List.of());
      post.send(leader, FrameType.PROPOSE, question.encode());
    }
  }

  private List<Pending> nextBatch() {
    List<Pending> batch = new ArrayList<>();
    long floor = byRequest.isEmpty() ? 0 : byRequest.firstKey();
    int bytes = 0;
    while (batch.size() < MAX_COMMANDS && bytes < MAX_BYTES) {
      Pending next = urgent.isEmpty() ? bulk.poll() : urgent.poll();
      if (next == null) {
        break;
      }
      if (!next.queued) {
        continue;
      }
      next.queued = false;
      if (next.encoded == null) {
        next.encoded =
            new Command.Apply(session, next.request, floor, next.machine, next.body).encode();
      }
      batch.add(next);
      bytes += next.encoded.length();
    }
    return batch;
  }

  private void attempt(List<Pending> batch, LinkAddress leader) {
    long first = lastTicket + 1;
    List<ProposalWire.Item> items = new ArrayList<>(batch.size());
    for (Pending pending : batch) {
      long ticket = ++lastTicket;
      byTicket.put(ticket, pending);
      pending.openTickets.add(ticket);
      pending.taken = false;
      pending.attempts++;
      pending.attemptedNanos = scheduler.nanos();
      pending.attemptedAt = leader;
      pending.attemptedTerm = group.term();
      items.add(new ProposalWire.Item(pending.bulk, pending.encoded));
    }
    post.send(leader, FrameType.PROPOSE, new ProposalWire.Propose(first, items).encode());
  }

  private void ruled(Proposed proposed) {
    group.told(proposed.group());
    for (long ticket = proposed.firstTicket();
        ticket < proposed.firstTicket() + proposed.count();
        ticket++) {
      Pending pending = byTicket.get(ticket);
      if (pending == null) {
        continue;
      }
      if (proposed.ruling() == Ruling.TAKEN) {
        pending.taken = true;
      } else {
        byTicket.remove(ticket);
        pending.openTickets.remove(ticket);
        if (proposed.ruling() == Ruling.OVERLOADED && pending.openTickets.isEmpty()) {
          fail(pending, overloaded());
        }
      }
    }
    flushSoon();
  }

  private void startTick() {
    if (tick == null) {
      tick = scheduler.every(TICK, this::tick);
    }
  }

  private void tick() {
    long now = scheduler.nanos();
    List<Pending> all = new ArrayList<>(waiting);
    all.addAll(byRequest.values());
    all.addAll(byNonce.values());
    if (all.isEmpty()) {
      tick.cancel();
      tick = null;
      return;
    }
    for (Pending pending : all) {
      if (now - pending.deadlineNanos >= 0) {
        giveUp(pending);
      } else if (pending.attempts > 0 && !pending.queued && isStuck(pending, now)) {
        queue(pending);
      }
    }
    flushSoon();
  }

  private boolean isStuck(Pending pending, long now) {
    if (pending.openTickets.isEmpty()) {
      return true;
    }
    boolean sameLeader =
        pending.attemptedAt.equals(group.leader()) && pending.attemptedTerm == group.term();
    if (!sameLeader) {
      return group.leader() != null;
    }
    long patience = pending.taken ? SLOW_NANOS : LOST_NANOS;
    int doublings = Math.min(MAX_DOUBLINGS, pending.attempts - 1);
    return now - pending.attemptedNanos > patience << doublings;
  }

  private void giveUp(Pending pending) {
    fail(
        pending,
        pending.openTickets.isEmpty() || !rules.doubt()
            ? new MabeamException(
                ErrorCode.INSUFFICIENT_CONSENSUS,
                "no majority of the voters could be had for this decision: it was not made",
                "see who votes with 'mabeam status'")
            : unknown());
  }

  private static MabeamException unknown() {
    return new MabeamException(
        ErrorCode.TIMEOUT, "it is not known whether this decision was made, or will be");
  }

  // ---- what becomes of them -------------------------------------------------------------------

  /** This node's copy has applied it. */
  void outcome(long ofSession, long request, Answer answer) {
    if (ofSession == session) {
      Pending pending = byRequest.get(request);
      if (pending != null) {
        settle(pending, answer);
      }
    }
  }

  void outcome(long nonce, Answer answer) {
    Pending pending = byNonce.get(nonce);
    if (pending != null) {
      settle(pending, answer);
    }
  }

  /** This node's copy has come by a command that it did not execute, and never will. */
  void notExecuted(long ofSession, long request, boolean sessionGone, MabeamException why) {
    if (ofSession != session || session == 0) {
      return;
    }
    if (sessionGone) {
      sessionExpired();
    } else if (byRequest.get(request) != null) {
      fail(byRequest.get(request), why);
    }
  }

  /** This node's copy went on by an image, of which these are the sessions. */
  void restored(SortedMap<Long, Session> sessions) {
    byNonce.values().forEach(this::queue);
    if (session == 0) {
      return;
    }
    Session mine = sessions.get(session);
    if (mine == null) {
      for (Pending pending : leaveSession()) {
        if (pending.openTickets.isEmpty()) {
          pending.encoded = null;
          waiting.add(pending);
        } else {
          fail(pending, unknown());
        }
      }
      if (!waiting.isEmpty()) {
        open();
      }
      return;
    }
    for (Pending pending : List.copyOf(byRequest.values())) {
      Answer answer = mine.answers().get(pending.request);
      if (answer != null) {
        settle(pending, answer);
      }
    }
  }

  private void settle(Pending pending, Answer answer) {
    remove(pending);
    if (answer.refusal() == null) {
      pending.promise.tryComplete(answer.value());
    } else {
      pending.promise.tryFail(answer.refusal());
    }
  }

  private void fail(Pending pending, MabeamException why) {
    remove(pending);
    pending.promise.tryFail(why);
  }

  private void remove(Pending pending) {
    pending.queued = false;
    forgetTickets(pending);
    if (pending.machine == null) {
      byNonce.values().remove(pending);
    } else {
      waiting.remove(pending);
      if (byRequest.get(pending.request) == pending) {
        byRequest.remove(pending.request);
      }
      pendingBulk -= pending.bulk ? 1 : 0;
    }
  }

  private void forgetTickets(Pending pending) {
    pending.openTickets.forEach(byTicket::remove);
    pending.openTickets.clear();
  }

  /** Fails everything: {@code why} says it for what was not attempted, and for what comes later. */
  void end(MabeamException why) {
    if (ended != null) {
      return;
    }
    ended = why;
    List<Pending> all = new ArrayList<>(waiting);
    all.addAll(byRequest.values());
    all.addAll(byNonce.values());
    for (Pending pending : all) {
      fail(pending, pending.openTickets.isEmpty() ? why : unknown());
    }
    if (tick != null) {
      tick.cancel();
    }
  }
}
