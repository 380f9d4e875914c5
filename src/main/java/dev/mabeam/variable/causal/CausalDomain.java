package dev.mabeam.variable.causal;

import dev.mabeam.bus.Bus;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.time.HybridClock;
import dev.mabeam.time.Scheduler;
import dev.mabeam.variable.version.Dot;
import dev.mabeam.variable.version.Siblings;
import dev.mabeam.variable.version.VersionVector;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * All causal variables together, as one node has them: an update is seen only where everything that
 * it depends on is seen too.
 *
 * <p><b>What depends on what.</b> A store numbers its updates over all causal variables, and an
 * update carries the vector of everything that its writer had seen. That vector is part of the
 * state of its variable: {@link Siblings#seen} of a causal variable says which of its own writes
 * the state contains, and at the same time what lies before them. A session's token is such a
 * vector, so it has an entry a store, however many variables there are.
 *
 * <p><b>What travels.</b> States travel as those of every other variable, only between the replicas
 * of that variable, and may come in any order. The index ({@link CausalIndex}: whose update changed
 * which variable) goes to <em>every</em> node that keeps something causal, without values. It tells
 * a node what it lacks of the variables that it keeps, up to any point; of those that it does not
 * keep it lacks nothing. How it travels is the business of {@link Meetings}.
 *
 * <p><b>What is shown.</b> Of each variable a node has what it <em>received</em>, and what it
 * <em>shows</em> to readers, which is the same or less. It holds always:
 *
 * <blockquote>Let F be what all shown states together depend on. F is known by the index, and every
 * shown state contains all updates of its variable that are in F.</blockquote>
 *
 * <p>So no reader of this node sees an effect without its causes, with or without a token. Received
 * states are shown as soon as that can be kept up, and many at once if they depend on one another:
 * the largest set of them of which it holds. A replica that comes later is first shown, and counts,
 * when it contains all of its own that is in F.
 *
 * <p>It is conservative in one place: the index keeps only the last update of a variable by a
 * store, so that of those between the last shown and the last known one it may take one for part of
 * a past that it is not part of. That delays, by no more than that update's own way.
 *
 * <p><b>Who dies when.</b> Nothing is agreed, so nobody waits for anybody but for data. A node that
 * dies takes with it what it told nobody. Where something else depends on that, it would be waited
 * for in vain: when nothing moves for {@link #PATIENCE}, a {@link Survey} asks all members what they
 * have. What nobody has is given up: what depends on it is shown without it, and a session that has
 * seen it is told (the future of {@link #awaitRead} completes with less than was asked for). If the
 * store comes back after all, its updates are news.
 *
 * <p><em>Not</em> guaranteed: anything between variables that are not causal; any order between
 * calls without a token which two nodes answer.
 *
 * <p>On the room's thread.
 */
public final class CausalDomain {
  static final Duration AGAIN = Duration.ofMillis(100);
  static final Duration ROUND = Duration.ofSeconds(1);
  /** Less than a level waits at one node, so that a session hears of a loss. */
  static final Duration PATIENCE = Duration.ofMillis(300);

  private static final System.Logger LOG = System.getLogger(CausalDomain.class.getName());

  private final String self;
  private final Scheduler scheduler;
  private final CausalIndex index;
  private final Meetings meetings;
  private final Decided decided;
  private final Survey survey;
  private final Kept kept;

  /** What readers see, of each variable that counts here. */
  private final Map<String, Siblings> shown = new HashMap<>();
  /** Those of which more was received than is shown, since when. */
  private final Map<String, Long> pending = new LinkedHashMap<>();
  /** Those that have been filled and do not count yet, since when. */
  private final Map<String, Long> joining = new LinkedHashMap<>();
  /**
   * Of shown variables that lack known updates: of each store of such, from which number on. What
   * has no entry lacks nothing that is known.
   */
  private final Map<String, Map<String, Long>> lacking = new HashMap<>();
  /** Of a store: up to where it is waited for no more. */
  private final Map<String, Long> givenUp = new HashMap<>();
  /** The same for single variables. */
  private final Map<String, Map<String, Long>> givenUpOf = new HashMap<>();

  private final List<Waiter> waiters = new ArrayList<>();
  private VersionVector frontier = VersionVector.EMPTY;
  private Scheduler.Scheduled round = () -> {};
  private boolean lookingAgain;
  private boolean surveying;
  private long surveyedNanos;
  private boolean closed;

  /** The replicas of this node. */
  public interface Kept {
    /** Everything that is here of a variable, shown or not; null if nothing is. */
    Siblings received(String name);

    /** Readers see {@code state} from now on; the first time, the replica counts from now on. */
    void show(String name, Siblings state);

    /** Something of these is known to be elsewhere: asks their other replicas at once. */
    void fetch(Collection<String> names);
  }

  public CausalDomain(
      String self,
      Bus bus,
      Scheduler scheduler,
      RandomGenerator random,
      HybridClock clock,
      CausalIndex index,
      Decided decided,
      Survey survey,
      Kept kept) {
    this.self = self;
    this.scheduler = scheduler;
    this.index = index;
    meetings = new Meetings(self, bus, scheduler, random, clock, index, decided, new News());
    this.decided = decided;
    this.survey = survey;
    this.kept = kept;
    surveyedNanos = scheduler.nanos();
  }

  public Future<Void> start() {
    round = scheduler.every(ROUND, this::round);
    return meetings.start();
  }

  public Future<Void> close() {
    closed = true;
    round.cancel();
    List.copyOf(waiters).forEach(Waiter::late);
    return meetings.close();
  }

  // What becomes of the replicas here.

  /** The replica has what one that counts has, and counts when {@link Kept#show} is called. */
  public void filled(String name) {
    if (!shown.containsKey(name)) {
      joining.putIfAbsent(name, scheduler.nanos());
      advance();
    }
  }

  /** The replica has received something. */
  public void received(String name) {
    if (shown.containsKey(name)) {
      pending.putIfAbsent(name, scheduler.nanos());
    }
    if (shown.containsKey(name) || joining.containsKey(name)) {
      advance();
    }
  }

  /** It is no replica any more, or does not count until it is {@link #filled} again. */
  public void left(String name) {
    shown.remove(name);
    pending.remove(name);
    joining.remove(name);
    lacking.remove(name);
    advance();
  }

  /** What readers see; null if it does not count here. */
  public Siblings shown(String name) {
    return shown.get(name);
  }

  /** The store whose dots {@link #next} gives. */
  public String store() {
    return index.store();
  }

  /** The dot of a write that will be {@link #written} at once, and cannot fail any more. */
  public Dot next(String name) {
    return index.next(name);
  }

  /**
   * What a write with {@code token}, for which {@link #awaitWrite} has completed, has seen besides
   * its own variable. Without a token that is all that is shown here.
   */
  public VersionVector past(VersionVector token) {
    return token.equals(VersionVector.EMPTY) ? frontier : token;
  }

  /** Readers see {@code after} from now on: what was shown, and a write. */
  public void written(String name, Siblings after) {
    shown.put(name, after);
    frontier = frontier.join(after.seen());
    meetings.tellSoon();
  }

  // Who waits.

  /**
   * Completes when what is shown of {@code name} contains all of its updates that {@code token} has
   * seen: with the token, or with less where the rest is lost. SESSION_UNAVAILABLE at the deadline.
   */
  public Future<VersionVector> awaitRead(String name, VersionVector token, Duration deadline) {
    return await(name, token, deadline, true);
  }

  /**
   * Completes when everything that is shown here contains what {@code token} has seen and is not
   * lost, so that a write which follows from it may be shown. SESSION_UNAVAILABLE at the deadline.
   */
  public Future<VersionVector> awaitWrite(String name, VersionVector token, Duration deadline) {
    return await(name, token, deadline, false);
  }

  private Future<VersionVector> await(
      String name, VersionVector token, Duration deadline, boolean reads) {
    Waiter waiter = new Waiter(name, token, reads);
    if (waiter.isOver()) {
      waiter.end();
    } else {
      waiter.timer = scheduler.after(deadline, waiter::late);
      waiters.add(waiter);
      lookAgain(Meetings.SOON);
    }
    return waiter.promise.future();
  }

  /** Whether nothing is received that is not shown, and nobody waits. */
  public boolean isQuiet() {
    return pending.isEmpty() && joining.isEmpty() && waiters.isEmpty();
  }

  /** A session that has seen more than is shown here. */
  private final class Waiter {
    private final String name;
    private final VersionVector token;
    private final boolean reads;
    private final long sinceNanos = scheduler.nanos();
    private final Promise<VersionVector> promise = Promise.promise();
    private Scheduler.Scheduled timer = () -> {};

    Waiter(String name, VersionVector token, boolean reads) {
      this.name = name;
      this.token = token;
      this.reads = reads;
    }

    /** Whether there is nothing to wait for, any more or at all. */
    boolean isOver() {
      Siblings here = shown.get(name);
      if (here == null) {
        return true;
      }
      return reads
          ? hasSeen(name, here, token)
          : knows(token, true) && allShownContain(token, Set.of());
    }

    void end() {
      timer.cancel();
      if (shown.containsKey(name)) {
        promise.tryComplete(token);
      } else {
        promise.tryFail(
            new MabeamException(
                ErrorCode.UNAVAILABLE,
                "node " + self + " keeps no replica of '" + name + "' that counts"));
      }
    }

    void late() {
      waiters.remove(this);
      promise.tryFail(
          new MabeamException(
              ErrorCode.SESSION_UNAVAILABLE,
              "node " + self + " has not got of '" + name + "' what the session has seen",
              "try again, or another node; or go on without the token"));
    }

    /** Ends a reader that waits for what nobody has. */
    private void lost(Survey.Found found) {
      VersionVector safe = token;
      for (Map.Entry<String, Long> each : token.numbers().entrySet()) {
        String store = each.getKey();
        long most = each.getValue();
        if (isFirst(store)) {
          continue;
        }
        if (most > found.known().of(store) && shown.get(name).seen().of(store) < most) {
          safe = safe.upTo(store, found.known().of(store));
        }
        long has = found.of(name).of(store);
        if (has < Math.min(safe.of(store), index.last(name, store))) {
          safe = safe.upTo(store, Math.max(has, firstLacking(name, store) - 1));
        }
      }
      if (!safe.equals(token)) {
        waiters.remove(this);
        timer.cancel();
        promise.tryComplete(safe);
      }
    }
  }

  // What may be shown.

  private static boolean isFirst(String store) {
    return Siblings.FIRST_STORE.equals(store);
  }

  /** Whether the index tells of everything in {@code past}, but for what is given up. */
  private boolean knows(VersionVector past, boolean lossy) {
    for (Map.Entry<String, Long> each : past.numbers().entrySet()) {
      String store = each.getKey();
      long most =
          lossy
              ? Math.max(index.known().of(store), givenUp.getOrDefault(store, 0L))
              : index.known().of(store);
      if (each.getValue() > most && !isFirst(store)) {
        return false;
      }
    }
    return true;
  }

  /** Whether {@code state} of {@code name} has all of its updates that a session has seen. */
  private boolean hasSeen(String name, Siblings state, VersionVector token) {
    for (Map.Entry<String, Long> each : token.numbers().entrySet()) {
      boolean told = each.getValue() <= index.known().of(each.getKey());
      if (!told && state.seen().of(each.getKey()) < each.getValue()) {
        return false;
      }
    }
    return contains(name, state, token, false);
  }

  /** Whether {@code state} of {@code name} has all of its known updates in {@code past}. */
  private boolean contains(String name, Siblings state, VersionVector past, boolean lossy) {
    for (Map.Entry<String, Long> last : index.last(name).entrySet()) {
      String store = last.getKey();
      long least = Math.min(past.of(store), last.getValue());
      boolean waived =
          lossy
              && last.getValue() <= givenUpOf.getOrDefault(name, Map.of()).getOrDefault(store, 0L);
      if (state.seen().of(store) < least && least >= firstLacking(name, store) && !waived) {
        return false;
      }
    }
    return true;
  }

  /** From which number on a shown state may lack known updates of that store. */
  private long firstLacking(String name, String store) {
    Map<String, Long> from = lacking.get(name);
    if (!shown.containsKey(name)) {
      return 0;
    }
    return from == null ? Long.MAX_VALUE : from.getOrDefault(store, Long.MAX_VALUE);
  }

  /** Whether it can be kept up with {@code past} shown, and what was received of {@code more}. */
  private boolean allShownContain(VersionVector past, Set<String> more) {
    for (String name : lacking.keySet()) {
      Siblings state = more.contains(name) ? kept.received(name) : shown.get(name);
      if (!contains(name, state, past, true)) {
        return false;
      }
    }
    return true;
  }

  /** Shows whatever can be shown now. */
  private void advance() {
    boolean more = true;
    while (more) {
      more = showPending();
      for (String name : List.copyOf(joining.keySet())) {
        more |= showFirst(name);
      }
    }
    List<Waiter> over = waiters.stream().filter(Waiter::isOver).toList();
    waiters.removeAll(over);
    over.forEach(Waiter::end);
    if (!isQuiet()) {
      lookAgain(AGAIN);
    }
  }

  private boolean showPending() {
    Set<String> set = new LinkedHashSet<>(pending.keySet());
    set.removeIf(name -> !knows(kept.received(name).seen(), true));
    while (set.removeIf(name -> !allShownContain(kept.received(name).seen(), set))) {
      // What is left may have depended on what is out.
    }
    set.forEach(this::show);
    return !set.isEmpty();
  }

  private boolean showFirst(String name) {
    Siblings state = kept.received(name);
    boolean may =
        knows(state.seen(), true)
            && contains(name, state, frontier, true)
            && allShownContain(state.seen(), Set.of());
    if (may) {
      joining.remove(name);
      show(name);
      index.last(name).keySet().forEach(store -> noteLacking(name, store, 1));
    }
    return may;
  }

  private void show(String name) {
    Siblings state = kept.received(name);
    pending.remove(name);
    shown.put(name, state);
    frontier = frontier.join(state.seen());
    Map<String, Long> from = lacking.get(name);
    if (from != null) {
      from.keySet().removeIf(store -> state.seen().of(store) >= index.last(name, store));
      from.replaceAll((store, n) -> Math.max(n, state.seen().of(store) + 1));
      if (from.isEmpty()) {
        lacking.remove(name);
      }
    }
    kept.show(name, state);
  }

  /** The index tells of updates of {@code name} by {@code store}, none of which is before that. */
  private void noteLacking(String name, String store, long from) {
    Siblings here = shown.get(name);
    if (here != null && here.seen().of(store) < index.last(name, store)) {
      lacking
          .computeIfAbsent(name, key -> new HashMap<>())
          .putIfAbsent(store, Math.max(from, here.seen().of(store) + 1));
    }
  }

  private final class News implements Meetings.Listener {
    @Override
    public void changed(String name, String store, long from) {
      noteLacking(name, store, from);
    }

    @Override
    public void taken() {
      advance();
    }
  }

  private void round() {
    meetings.forgetStrangers();
    index.forgetIf(decided::isForgotten);
    if (!shown.isEmpty() || !joining.isEmpty()) {
      meetings.meetSome();
    }
  }

  // What does not come.

  private void lookAgain(Duration delay) {
    if (!lookingAgain && !closed) {
      lookingAgain = true;
      scheduler.after(
          delay,
          () -> {
            lookingAgain = false;
            look();
          });
    }
  }

  private void look() {
    if (isQuiet() || closed) {
      return;
    }
    Set<String> names = new TreeSet<>(lacking.keySet());
    waiters.forEach(waiter -> names.add(waiter.name));
    names.addAll(joining.keySet());
    meetings.meetSome();
    kept.fetch(names);
    if (isStuck() && !surveying) {
      surveying = true;
      List<VersionVector> wanted = wanted();
      Map<String, Map<String, Long>> last = new HashMap<>();
      names.forEach(name -> last.put(name, new HashMap<>(index.last(name))));
      survey
          .of(names)
          .onComplete(
              found -> {
                surveying = false;
                surveyedNanos = scheduler.nanos();
                surveyed(found, wanted, last);
              },
              failure -> {
                surveying = false;
                LOG.log(Level.DEBUG, () -> "nobody can tell what is left of " + names);
              });
    }
    lookAgain(AGAIN);
  }

  /** Whether something has waited for long, and since the last survey too. */
  private boolean isStuck() {
    long longAgo = scheduler.nanos() - PATIENCE.toNanos();
    return surveyedNanos - longAgo <= 0
        && (pending.values().stream().anyMatch(since -> since - longAgo <= 0)
            || joining.values().stream().anyMatch(since -> since - longAgo <= 0)
            || waiters.stream().anyMatch(waiter -> waiter.sinceNanos - longAgo <= 0));
  }

  /** The pasts that something waits for. */
  private List<VersionVector> wanted() {
    List<VersionVector> wanted = new ArrayList<>(List.of(frontier));
    for (String name : pending.keySet()) {
      wanted.add(kept.received(name).seen());
    }
    for (String name : joining.keySet()) {
      wanted.add(kept.received(name).seen());
    }
    waiters.stream().filter(waiter -> !waiter.reads).forEach(waiter -> wanted.add(waiter.token));
    return wanted;
  }

  private void surveyed(
      Survey.Found found, List<VersionVector> wanted, Map<String, Map<String, Long>> last) {
    if (!index.known().containsAll(found.known())) {
      // Somebody knows who keeps nothing causal any more, and is not met otherwise.
      Set<String> members = new TreeSet<>(decided.members());
      members.remove(self);
      members.forEach(meetings::meet);
    }
    for (VersionVector past : wanted) {
      past.numbers()
          .forEach(
              (store, n) -> {
                if (n > found.known().of(store) && !isFirst(store)) {
                  givenUp.merge(store, n, Math::max);
                }
              });
    }
    last.forEach(
        (name, byStore) ->
            byStore.forEach(
                (store, n) -> {
                  if (n > found.of(name).of(store)) {
                    LOG.log(
                        Level.DEBUG,
                        () -> "an update of '" + name + "' is lost with store " + store);
                    givenUpOf
                        .computeIfAbsent(name, key -> new HashMap<>())
                        .merge(store, n, Math::max);
                  }
                }));
    for (Waiter waiter : List.copyOf(waiters)) {
      if (waiter.reads && shown.containsKey(waiter.name) && last.containsKey(waiter.name)) {
        waiter.lost(found);
      }
    }
    advance();
  }
}
