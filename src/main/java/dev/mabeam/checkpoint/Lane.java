package dev.mabeam.checkpoint;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The way of this node's keys to one store. What keys want to have there is sent at the end of the
 * turn, many of them in a frame, two frames at a time; of one key one update is under way at a
 * time, so that what it wants meanwhile is one update again. What is not confirmed is sent again,
 * as it was: stores take the same thing twice, and late.
 *
 * <p>A store is silent when something was under way for {@value #SILENT_TICKS} ticks of this room
 * and nothing was heard: counted in ticks, so that a room that was itself held up blames nobody.
 * From then on it is asked now and then, with nothing, until it answers.
 */
final class Lane {
  static final int SILENT_TICKS = 5;
  private static final int RESEND_TICKS = 2;
  private static final int MAX_RESEND_TICKS = 10;
  private static final int ASK_TICKS = 10;
  private static final int PROBE_TICKS = 5;
  private static final int FRAME_BYTES = 256 * 1024;
  private static final int FRAME_KEYS = 2_000;
  private static final int WINDOW_BYTES = 1024 * 1024;
  /** One on its way, and one behind it; what keys want to have there meanwhile shares the next. */
  private static final int FRAMES = 2;
  private static final int TRANSFERS = 4;
  /** Of one transfer. */
  private static final int PIECES = 2;

  /** What was sent and is not confirmed. */
  private static final class Sent {
    final Message.Writes message;
    final List<Progress> keys;
    final int bytes;
    int ticks;
    int resendAt = RESEND_TICKS;

    Sent(Message.Writes message, List<Progress> keys, int bytes) {
      this.message = message;
      this.keys = keys;
      this.bytes = bytes;
    }

    boolean over() {
      return keys.stream().allMatch(key -> key.over);
    }
  }

  /** An update that is too long for a frame. */
  private static final class Transfer {
    final Message.About about;
    final Progress key;
    final Update update;
    final Body body;
    long sent;
    long taken;
    int ticks;
    int resendAt = RESEND_TICKS;

    Transfer(Message.About about, Progress key, Update update) {
      this.about = about;
      this.key = key;
      this.update = update;
      this.body = new Body(update);
    }
  }

  private final String store;
  private final Outside outside;
  private final Runnable flushLater;
  private final Set<Progress> members = new LinkedHashSet<>();
  private final LinkedHashSet<Progress> wanting = new LinkedHashSet<>();
  private final Set<Progress> later = new LinkedHashSet<>();
  private final Map<Long, Sent> sent = new LinkedHashMap<>();
  private final Map<Long, Transfer> transfers = new LinkedHashMap<>();
  private int sentBytes;
  private int ticks;
  private int quietTicks;
  private boolean silent;

  /**
   * @param flushLater has {@link #flush} called at the end of the turn
   */
  Lane(String store, Outside outside, Runnable flushLater) {
    this.store = store;
    this.outside = outside;
    this.flushLater = flushLater;
  }

  String store() {
    return store;
  }

  void join(Progress key) {
    members.add(key);
  }

  void leave(Progress key) {
    members.remove(key);
    wanting.remove(key);
    later.remove(key);
  }

  boolean unused() {
    boolean asks = silent && !outside.gone(store);
    return members.isEmpty() && sent.isEmpty() && transfers.isEmpty() && !asks;
  }

  /** A key has something for this store. */
  void wants(Progress key) {
    if (key.underWay == null && wanting.add(key)) {
      flushLater.run();
    }
  }

  /** As {@link #wants}, a while later. */
  void later(Progress key) {
    later.add(key);
  }

  // ---- sending --------------------------------------------------------------------------------

  void flush() {
    if (outside.isOwn(store)) {
      flushOwn();
    } else if (!silent && !outside.gone(store)) {
      while (!wanting.isEmpty() && mayBeMore() && frame()) {
        // the next one
      }
      transfers.values().forEach(this::pieces);
    }
  }

  private boolean mayBeMore() {
    return sent.size() < FRAMES && sentBytes < WINDOW_BYTES;
  }

  /** The own store is a member as the others are; only that nothing has to be sent. */
  private void flushOwn() {
    if (wanting.isEmpty()) {
      return;
    }
    List<Progress> keys = List.copyOf(wanting);
    wanting.clear();
    List<Update> updates = new ArrayList<>(keys.size());
    for (Progress key : keys) {
      key.underWay = key.next();
      updates.add(key.underWay);
    }
    Sent mine = new Sent(new Message.Writes(outside.about(store), updates), keys, 0);
    sent.put(mine.message.about().request(), mine);
    outside.own.write(
        updates, outcomes -> written(mine.message.about().request(), outcomes));
  }

  /** Whether there may be another one. */
  private boolean frame() {
    List<Progress> keys = new ArrayList<>();
    List<Update> updates = new ArrayList<>();
    int bytes = 0;
    Iterator<Progress> next = wanting.iterator();
    boolean room = true;
    while (room && next.hasNext()) {
      Progress key = next.next();
      Update update = key.next();
      if (update.size() > FRAME_BYTES) {
        if (transfers.size() < TRANSFERS) {
          transfer(key);
          next.remove();
        }
      } else {
        next.remove();
        key.underWay = update;
        keys.add(key);
        updates.add(update);
        bytes += update.size();
        room = bytes < FRAME_BYTES && keys.size() < FRAME_KEYS;
      }
    }
    if (keys.isEmpty()) {
      return false;
    }
    Sent frame = new Sent(new Message.Writes(outside.about(store), updates), keys, bytes);
    sent.put(frame.message.about().request(), frame);
    sentBytes += bytes;
    outside.send(frame.message);
    return true;
  }

  /** What is long travels as a whole: a store need not put together what it lacks. */
  private void transfer(Progress key) {
    key.underWay = key.owned.since(0, 0);
    Transfer transfer = new Transfer(outside.about(store), key, key.underWay);
    transfers.put(transfer.about.request(), transfer);
  }

  private void pieces(Transfer transfer) {
    while (transfer.sent < transfer.body.length()
        && transfer.sent - transfer.taken < (long) PIECES * Body.PIECE) {
      Buffer bytes = transfer.body.from(transfer.sent);
      outside.send(
          new Message.Piece(transfer.about, transfer.sent, transfer.body.length(), bytes));
      transfer.sent += bytes.length();
    }
  }

  // ---- what the store says --------------------------------------------------------------------

  void written(long request, List<Outcome> outcomes) {
    heard();
    Sent frame = sent.remove(request);
    if (frame == null) {
      return;
    }
    sentBytes -= frame.bytes;
    for (int i = 0; i < frame.keys.size() && i < outcomes.size(); i++) {
      frame.keys.get(i).heard(frame.message.updates().get(i), outcomes.get(i));
    }
    flushLater.run();
  }

  void taken(Message.Taken taken) {
    heard();
    Transfer transfer = transfers.get(taken.about().request());
    if (transfer == null) {
      return;
    }
    if (taken.outcome() != null) {
      transfers.remove(taken.about().request());
      transfer.key.heard(transfer.update, taken.outcome());
    } else {
      if (taken.upTo() < transfer.taken) {
        // It has lost what it had.
        transfer.sent = taken.upTo();
      }
      transfer.taken = taken.upTo();
      transfer.ticks = 0;
      transfer.resendAt = RESEND_TICKS;
    }
    flushLater.run();
  }

  void heard() {
    quietTicks = 0;
    if (silent) {
      silent = false;
      flushLater.run();
    }
  }

  // ---- time -----------------------------------------------------------------------------------

  void tick() {
    ticks++;
    later.forEach(this::wants);
    later.clear();
    forgetWhatIsOver();
    boolean waiting = !sent.isEmpty() || !transfers.isEmpty() || !wanting.isEmpty();
    quietTicks = waiting || silent ? quietTicks + 1 : 0;
    silent = silent || quietTicks >= SILENT_TICKS;
    if (!outside.isOwn(store)) {
      sent.values().forEach(this::again);
      transfers.values().forEach(this::again);
      if (silent && sent.isEmpty() && transfers.isEmpty() && ticks % PROBE_TICKS == 0) {
        outside.send(new Message.Writes(outside.about(store), List.of()));
      }
    }
  }

  private void forgetWhatIsOver() {
    Iterator<Sent> frames = sent.values().iterator();
    while (frames.hasNext()) {
      Sent frame = frames.next();
      if (frame.over()) {
        sentBytes -= frame.bytes;
        frames.remove();
      }
    }
    transfers.values().removeIf(transfer -> transfer.key.over);
  }

  private void again(Sent frame) {
    if (++frame.ticks >= frame.resendAt) {
      frame.ticks = 0;
      frame.resendAt = Math.min(MAX_RESEND_TICKS, 2 * frame.resendAt);
      outside.send(frame.message);
    }
  }

  private void again(Transfer transfer) {
    if (++transfer.ticks >= transfer.resendAt) {
      transfer.ticks = 0;
      // A store that is slow at the moment would have all of these to take, one after the other.
      transfer.resendAt = Math.min(MAX_RESEND_TICKS, 2 * transfer.resendAt);
      transfer.sent = transfer.taken;
      pieces(transfer);
    }
  }

  boolean silent() {
    return silent;
  }

  /** Whether the store is silent, or nobody has it any more. */
  boolean lost() {
    return silent || outside.gone(store);
  }

  /** The keys whose sets should be without this store, of which nobody was told for a while. */
  Map<String, Long> toDrop() {
    boolean gone = outside.gone(store);
    Map<String, Long> keys = new LinkedHashMap<>();
    for (Progress key : members) {
      boolean asked = key.askedAt > 0 && ticks - key.askedAt < ASK_TICKS;
      if (!asked && (gone || key.behind()) && key.owned.set().canLose(store)) {
        key.askedAt = ticks;
        keys.put(key.owned.key(), key.owned.epoch());
      }
    }
    return keys;
  }
}
