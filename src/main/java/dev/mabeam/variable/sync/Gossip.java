package dev.mabeam.variable.sync;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Passes updates on. What a replica has of a variable and others may lack is a <em>rumor</em>:
 *
 * <pre>
 *   written here ───────────────────► told to {@link #FANOUT} others, {@link #SOON} later
 *   came from another, and was news ► the same, in a set larger than the fanout reaches;
 *                                     in a smaller one, where the first teller told all,
 *                                     not before the next round
 *   every {@link #ROUND}            ► told to {@link #FANOUT} others that are not known to have it
 * </pre>
 *
 * <p>Telling is a {@code push} of everything that this replica has of the variable ({@link Line}),
 * so a later state takes the place of an earlier one that waits, and writes to one variable within
 * a round travel as one. Receiving joins; what was no news there ends: it is not passed on.
 *
 * <p>A rumor ends when
 *
 * <ul>
 *   <li>a newer one about the same variable takes its place;
 *   <li>every replica is known to have it;
 *   <li>{@link #enough} of those told had it before: the feedback says that it is everywhere;
 *   <li>it was told in {@link #rounds} rounds.
 * </ul>
 *
 * <p>Why that many. Told to f at a time, the number of those who know grows by up to 1 + f a round:
 * ln n / ln (1 + f) rounds. The last ones are then missed by a round with probability e^-f: another
 * ln n / f rounds; two more for luck. A node that stops after k that knew has told about k + 1, all
 * together n (k + 1); a random choice of n (ln n + c) targets leaves nobody out with probability
 * e^-e^-c. So {@code enough} grows with ln n, and n (ln n + 3) messages an update are what theory
 * asks for. {@code GossipCurveTest} prints both.
 *
 * <p><em>Not</em> guaranteed: that an update reaches everybody this way. Losses, cuts, crashed
 * tellers and bad luck are the business of {@link AntiEntropy}, which runs always.
 *
 * <p><b>Confirmed writes.</b> {@link #confirm} tells all replicas at once, tells those again that
 * have not answered, every round, and completes when enough of them have it. If this node dies on
 * the way, nobody knows whether enough had it; neither does the caller.
 */
final class Gossip {
  /** How many others are told at a time. */
  static final int FANOUT = 3;

  static final Duration ROUND = Duration.ofMillis(200);

  /** How long an update waits for others to travel with. */
  static final Duration SOON = Duration.ofMillis(10);

  private static final int MOST_CONFIRMATIONS = 10_000;

  private final Channel channel;
  private final Held held;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Duration soon;
  private final Map<String, Line> lines = new LinkedHashMap<>();
  private final Map<String, Rumor> rumors = new LinkedHashMap<>();
  private final Set<String> fresh = new LinkedHashSet<>();
  private final Map<String, List<Confirmation>> confirmations = new HashMap<>();
  private final Map<String, Runnable> handovers = new HashMap<>();
  private int confirming;
  private boolean flushSet;
  private boolean soonSet;
  private boolean roundSet;
  private boolean closed;

  Gossip(Channel channel, Held held, Scheduler scheduler, RandomGenerator random) {
    this(channel, held, scheduler, random, SOON);
  }

  Gossip(
      Channel channel, Held held, Scheduler scheduler, RandomGenerator random, Duration soon) {
    this.channel = channel;
    this.held = held;
    this.scheduler = scheduler;
    this.random = random;
    this.soon = soon;
  }

  /** In how many rounds an update is told, among {@code replicas}. */
  static int rounds(int replicas) {
    double ln = Math.log(replicas);
    return (int) Math.ceil(ln / Math.log(1 + FANOUT) + ln / FANOUT) + 2;
  }

  /** After how many that had it already telling stops, among {@code replicas}. */
  static int enough(int replicas) {
    return (int) Math.ceil(Math.log(replicas)) + 1;
  }

  /**
   * This replica has something new.
   *
   * @param from who told it and has all of it, or null
   */
  void changed(String name, String from) {
    int replicas = held.others(name).size() + 1;
    if (closed || replicas == 1) {
      rumors.remove(name);
      return;
    }
    Rumor rumor = new Rumor(held.kept(name).state().seen(), replicas);
    if (from != null) {
      rumor.having.add(from);
    }
    rumors.put(name, rumor);
    if (from == null || replicas > FANOUT + 1) {
      fresh.add(name);
      if (!soonSet) {
        soonSet = true;
        scheduler.after(soon, this::tellFresh);
      }
    }
    setRound();
  }

  private void tellFresh() {
    soonSet = false;
    List<String> names = List.copyOf(fresh);
    fresh.clear();
    names.forEach(this::tell);
    flush();
  }

  private void setRound() {
    if (!roundSet && !closed) {
      roundSet = true;
      scheduler.after(ROUND, this::round);
    }
  }

  private void round() {
    roundSet = false;
    long justNow = scheduler.nanos() - ROUND.toNanos() / 2;
    for (Map.Entry<String, Rumor> each : List.copyOf(rumors.entrySet())) {
      if (each.getValue().toldNanos - justNow < 0 && !fresh.contains(each.getKey())) {
        tell(each.getKey());
      }
    }
    confirmations.forEach((name, waiting) -> waiting.forEach(this::ask));
    flush();
    if (!rumors.isEmpty() || !confirmations.isEmpty()) {
      setRound();
    }
  }

  private void tell(String name) {
    Rumor rumor = rumors.get(name);
    if (rumor == null) {
      return;
    }
    List<String> targets = Sample.of(held.others(name), rumor.having, FANOUT, random);
    targets.forEach(peer -> line(peer).offer(name));
    rumor.toldNanos = scheduler.nanos();
    if (--rumor.roundsLeft <= 0 || targets.isEmpty()) {
      rumors.remove(name);
    }
  }

  /** Whether as many wait as may. */
  boolean isOverloaded() {
    return confirming >= MOST_CONFIRMATIONS;
  }

  /** Completes when {@code seen} is on a majority of the replicas, TIMEOUT at the deadline. */
  Future<Void> confirm(String name, VersionVector seen, Duration deadline) {
    Confirmation confirmation = new Confirmation(name, seen);
    if (confirmation.isEnough()) {
      return Future.succeededFuture();
    }
    confirming++;
    confirmations.computeIfAbsent(name, key -> new ArrayList<>()).add(confirmation);
    confirmation.timer = scheduler.after(deadline, confirmation::late);
    ask(confirmation);
    flushNext();
    setRound();
    return confirmation.promise.future();
  }

  private void ask(Confirmation confirmation) {
    for (String peer : held.others(confirmation.name)) {
      if (!confirmation.having.contains(peer)) {
        line(peer).offer(confirmation.name);
      }
    }
  }

  /** Tells {@code peer} once; what wanted it knows. */
  void offer(String peer, String name) {
    line(peer).offer(name);
    flushNext();
  }

  /** What is offered within one turn of the loop shares frames. */
  private void flushNext() {
    if (!flushSet) {
      flushSet = true;
      scheduler.execute(
          () -> {
            flushSet = false;
            flush();
          });
    }
  }

  /** Tells a replica what this node has without being one, until one has it. */
  void handOver(String name, Runnable done) {
    rumors.remove(name);
    handovers.put(name, done);
    Sample.of(held.others(name), Set.of(), 1, random).forEach(peer -> offer(peer, name));
  }

  void keep(String name) {
    handovers.remove(name);
  }

  /** Offers again what nobody has taken yet. */
  void handOverAgain() {
    List.copyOf(handovers.keySet()).forEach(name -> handOver(name, handovers.get(name)));
  }

  private void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    if (outcome == Held.Joined.ABSENT) {
      return;
    }
    Rumor rumor = rumors.get(name);
    if (rumor != null && sent.seen().containsAll(rumor.seen)) {
      rumor.having.add(peer);
      if (outcome == Held.Joined.KNOWN && ++rumor.known >= rumor.enough) {
        rumors.remove(name);
      }
    }
    confirmed(peer, name, sent);
    Held.Kept kept = handovers.containsKey(name) ? held.kept(name) : null;
    if (kept != null && sent.seen().containsAll(kept.state().seen())) {
      handovers.remove(name).run();
    }
  }

  private void confirmed(String peer, String name, Siblings sent) {
    List<Confirmation> waiting = confirmations.getOrDefault(name, List.of());
    for (Confirmation confirmation : List.copyOf(waiting)) {
      if (sent.seen().containsAll(confirmation.seen)) {
        confirmation.having.add(peer);
        if (confirmation.isEnough()) {
          confirmation.end();
          confirmation.promise.complete();
        }
      }
    }
  }

  private Line line(String peer) {
    return lines.computeIfAbsent(peer, to -> new Line(to, channel, held, this::told));
  }

  private void flush() {
    if (!closed) {
      List.copyOf(lines.values()).forEach(Line::flush);
    }
  }

  /** Forgets a node that keeps nothing that this one keeps. */
  void forget(String peer) {
    lines.remove(peer);
    channel.forget(peer);
  }

  /** Whether everything was told as often as it will be. */
  boolean isQuiet() {
    return rumors.isEmpty() && confirmations.isEmpty() && handovers.isEmpty();
  }

  void close() {
    closed = true;
    for (List<Confirmation> waiting : List.copyOf(confirmations.values())) {
      List.copyOf(waiting).forEach(Confirmation::late);
    }
  }

  /** What others may lack. */
  private static final class Rumor {
    private final VersionVector seen;
    private final int enough;
    private final Set<String> having = new HashSet<>();
    private int roundsLeft;
    private int known;
    private long toldNanos;

    Rumor(VersionVector seen, int replicas) {
      this.seen = seen;
      this.enough = enough(replicas);
      this.roundsLeft = rounds(replicas);
    }
  }

  /** A write whose caller waits for a majority. */
  private final class Confirmation {
    private final String name;
    private final VersionVector seen;
    private final Set<String> having = new HashSet<>();
    private final Promise<Void> promise = Promise.promise();
    private Scheduler.Scheduled timer = () -> {};

    Confirmation(String name, VersionVector seen) {
      this.name = name;
      this.seen = seen;
    }

    /** Whether a majority of the replicas as they are now has it, this one included. */
    boolean isEnough() {
      List<String> others = held.others(name);
      long count = 1 + others.stream().filter(having::contains).count();
      return count >= (others.size() + 1) / 2 + 1;
    }

    void late() {
      end();
      promise.fail(
          new MabeamException(
              ErrorCode.TIMEOUT,
              "'" + name + "' was written on " + (1 + having.size()) + " of "
                  + (1 + held.others(name).size()) + " replicas, which is no majority",
              "it is passed on, and will be on all of them when they can be reached"));
    }

    void end() {
      timer.cancel();
      confirming--;
      List<Confirmation> waiting = confirmations.get(name);
      waiting.remove(this);
      if (waiting.isEmpty()) {
        confirmations.remove(name);
      }
    }
  }
}
