package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.EncodeException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * What becomes of a message when it is an agent's turn to have it: one that its sender has numbered
 * is held against what is remembered of that sender ({@link Senders}), one that is late is not
 * handled, and what comes of the others is said, at once or when it is kept ({@link Commits}).
 *
 * <p>On the agent's home.
 */
final class Handling implements Mailbox.Inside {
  private static final System.Logger LOG = System.getLogger(Handling.class.getName());

  /** How often those are looked for that were silent for long. */
  private static final Duration LOOK = Duration.ofMinutes(1);

  private final String id;
  private final Mailbox.Rules rules;
  private final Function<AgentMessage, Future<?>> agent;
  /** Null for an agent that says everything at once. */
  private final Commits commits;
  private final long beganMillis;
  private final long beganEpoch;
  /** Null until somebody sends who numbers. */
  private Senders senders;
  private long lookedMillis;

  /**
   * @param beganEpoch since when nobody can have handled a message who is not remembered: for an
   *     agent that keeps its state, since it was deployed, or last lost some of that
   */
  Handling(
      String id,
      Mailbox.Rules rules,
      Function<AgentMessage, Future<?>> agent,
      Commits commits,
      long beganEpoch) {
    this.id = id;
    this.rules = rules;
    this.agent = agent;
    this.commits = commits;
    this.beganEpoch = beganEpoch;
    beganMillis = nowMillis();
  }

  private long nowMillis() {
    return rules.nanos().getAsLong() / 1_000_000;
  }

  @Override
  public Delivery ready() {
    return senders == null ? null : senders.runnable();
  }

  @Override
  public Future<?> handle(Delivery message, boolean again) {
    if (commits != null) {
      commits.beforeMessage();
    }
    if (message instanceof Tick tick) {
      run(tick);
      return null;
    }
    if (message instanceof Reminders.Due due && !isToRun(due)) {
      return null;
    }
    if (!again && message.stamp() != null && !isToRun(message)) {
      return null;
    }
    if (isTooLate(message)) {
      ended(message, KeptAnswer.of(AgentErrors.lateInMailbox(id)));
      return null;
    }
    Future<?> answer = received(message);
    if (commits != null) {
      commits.handedOut(!answer.isComplete());
    }
    return answer;
  }

  private boolean isTooLate(Delivery message) {
    boolean nobodyWaits =
        message.asked() && message.deadlineNanos() - rules.nanos().getAsLong() <= 0;
    return nobodyWaits && (message.stamp() == null || !message.stamp().isAskedForLater());
  }

  private boolean isToRun(Reminders.Due due) {
    boolean wanted = due.isWanted();
    if (wanted) {
      due.begun();
      commits.dirty();
    }
    return wanted;
  }

  private void run(Tick tick) {
    try {
      tick.run();
    } catch (RuntimeException | Error failure) {
      LOG.log(Level.WARNING, "a timer of agent '" + id + "' failed", failure);
    }
    if (commits != null) {
      commits.touched();
    }
  }

  private boolean isToRun(Delivery message) {
    if (senders == null) {
      senders = Senders.fresh(id, beganMillis, beganEpoch);
      lookedMillis = beganMillis;
    }
    long now = nowMillis();
    if (now - lookedMillis >= LOOK.toMillis()) {
      lookedMillis = now;
      senders.expire(now);
    }
    Verdict verdict = senders.arrive(message, now);
    switch (verdict.kind()) {
      case ANSWERED -> say(message, verdict.answer());
      case EXPIRED -> message.fail(AgentErrors.sessionExpired(id, message.stamp().sender()));
      case OVERLOADED -> message.fail(AgentErrors.overloaded(id, rules.limit()));
      case RUN, WAIT, DUPLICATE_RUNNING -> { }
    }
    if (commits != null && senders.isToBeKept()) {
      commits.dirty();
    }
    return verdict.kind() == Verdict.Kind.RUN;
  }

  private Future<?> received(Delivery message) {
    try {
      Future<?> answer = agent.apply(new AgentMessage(message.body(), message.asked()));
      return answer != null ? answer : Future.failedFuture(noFuture());
    } catch (Throwable failure) {
      return Future.failedFuture(failure);
    }
  }

  private MabeamException noFuture() {
    return new MabeamException(
        ErrorCode.INTERNAL,
        "receive() of agent '" + id + "' returned null",
        "return a future, such as Future.succeededFuture()");
  }

  @Override
  public void settle(Delivery message, Future<?> ended) {
    if (commits == null && message.stamp() == null) {
      say(message, ended);
    } else {
      ended(message, answer(ended));
    }
  }

  /** Of a message that nobody remembers: no need to keep it. */
  private void say(Delivery message, Future<?> ended) {
    if (ended.failed()) {
      message.fail(rules.counts().agentFailed(id, ended.cause()));
      return;
    }
    Object value = ended.result();
    try {
      if (Body.travels(value)) {
        message.answer(value);
        rules.counts().handled();
        return;
      }
    } catch (EncodeException | IllegalStateException odd) {
      // It has something in it that cannot travel.
    }
    message.fail(cannotTravel(value));
  }

  private KeptAnswer answer(Future<?> ended) {
    if (ended.failed()) {
      return KeptAnswer.of(rules.counts().agentFailed(id, ended.cause()));
    }
    Object value = ended.result();
    try {
      if (Body.travels(value)) {
        KeptAnswer answer = KeptAnswer.of(value);
        rules.counts().handled();
        return answer;
      }
    } catch (EncodeException | IllegalStateException odd) {
      // It has something in it that cannot travel.
    }
    return KeptAnswer.of(cannotTravel(value));
  }

  private MabeamException cannotTravel(Object value) {
    return rules.counts().agentFailed(id, Body.cannotTravel(id, value));
  }

  private void ended(Delivery message, KeptAnswer answer) {
    KeptAnswer kept = message.asked() ? answer : KeptAnswer.NONE;
    List<Delivery> copies =
        message.stamp() == null ? List.of() : senders.applied(message.stamp(), kept);
    say(message, kept);
    copies.forEach(copy -> say(copy, kept));
  }

  private void say(Delivery message, KeptAnswer answer) {
    if (commits == null) {
      message.settle(answer);
    } else {
      commits.add(message, answer);
    }
  }

  @Override
  public void between() {
    if (commits != null) {
      commits.between();
    }
  }

  /** A sender has given up everything below that number. */
  void settled(String sender, long floor) {
    if (senders != null) {
      senders.settled(sender, floor, nowMillis());
    }
  }

  /** Those that wait for others before them. */
  List<Delivery> takeWaiting() {
    return senders == null ? List.of() : senders.takeWaiting();
  }

  /**
   * What is remembered of senders; nothing if there were none. Of one that says everything at once
   * also since when: what was before that is not known where it goes, either.
   */
  void encode(Buffer to) {
    if (senders == null && commits == null) {
      senders = Senders.fresh(id, beganMillis, beganEpoch);
    }
    if (senders != null) {
      senders.encode(to, nowMillis());
    }
    if (commits == null) {
      senders.encodeSince(to);
    }
  }

  /** Goes on with what {@link #encode} said of a former activation; of nobody, if it was nothing. */
  void remember(Buffer from) {
    senders = Senders.decode(id, from, nowMillis());
  }
}
