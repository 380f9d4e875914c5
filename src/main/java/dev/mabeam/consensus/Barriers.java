package dev.mabeam.consensus;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.link.Packer;
import dev.mabeam.link.Unpacker;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Linearizable reads by read index (Ongaro, Consensus: Bridging Theory and Practice, 2014, section
 * 6.4), on any node: the leader has a majority confirm that it still leads and says up to where
 * everything is committed; a copy that has applied that much answers reads.
 *
 * <p>Questions that come while one is under way share the next one: an answer counts only for those
 * who were waiting before it was asked for.
 */
final class Barriers {
  private static final int VERSION = 1;
  private static final Duration TICK = Duration.ofMillis(20);
  private static final long LOST_NANOS = Duration.ofMillis(250).toNanos();

  private static final class Waiting {
    final Promise<Void> promise = Promise.promise();
    final long deadlineNanos;
    /** Of the log; 0 while it is not known. */
    long index;
    /** The question whose answer counts for it; 0 before it was asked. */
    long question;

    Waiting(long deadlineNanos) {
      this.deadlineNanos = deadlineNanos;
    }
  }

  private final Post post;
  private final Scheduler scheduler;
  private final Supplier<Log> log;
  private final Group group;
  private final LongSupplier applied;
  private final Rules rules;
  private final List<Waiting> waiting = new ArrayList<>();
  /** On the leader: who asked while a read of the log is under way. */
  private final Map<LinkAddress, Long> asking = new HashMap<>();
  private boolean reading;
  private long lastQuestion;
  private boolean asked;
  private long askedNanos;
  private boolean askSet;
  private Scheduler.Scheduled tick;
  private MabeamException ended;

  /**
   * @param log the node's own, or null if it keeps none
   * @param applied the index of the last entry in the node's copy
   */
  Barriers(
      Post post,
      Scheduler scheduler,
      Supplier<Log> log,
      Group group,
      LongSupplier applied,
      Rules rules) {
    this.post = post;
    this.scheduler = scheduler;
    this.log = log;
    this.group = group;
    this.applied = applied;
    this.rules = rules;
    post.on(FrameType.READ, (from, type, payload) -> question(from, payload));
    post.on(FrameType.READ_AT, (from, type, payload) -> answered(payload));
    group.onChange(this::askAgain);
  }

  /** Completes when this copy has applied all that was decided before the call. */
  Future<Void> barrier(Duration deadline) {
    if (ended != null) {
      return Future.failedFuture(ended);
    }
    Waiting one = new Waiting(scheduler.nanos() + deadline.toNanos());
    waiting.add(one);
    if (tick == null) {
      tick = scheduler.every(TICK, this::tick);
    }
    askSoon();
    return one.promise.future();
  }

  // ---- whoever reads --------------------------------------------------------------------------

  private void askSoon() {
    if (!askSet && !asked) {
      askSet = true;
      scheduler.execute(this::ask);
    }
  }

  private void askAgain() {
    asked = false;
    if (!waiting.isEmpty()) {
      askSoon();
    }
  }

  /** One question for all who still lack an index; an earlier one's answer counts no more. */
  private void ask() {
    askSet = false;
    LinkAddress leader = group.leader();
    boolean needed = waiting.stream().anyMatch(one -> one.index == 0);
    if (asked || leader == null || !needed) {
      return;
    }
    asked = true;
    askedNanos = scheduler.nanos();
    lastQuestion++;
    for (Waiting one : waiting) {
      if (one.index == 0) {
        one.question = lastQuestion;
      }
    }
    post.send(leader, FrameType.READ, new Packer().octet(VERSION).number(lastQuestion).buffer());
  }

  private void answered(Buffer payload) {
    Unpacker from = new Unpacker(payload).version(VERSION, "a read index");
    long question = from.number();
    boolean leads = from.flag();
    long index = from.number();
    group.told(GroupStatus.decode(from));
    if (question != lastQuestion) {
      return;
    }
    if (!leads) {
      // Who leads now may not be known yet: the next tick asks again.
      asked = false;
      return;
    }
    for (Waiting one : waiting) {
      if (one.index == 0 && one.question != 0 && one.question <= question) {
        one.index = Math.max(1, index);
      }
    }
    asked = false;
    complete();
    if (!waiting.isEmpty()) {
      askSoon();
    }
  }

  /** The copy has gone on. */
  void applied() {
    if (!waiting.isEmpty()) {
      complete();
    }
  }

  private void complete() {
    long upTo = applied.getAsLong();
    List<Waiting> done = new ArrayList<>();
    for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
      Waiting one = each.next();
      if (one.index != 0 && one.index <= upTo) {
        each.remove();
        done.add(one);
      }
    }
    done.forEach(one -> one.promise.tryComplete());
  }

  private void tick() {
    long now = scheduler.nanos();
    List<Waiting> late = waiting.stream().filter(one -> now - one.deadlineNanos >= 0).toList();
    waiting.removeAll(late);
    late.forEach(one -> one.promise.tryFail(insufficient()));
    if (waiting.isEmpty()) {
      tick.cancel();
      tick = null;
      asked = false;
    } else if (!asked || now - askedNanos > LOST_NANOS) {
      askAgain();
    }
  }

  private static MabeamException insufficient() {
    return new MabeamException(
        ErrorCode.INSUFFICIENT_CONSENSUS,
        "no majority of the voters confirmed what is decided by now",
        "see who votes with 'mabeam status'");
  }

  void end(MabeamException why) {
    if (ended != null) {
      return;
    }
    ended = why;
    List<Waiting> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(one -> one.promise.tryFail(why));
    if (tick != null) {
      tick.cancel();
      tick = null;
    }
  }

  // ---- the leader -----------------------------------------------------------------------------

  private void question(LinkAddress from, Buffer payload) {
    long question = new Unpacker(payload).version(VERSION, "a read").number();
    Log mine = log.get();
    if (mine == null || mine.status().role() != Log.Role.LEADER) {
      answer(from, question, false, 0);
    } else if (!rules.confirmReads()) {
      answer(from, question, true, mine.status().committed());
    } else {
      asking.put(from, question);
      if (!reading) {
        read(mine);
      }
    }
  }

  /** One confirmation for all who asked before it begins. */
  private void read(Log mine) {
    Map<LinkAddress, Long> all = new HashMap<>(asking);
    asking.clear();
    reading = true;
    mine.readIndex()
        .onComplete(
            read -> {
              reading = false;
              all.forEach(
                  (from, question) ->
                      answer(
                          from, question, read.succeeded(), read.succeeded() ? read.result() : 0));
              if (!asking.isEmpty()) {
                read(mine);
              }
            });
  }

  private void answer(LinkAddress to, long question, boolean leads, long index) {
    Packer packer = new Packer().octet(VERSION).number(question).flag(leads).number(index);
    group.status().encode(packer);
    post.send(to, FrameType.READ_AT, packer.buffer());
  }
}
