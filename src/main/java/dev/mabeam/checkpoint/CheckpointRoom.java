package dev.mabeam.checkpoint;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.LinkAddress;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Keeps the checkpoints of keys, each written by one owner to every store of the key's set.
 *
 * <p><b>Who.</b> A key has an <em>owner</em> of an <em>epoch</em> and a <em>set</em> of stores of a
 * <em>version</em>, all three decided elsewhere, by a majority. A room is both sides: it writes what
 * its node owns ({@link Owned}, and a {@link Lane} to each store), and has its own store at work for
 * all ({@link Replica}).
 *
 * <p><b>Messages.</b> Those of one turn share a frame, each is answered, and asked again until it is.
 *
 * <pre>
 *   owner     WRITES   what each of several keys lacks there      ──►  WRITTEN  per key: done, lacks
 *                                                                       the base, old set, stale
 *             PIECE    a part of an update too long for a frame   ──►  TAKEN    up to where
 *   new owner SEAL     keys, each with epoch and set version      ──►  PROMISED per key: what it has
 *             READ     a part of what was found                   ──►  PART
 * </pre>
 *
 * <p><b>What a store does.</b> It promises, of each key, the highest epoch and set version that it was
 * asked with, and refuses lower ones; the promise lasts as long as the store. Of what it takes, the
 * higher position of an epoch wins, and any write of a later epoch wins over all of an earlier one. So
 * everything may come twice, and late.
 *
 * <p><b>What an owner does.</b>
 *
 * <pre>
 *                seal            all of it to all          every write to all
 *   (decided) ─────────► sealed ───────────────► first write ──────────────► ... until STALE, or closed
 *
 *   a set:  whole {A,B,C} ──── C silent, drop decided ────► whole {A,B}
 *               │
 *               └── change decided ──► joint: {A,B,D} and before it {A,B,C} ── D filled, and that
 *                                      decided ──► whole {A,B,D}
 * </pre>
 *
 * A write is done when every store of the set has it, of both sets while it is joint, by the last
 * version of the set that this owner <em>heard</em>. Not by the one it asked for: until it has heard
 * an outcome, the stricter one counts.
 *
 * <p><b>Invariants.</b>
 *
 * <ol>
 *   <li>Each store of {@link CheckpointSet#whole()}, of the last decided version, has every write
 *       that was ever done. A drop takes away from these; a change leaves them as they are, as
 *       {@code previous}; {@code filled} makes the new stores these, which the owner asks for when
 *       each has all that was done and counts for every further write.
 *   <li>A new owner that has sealed one store of these has found every write that was done, and none
 *       of a lower epoch that it has not found will ever be: for that write needs that store. Stores
 *       that the new owner did not reach, or that are not filled, change nothing in that, and are not
 *       enough alone: {@link CheckpointSet#isWholeIn}.
 *   <li>What a new owner found and was never done may be the newest. It goes on from there: nothing
 *       that was told to anybody depends on it, or contradicts it.
 * </ol>
 *
 * <p><b>Who dies, and when.</b>
 *
 * <ul>
 *   <li><em>A store, or its node, or the way there.</em> After half a second of silence the drop is
 *       asked for; writes wait until it was heard of. Without a majority it cannot be decided: nothing
 *       is done then, and nothing is lost. If it answers again before, nothing has happened. If after,
 *       it is not in the set; the set is changed to have it again, and it counts once it was filled.
 *       A store whose node is gone by decision is dropped at once, from keys that do not write, too.
 *   <li><em>The last store that is whole, while the set is joint.</em> It cannot be dropped, and need
 *       not: the owner fills the new ones out of its own memory.
 *   <li><em>The owner, before its write reached anybody.</em> It is not found, and was not told.
 *   <li><em>... when some have it.</em> It is found or not; see the third invariant.
 *   <li><em>... when all have it, before it knew.</em> It is found.
 *   <li><em>... while it filled a new store.</em> That one is not whole, and the set before is
 *       decided still: it is what counts.
 *   <li><em>The owner is paused, and goes on behind another's back.</em> Its writes are refused by
 *       every store that was sealed, and cannot be done without these.
 *   <li><em>The new owner, while it seals.</em> Promises stand. The next one has a higher epoch.
 *   <li><em>... after some have its first write.</em> That write was made of all that was done.
 *   <li><em>All stores that are whole.</em> Nobody knows what was done. The caller is told who was
 *       reached, and may wait for one that comes back with its directory.
 * </ul>
 *
 * <p>Guaranteed: a write that is done is found by every later seal that reaches a whole store. A
 * large state goes in pieces, a few at a time, so that neither a turn nor a frame is long.
 * <em>Not</em> guaranteed: that a write is ever done; that stores outside the sets forget what they
 * had before {@link #forget}.
 */
public final class CheckpointRoom implements Checkpoints {
  private static final Duration TICK = Duration.ofMillis(100);
  private static final int ASK_TICKS = 10;
  private static final int KEYS_A_DECISION = 1_000;

  private final CheckpointContext context;
  private final Rules rules;
  private final Outside outside;
  private final Replica replica;
  private final Seals seals;
  private final Refill refill;
  private final Map<String, Lane> lanes = new LinkedHashMap<>();
  private final Set<Owned> owned = new LinkedHashSet<>();
  private final Scheduler.Scheduled heart;
  private int ticks;
  private boolean flushing;
  private boolean closed;

  private CheckpointRoom(CheckpointContext context, Rules rules) {
    this.context = context;
    this.rules = rules;
    outside =
        new Outside(
            context.courier(), context.stores(), context.store(), context.counts(),
            context.room());
    replica = new Replica(context.store(), context.courier(), context.counts());
    seals = new Seals(outside, this::flushLater);
    refill = new Refill(context.stores(), context.store().id(), context.decisions());
    heart = context.scheduler().every(TICK, this::tick);
    context.courier().onFrame(this::frame);
  }

  /** Open at once. On the room's thread. */
  public static CheckpointRoom open(CheckpointContext context) {
    return open(context, new Rules());
  }

  static CheckpointRoom open(CheckpointContext context, Rules rules) {
    return new CheckpointRoom(context, rules);
  }

  @Override
  public String storeId() {
    return context.store().id();
  }

  @Override
  public Future<Sealed> seal(String key, long epoch, CheckpointSet set) {
    return closed
        ? Future.failedFuture(isClosed())
        : seals.seal(new SealRequest(key, epoch, set.version()), set.all());
  }

  @Override
  public Writer open(String key, long epoch, CheckpointSet set) {
    Owned opened = new Owned(key, epoch, rules, context.counts(), new Ways());
    if (closed) {
      opened.close();
    } else {
      owned.add(opened);
      opened.changed(set);
    }
    return opened;
  }

  @Override
  public void forget(String key) {
    if (!closed) {
      context.store().forget(key);
    }
  }

  @Override
  public void forgetAll(Predicate<String> gone) {
    if (!closed) {
      context.store().forgetAll(gone);
    }
  }

  /** Its writers and seals fail; the store stays as it is. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    heart.cancel();
    context.courier().onFrame((from, type, payload) -> {});
    List.copyOf(owned).forEach(Owned::close);
    seals.fail(isClosed());
  }

  private MabeamException isClosed() {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "store " + storeId() + " has no room here any more");
  }

  // ---- frames ---------------------------------------------------------------------------------

  private void frame(LinkAddress from, byte type, Buffer payload) {
    Message message = closed ? null : Message.decode(type, payload);
    if (message instanceof Message.Written
        || message instanceof Message.Taken
        || message instanceof Message.Promised
        || message instanceof Message.Part) {
      answered(message);
    } else if (message != null) {
      replica.asked(from, message);
    }
  }

  private void answered(Message message) {
    if (!outside.isMine(message.about())) {
      return;
    }
    Lane lane = lanes.get(message.about().store());
    if (message instanceof Message.Promised promised) {
      seals.promised(promised);
    } else if (message instanceof Message.Part part) {
      seals.part(part);
    } else if (lane != null && message instanceof Message.Written written) {
      lane.written(written.about().request(), written.outcomes());
    } else if (lane != null && message instanceof Message.Taken taken) {
      lane.taken(taken);
    }
  }

  /**
   * What is wanted in one turn is sent at its end, together. If the cores are busy, threads that
   * have more for it are let go first, and it waits for them; else that takes no time.
   */
  private void flushLater() {
    if (!flushing && !closed) {
      flushing = true;
      context.scheduler().execute(this::letOthersGoFirst);
    }
  }

  private void letOthersGoFirst() {
    Thread.yield();
    context.scheduler().execute(this::flush);
  }

  private void flush() {
    flushing = false;
    if (!closed) {
      List.copyOf(lanes.values()).forEach(Lane::flush);
      seals.flush();
    }
  }

  // ---- time -----------------------------------------------------------------------------------

  private void tick() {
    ticks++;
    replica.tick();
    seals.tick();
    Set<String> silent = new LinkedHashSet<>();
    for (Lane lane : List.copyOf(lanes.values())) {
      lane.tick();
      drop(lane);
      if (lane.silent()) {
        silent.add(lane.store());
      }
      if (lane.unused()) {
        lanes.remove(lane.store());
      }
    }
    refill.tick(owned, silent);
    if (ticks % ASK_TICKS == 0) {
      List.copyOf(owned).forEach(Owned::reportFilled);
    }
  }

  private void drop(Lane lane) {
    if (!rules.drops() || !lane.lost()) {
      return;
    }
    List<Map.Entry<String, Long>> keys = new ArrayList<>(lane.toDrop().entrySet());
    for (int from = 0; from < keys.size(); from += KEYS_A_DECISION) {
      Map<String, Long> some = new LinkedHashMap<>();
      keys.subList(from, Math.min(from + KEYS_A_DECISION, keys.size()))
          .forEach(key -> some.put(key.getKey(), key.getValue()));
      context.counts().drops.add(some.size());
      context.decisions().drop(lane.store(), Collections.unmodifiableMap(some));
    }
  }

  private final class Ways implements Owned.Surroundings {
    @Override
    public Lane lane(String store) {
      return lanes.computeIfAbsent(
          store, id -> new Lane(id, outside, CheckpointRoom.this::flushLater));
    }

    @Override
    public void filled(String key, long epoch, long version) {
      context.decisions().filled(key, epoch, version);
    }

    @Override
    public void ended(Owned ended) {
      owned.remove(ended);
      refill.ended(ended);
    }

    @Override
    public void moved(Owned moved) {
      refill.moved(moved);
    }
  }
}
