package dev.mabeam.consensus;

import dev.mabeam.consensus.ProposalWire.Proposed;
import dev.mabeam.consensus.ProposalWire.Ruling;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.time.Scheduler;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Where commands arrive at the leader. It says at once whether it takes them on, puts those that
 * come at about the same time into one entry, the urgent ones first, and tells the proposer if one
 * was certainly not appended. It does not tell what they came to: every copy learns that from the
 * log.
 *
 * <p>A node that does not lead says so, and whom it takes for the leader.
 */
final class Desk {
  /** So many entries may wait for a majority; more commands then share the next one. */
  private static final int MAX_ENTRIES = 16;

  private static final int MAX_COMMANDS = 512;
  private static final int MAX_BYTES = 256 * 1024;

  private record Waiting(LinkAddress from, long ticket, boolean bulk, Buffer command) {}

  private final Post post;
  private final Scheduler scheduler;
  private final Supplier<Log> log;
  private final Group group;
  private final int maxPending;
  private final Deque<Waiting> urgent = new ArrayDeque<>();
  private final Deque<Waiting> bulk = new ArrayDeque<>();
  private int entriesUnderWay;
  private int pending;
  private int pendingBulk;
  private boolean drainSet;

  /**
   * @param log the node's own, or null if it keeps none
   */
  Desk(Post post, Scheduler scheduler, Supplier<Log> log, Group group, int maxPending) {
    this.post = post;
    this.scheduler = scheduler;
    this.log = log;
    this.group = group;
    this.maxPending = maxPending;
    post.on(FrameType.PROPOSE, (from, type, payload) -> arrived(from, payload));
  }

  private boolean leads() {
    Log mine = log.get();
    return mine != null && mine.status().role() == Log.Role.LEADER;
  }

  private void arrived(LinkAddress from, Buffer payload) {
    ProposalWire.Propose propose = ProposalWire.Propose.decode(payload);
    long first = propose.firstTicket();
    List<ProposalWire.Item> items = propose.items();
    if (!leads()) {
      rule(from, Ruling.NOT_LEADER, first, items.size());
      return;
    }
    rule(from, Ruling.TAKEN, first, items.size());
    for (int i = 0; i < items.size(); i++) {
      ProposalWire.Item item = items.get(i);
      take(new Waiting(from, first + i, item.bulk(), item.command()));
    }
  }

  private void take(Waiting command) {
    if (pending >= maxPending || command.bulk && pendingBulk >= maxPending / 2) {
      rule(command.from, Ruling.OVERLOADED, command.ticket, 1);
      return;
    }
    count(command, 1);
    (command.bulk ? bulk : urgent).add(command);
    drainSoon();
  }

  /** Appends a command of the leader's own; nobody waits for what comes of it. */
  void append(Command command) {
    if (leads()) {
      take(new Waiting(null, 0, false, command.encode()));
    }
  }

  private void count(Waiting command, int by) {
    pending += by;
    if (command.bulk) {
      pendingBulk += by;
    }
  }

  /** In a later turn: what comes in this one shares an entry. */
  private void drainSoon() {
    if (!drainSet) {
      drainSet = true;
      scheduler.execute(this::drain);
    }
  }

  private void drain() {
    drainSet = false;
    while (entriesUnderWay < MAX_ENTRIES && !(urgent.isEmpty() && bulk.isEmpty())) {
      append(nextBatch());
    }
  }

  private List<Waiting> nextBatch() {
    List<Waiting> batch = new ArrayList<>();
    int bytes = 0;
    while (batch.size() < MAX_COMMANDS && bytes < MAX_BYTES) {
      Waiting next = urgent.isEmpty() ? bulk.poll() : urgent.poll();
      if (next == null) {
        break;
      }
      batch.add(next);
      bytes += next.command.length();
    }
    return batch;
  }

  private void append(List<Waiting> batch) {
    if (!leads()) {
      settle(batch, Ruling.NOT_LEADER);
      return;
    }
    entriesUnderWay++;
    log.get()
        .append(Entry.encode(batch.stream().map(Waiting::command).toList()))
        .onComplete(
            done -> {
              entriesUnderWay--;
              settle(batch, done.succeeded() ? null : certainly(done.cause()));
              drainSoon();
            });
  }

  /** How it certainly was not appended, or null if that is unknown. */
  private static Ruling certainly(Throwable failure) {
    if (failure instanceof Log.NotLeader) {
      return Ruling.NOT_LEADER;
    }
    return failure instanceof MabeamException ours && ours.code() == ErrorCode.OVERLOADED
        ? Ruling.OVERLOADED
        : null;
  }

  private void settle(List<Waiting> batch, Ruling refused) {
    for (Waiting command : batch) {
      count(command, -1);
      if (refused != null) {
        rule(command.from, refused, command.ticket, 1);
      }
    }
  }

  private void rule(LinkAddress to, Ruling ruling, long first, int count) {
    if (to != null) {
      Proposed proposed = new Proposed(ruling, first, count, group.status());
      post.send(to, FrameType.PROPOSED, proposed.encode());
    }
  }
}
