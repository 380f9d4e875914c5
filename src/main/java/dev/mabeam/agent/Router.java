package dev.mabeam.agent;

import static dev.mabeam.agent.Frames.Origin.BATCH;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.agent.Pending.Answer;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.json.EncodeException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The way of a message to its agent, from the node where it is sent.
 *
 * <p>It goes by this node's copy of the directory: into the mailbox if the agent runs here, else to
 * its owner. An id that the copy does not have is looked for again when the copy has everything
 * that was decided. An owner that is not it any more passes the message on, once, and says who is;
 * until the copy has caught up, that counts. A message that certainly did not reach its node is
 * sent again, where the copy says then, until its deadline; one that may have is not. While the
 * owner does not hold its lease, messages wait for it before they are taken, as {@link Leash} says.
 *
 * <p><b>The lease.</b> An answer counts if the owner's lease held for certain when it was made: if
 * no more time has passed since the message was sent, by this node's clock, than the answer says
 * that it {@code stands}. Else the answer is kept back, and its owner asked whether that activation
 * still holds. If it does, nobody else can have owned the agent in between, and the answer counts;
 * if nobody confirms it, the message ends with TIMEOUT. So the agent never gets it twice.
 *
 * <p>Any thread.
 */
final class Router {
  private static final Duration SEND_AGAIN = Duration.ofMillis(100);
  private static final Duration CONFIRM_AGAIN = Duration.ofMillis(50);
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
  private final Scheduler scheduler;
  private final Map<String, Hint> hints = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Router(
      String nodeId,
      AgentDirectory directory,
      Activations activations,
      Barriers barriers,
      PendingAsks pending,
      Outgoing outgoing,
      Leash leash,
      Scheduler scheduler) {
    this.nodeId = nodeId;
    this.directory = directory;
    this.activations = activations;
    this.barriers = barriers;
    this.pending = pending;
    this.outgoing = outgoing;
    this.leash = leash;
    this.scheduler = scheduler;
  }

  Future<Object> send(String id, Object body, Duration deadline, boolean asked) {
    if (closed) {
      return Future.failedFuture(AgentErrors.closed(nodeId));
    }
    if (id == null || !Body.travels(body)) {
      return Future.failedFuture(
          id == null ? AgentErrors.notFound("null") : Body.invalid(id, body));
    }
    Pending message = pending.add(id, asked, deadline);
    routeOrRefuse(message, body);
    return message.future();
  }

  private void routeOrRefuse(Pending message, Object body) {
    try {
      route(message, body, false);
    } catch (EncodeException | IllegalStateException odd) {
      pending.end(message, null, Body.invalid(message.agent, body));
    }
  }

  /** {@code body} is a value, or raw bytes of one. */
  private void route(Pending message, Object body, boolean lookedAgain) {
    String id = message.agent;
    Activation here = activations.get(id);
    if (here != null) {
      deliver(message, here, value(body));
      return;
    }
    Entry entry = directory.entry(id);
    Hint hint = hints.get(id);
    if (hint != null && (entry == null || hint.epoch() > entry.epoch())) {
      sendTo(hint.owner(), message, body);
    } else if (entry == null || entry.state() == State.LEAVING) {
      lookAgain(message, body, lookedAgain);
    } else if (entry.state() == State.UNAVAILABLE) {
      pending.end(message, null, AgentErrors.unavailable(entry));
    } else if (entry.owner().equals(nodeId)) {
      begin(message, body);
    } else {
      sendTo(entry.owner(), message, body);
    }
  }

  private static Object value(Object body) {
    return body instanceof Frames.Raw raw ? raw.read() : Body.copy(body);
  }

  private void deliver(Pending message, Activation here, Object body) {
    if (leash.open()) {
      here.mailbox().offer(new Local(message, body));
    } else {
      leash.await(
          message.deadlineNanos,
          () -> enter(message, body),
          () -> pending.end(message, null, AgentErrors.noLease(message.agent, nodeId)));
    }
  }

  /** The lease is there again; the agent may be elsewhere by now. */
  private void enter(Pending message, Object body) {
    Activation here = activations.get(message.agent);
    if (pending.get(message.number) != message) {
      return;
    }
    if (here != null) {
      here.mailbox().offer(new Local(message, body));
    } else {
      routeOrRefuse(message, body);
    }
  }

  /** It is this node's, and was decided so lately that nothing here has been told yet. */
  private void begin(Pending message, Object body) {
    Object kept = value(body);
    scheduler.execute(
        () -> {
          activations.sync(message.agent);
          Activation begun = activations.get(message.agent);
          if (begun != null) {
            deliver(message, begun, kept);
          } else {
            pending.end(message, null, AgentErrors.notFound(message.agent));
          }
        });
  }

  private void lookAgain(Pending message, Object body, boolean lookedAgain) {
    if (lookedAgain) {
      pending.end(message, null, AgentErrors.notFound(message.agent));
      return;
    }
    Object kept = value(body);
    scheduler.execute(
        () ->
            barriers
                .pass()
                .onComplete(
                    passed -> route(message, kept, true),
                    failure ->
                        pending.end(
                            message, null, AgentErrors.unknown(message.agent, failure))));
  }

  private void sendTo(String owner, Pending message, Object body) {
    long now = scheduler.nanos();
    long left = (message.deadlineNanos - now) / 1_000_000;
    byte kind = message.asked ? Frames.ASK : Frames.TELL;
    Object encoded = body instanceof Frames.Raw ? body : Body.encoded(body);
    message.sentNanos = now;
    message.node = owner;
    outgoing.toAgent(
        owner,
        message.agent,
        to -> {
          if (encoded instanceof Frames.Raw raw) {
            Frames.message(to, kind, message.number, BATCH, message.agent, left, raw);
          } else {
            Frames.message(to, kind, message.number, BATCH, message.agent, left, encoded);
          }
        });
  }

  /** An answer, or what the agent failed with, from another node. */
  void answered(
      PendingAsks.Landing landing, String from, long number, long stands, Answer answer) {
    Pending message = pending.get(number);
    if (message == null) {
      return;
    }
    if (stands == Frames.ALWAYS || scheduler.nanos() - message.sentNanos <= stands) {
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
    message.sentNanos = scheduler.nanos();
    message.node = owner;
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
    if (scheduler.nanos() - message.sentNanos <= stands) {
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

  /** The directory has changed: what it was told of may be in it now. */
  void caughtUp(String id) {
    Hint hint = hints.get(id);
    if (hint != null) {
      Entry entry = directory.entry(id);
      if (entry == null || entry.epoch() >= hint.epoch()) {
        hints.remove(id, hint);
      }
    }
  }

  /** A batch certainly did not arrive: sends this node's own messages in it again. */
  void undelivered(Frames.Reader batch) {
    byte kind;
    while ((kind = batch.next()) != 0) {
      if (kind == Frames.ASK || kind == Frames.TELL) {
        Pending message = pending.get(batch.number());
        Frames.Origin origin = batch.origin();
        if (message != null && origin.node().isEmpty()) {
          batch.text();
          batch.millis();
          sendAgain(message, batch.body());
        }
      }
    }
  }

  private void sendAgain(Pending message, Frames.Raw body) {
    scheduler.after(SEND_AGAIN, () -> {
      if (pending.get(message.number) == message) {
        route(message, body, false);
      }
    });
  }

  /** A node is gone, by decision: it answers nothing any more. */
  void gone(String node) {
    pending.failAll(
        message -> node.equals(message.node),
        message -> AgentErrors.nodeLeft(message.agent, node));
  }

  void close() {
    closed = true;
    pending.failAll(message -> true, message -> AgentErrors.closed(nodeId));
  }

  /** A message from this node to an agent on it. */
  private final class Local implements Delivery {
    private final Pending message;
    private final Object body;

    Local(Pending message, Object body) {
      this.message = message;
      this.body = body;
    }

    @Override
    public Object body() {
      return body;
    }

    @Override
    public boolean asked() {
      return message.asked;
    }

    @Override
    public long deadlineNanos() {
      return message.deadlineNanos;
    }

    @Override
    public void taken(boolean told) {
      if (!message.asked && told) {
        pending.end(message, null, null);
      }
    }

    @Override
    public void forward(String owner, long epoch) {
      route(message, body, false);
    }

    @Override
    public void answer(Object value) {
      if (pending.get(message.number) == message) {
        Object copy = Body.copy(value);
        leash.say(() -> pending.end(message, copy, null));
      }
    }

    @Override
    public void fail(MabeamException why) {
      if (why.code() == ErrorCode.OVERLOADED) {
        pending.end(message, null, why);
      } else {
        leash.say(() -> pending.end(message, null, why));
      }
    }
  }
}
