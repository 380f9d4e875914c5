package dev.mabeam.variable.sync;

import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import java.time.Duration;
import java.util.HashSet;
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
 */
final class Gossip implements Strategy {
  /** How many others are told at a time. */
  static final int FANOUT = 3;

  static final Duration ROUND = Duration.ofMillis(200);

  /** How long an update waits for others to travel with. */
  static final Duration SOON = Duration.ofMillis(10);

  private final Lines lines;
  private final Held held;
  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Duration soon;
  private final Map<String, Rumor> rumors = new LinkedHashMap<>();
  private final Set<String> fresh = new LinkedHashSet<>();
  private boolean soonSet;
  private boolean roundSet;
  private boolean closed;

  Gossip(
      Lines lines, Held held, Scheduler scheduler, RandomGenerator random, Duration soon) {
    this.lines = lines;
    this.held = held;
    this.scheduler = scheduler;
    this.random = random;
    this.soon = soon;
  }

  /** In how many rounds an update is told, among {@code replicas}. */
  static int rounds(int replicas) {
    return rounds(replicas, FANOUT);
  }

  private static int rounds(int replicas, int fanout) {
    double ln = Math.log(replicas);
    return (int) Math.ceil(ln / Math.log(1 + fanout) + ln / fanout) + 2;
  }

  /** After how many that had it already telling stops, among {@code replicas}. */
  static int enough(int replicas) {
    return (int) Math.ceil(Math.log(replicas)) + 1;
  }

  @Override
  public void written(String name, int fanout) {
    changed(name, null, fanout == 0 ? FANOUT : fanout);
  }

  @Override
  public void arrived(String name, String from) {
    changed(name, from, FANOUT);
  }

  private void changed(String name, String from, int fanout) {
    int replicas = held.others(name).size() + 1;
    if (closed || replicas == 1) {
      rumors.remove(name);
      return;
    }
    Rumor rumor = new Rumor(held.kept(name).state().seen(), replicas, fanout);
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
    lines.flush();
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
    lines.flush();
    if (!rumors.isEmpty()) {
      setRound();
    }
  }

  private void tell(String name) {
    Rumor rumor = rumors.get(name);
    if (rumor == null) {
      return;
    }
    List<String> targets = Sample.of(held.others(name), rumor.having, rumor.fanout, random);
    targets.forEach(peer -> lines.offer(peer, name));
    rumor.toldNanos = scheduler.nanos();
    if (--rumor.roundsLeft <= 0 || targets.isEmpty()) {
      rumors.remove(name);
    }
  }

  @Override
  public void told(String peer, String name, Siblings sent, Held.Joined outcome) {
    Rumor rumor = rumors.get(name);
    if (rumor == null
        || outcome == Held.Joined.ABSENT
        || !sent.seen().containsAll(rumor.seen)) {
      return;
    }
    rumor.having.add(peer);
    if (outcome == Held.Joined.KNOWN && ++rumor.known >= rumor.enough) {
      rumors.remove(name);
    }
  }

  @Override
  public void drop(String name) {
    rumors.remove(name);
  }

  @Override
  public boolean isQuiet() {
    return rumors.isEmpty();
  }

  @Override
  public void close() {
    closed = true;
  }

  /** What others may lack. */
  private static final class Rumor {
    private final VersionVector seen;
    private final int enough;
    private final Set<String> having = new HashSet<>();
    private final int fanout;
    private int roundsLeft;
    private int known;
    private long toldNanos;

    Rumor(VersionVector seen, int replicas, int fanout) {
      this.fanout = fanout;
      this.seen = seen;
      this.enough = enough(replicas);
      this.roundsLeft = rounds(replicas, fanout);
    }
  }
}
