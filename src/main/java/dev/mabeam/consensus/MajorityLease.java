package dev.mabeam.consensus;

import dev.mabeam.consensus.LeaseMessage.Answer;
import dev.mabeam.consensus.LeaseMessage.Request;
import dev.mabeam.consensus.LeaseMessage.Verdict;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A node's own side of its lease: it asks every voter twice a second, and at once when others come
 * to vote, and may serve as long as a majority of the committed voters confirmed a question that it
 * <em>sent</em> less than two seconds ago. {@link Confirmer} is the voters' side, {@link Expulsion} the leader's.
 *
 * <h2>Messages</h2>
 *
 * <pre>
 * node   → voter   LEASE_REQUEST  node, round, voter, held
 * voter  → node    LEASE_CONFIRM  node, round, voter, CONFIRMED | REFUSED | GONE, configuration
 * </pre>
 *
 * A round's confirmations count from the moment in which the node sent that round, however late
 * they come; so the lease ends here before the voter that confirmed it thinks that it may have
 * ended. Whatever is lost, late or twice only makes it shorter. A node that hears GONE, or finds
 * itself gone in its own copy, gives the lease up for good.
 *
 * <h2>Which majority</h2>
 *
 * That of the committed voters as the node knows them, which may not be the latest. Three rules
 * together make this safe:
 *
 * <ol>
 *   <li>A confirmation carries the index of the configuration that the voter goes by, which never
 *       goes back ({@link Confirmer} says why not even over a restart). It counts for a node only
 *       if the node knows one at least as new.
 *   <li>The leader changes the voters again only after a majority of the present voters have
 *       reported that they go by the present configuration, and one lease and a tenth has passed
 *       since ({@link #agreedFor}); but from one voter to three, by way of two, it goes at once. It
 *       proposes to expel somebody whom it cannot hear only after that time as well.
 *   <li>Two configurations next to each other differ by one voter, so that a majority of one and a
 *       majority of the other have a voter in common.
 * </ol>
 *
 * Say a node counts under configuration <i>k</i>, and <i>k+1</i>, <i>k+2</i> changed the voters
 * after it. By 2 a majority of the voters of <i>k+1</i> went by it one lease and a tenth before
 * <i>k+2</i> was proposed; by 3 one of them is in every majority of <i>k</i>, and by 1 its later
 * confirmations did not count. So when <i>k+2</i> is in the log, no lease under <i>k</i> is left. If
 * <i>k</i> has one voter, it is the leader that makes both changes, and the only one who can have
 * confirmed anybody under <i>k</i>; it goes by <i>k+1</i> itself before it proposes <i>k+2</i>, so that
 * one lease and a tenth later, whoever leads then, no lease under <i>k</i> is left either. In short,
 * when somebody is expelled whom nobody heard end, <em>all leases are under the present configuration or the one before it</em>, and a majority of
 * the present voters which promise to confirm a node no more has a voter in each majority that
 * could confirm it. A node that knows a <em>later</em> configuration than the one under which its
 * expulsion was proposed has applied that expulsion, which is before it in the log: {@link
 * Course#configuration} is never ahead of what is applied.
 *
 * <h2>What it rests on</h2>
 *
 * Monotonic clocks that run at rates which differ by less than a tenth from the slowest to the
 * fastest, and do not stop while the process goes on. A thread that is paused between asking {@link
 * #left} and acting on it acts late: whoever cannot stand that fences by epoch.
 */
final class MajorityLease implements Lease {
  /** How long a confirmation lasts, from when it was asked for. */
  static final Duration LENGTH = Duration.ofSeconds(2);
  /** One lease and a tenth: after that, one that was confirmed has run out on every clock. */
  static final Duration OVER = Duration.ofMillis(2_200);
  static final Duration ROUND = Duration.ofMillis(500);
  private static final int ROUNDS_REMEMBERED = 8;

  /** Brings a message to a voter, wherever it is. */
  @FunctionalInterface
  interface ToVoter {
    void send(Endpoint voter, LeaseMessage message);
  }

  private final Course course;
  private final Scheduler scheduler;
  private final ToVoter toVoter;
  private final Supplier<String> endpoint;
  private final Supplier<Traits> traits;
  private final LeaseRules rules;
  private final List<Consumer<Boolean>> listeners = new ArrayList<>();
  private final List<Runnable> goneListeners = new ArrayList<>();
  private final TreeMap<Long, Long> sentNanos = new TreeMap<>();
  /** Of each voter: under which configuration it confirmed what was sent when. */
  private final Map<String, TreeMap<Long, Long>> confirmed = new HashMap<>();
  /** Of each voter: the highest configuration that it went by. */
  private final Map<String, Long> reported = new HashMap<>();
  private List<Endpoint> asked = List.of();
  private Configuration agreeing = Configuration.NONE;
  private boolean agreed;
  private long agreedNanos;
  private long round;
  private boolean told;
  private Scheduler.Scheduled end = () -> {};
  private volatile boolean over;
  private volatile boolean got;
  private volatile long untilNanos;

  /**
   * @param endpoint whose log this node keeps; empty if none
   */
  MajorityLease(
      Course course,
      Scheduler scheduler,
      ToVoter toVoter,
      Supplier<String> endpoint,
      Supplier<Traits> traits,
      LeaseRules rules) {
    this.course = course;
    this.scheduler = scheduler;
    this.toVoter = toVoter;
    this.endpoint = endpoint;
    this.traits = traits;
    this.rules = rules;
  }

  @Override
  public Duration left() {
    if (over || !got) {
      return Duration.ZERO;
    }
    long left = untilNanos - scheduler.nanos();
    return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
  }

  /** They are called on the log's thread. */
  @Override
  public synchronized void onChange(Consumer<Boolean> listener) {
    listeners.add(listener);
  }

  /** Hears once that a voter said, or this node's copy says, that this node is no member more. */
  void onGone(Runnable listener) {
    goneListeners.add(listener);
  }

  /** Asks all voters; to be called every {@link #ROUND}, and when there is hope for an answer. */
  void ask() {
    long before = round;
    changed();
    if (round == before) {
      askVoters();
    }
  }

  private void askVoters() {
    String self = course.self();
    if (over || self.isEmpty()) {
      return;
    }
    asked = course.configuration().voters();
    sentNanos.put(++round, scheduler.nanos());
    while (sentNanos.size() > ROUNDS_REMEMBERED) {
      sentNanos.pollFirstEntry();
    }
    boolean held = held();
    for (Endpoint voter : asked) {
      toVoter.send(
          voter, new Request(self, round, voter.id(), held, endpoint.get(), traits.get()));
    }
  }

  void answered(Answer answer) {
    reported.merge(answer.voter(), answer.configuration(), Math::max);
    Long sent = sentNanos.get(answer.round());
    if (over || !answer.node().equals(course.self())) {
      changed();
    } else if (answer.verdict() == Verdict.GONE) {
      gone();
    } else {
      if (answer.verdict() == Verdict.CONFIRMED && sent != null) {
        long from = rules.fromSending() ? sent : scheduler.nanos();
        TreeMap<Long, Long> ofVoter =
            confirmed.computeIfAbsent(answer.voter(), voter -> new TreeMap<>());
        ofVoter.merge(answer.configuration(), from, (a, b) -> a - b > 0 ? a : b);
        while (ofVoter.size() > 2) {
          ofVoter.pollFirstEntry();
        }
      }
      changed();
    }
  }

  /** What the copy says has changed: the lease is counted again. */
  void changed() {
    Configuration configuration = course.configuration();
    lookForAgreement(configuration);
    if (over) {
      return;
    }
    if (course.fate(course.self()) == Course.Fate.GONE) {
      gone();
      return;
    }
    confirmed.keySet().removeIf(id -> configuration.voters().stream().noneMatch(is(id)));
    List<Long> sent = new ArrayList<>();
    configuration.voters().forEach(voter -> sent.add(lastCounting(voter, configuration)));
    sent.removeIf(nanos -> nanos == null);
    if (configuration.voters().isEmpty() || sent.size() < configuration.majority()) {
      got = false;
    } else {
      long now = scheduler.nanos();
      sent.sort((a, b) -> Long.compare(b - now, a - now));
      untilNanos = sent.get(configuration.majority() - 1) + LENGTH.toNanos();
      got = true;
    }
    tell();
    if (!configuration.voters().equals(asked)) {
      // Those who vote from now on have confirmed nobody: without an answer of theirs it may end.
      askVoters();
    }
  }

  private static java.util.function.Predicate<Endpoint> is(String id) {
    return endpoint -> endpoint.id().equals(id);
  }

  private Long lastCounting(Endpoint voter, Configuration configuration) {
    TreeMap<Long, Long> ofVoter = confirmed.get(voter.id());
    if (ofVoter == null) {
      return null;
    }
    Map.Entry<Long, Long> last =
        rules.onlyCurrent() ? ofVoter.floorEntry(configuration.index()) : ofVoter.lastEntry();
    return last == null ? null : last.getValue();
  }

  private void gone() {
    if (!over) {
      over = true;
      tell();
      List.copyOf(goneListeners).forEach(Runnable::run);
    }
  }

  /** Gives the lease up for good: this incarnation stops. */
  void close() {
    over = true;
    tell();
  }

  private void tell() {
    end.cancel();
    Duration left = left();
    boolean held = !left.isZero();
    if (held) {
      end = scheduler.after(left, this::tell);
    }
    if (held != told) {
      told = held;
      List<Consumer<Boolean>> all;
      synchronized (this) {
        all = List.copyOf(listeners);
      }
      all.forEach(listener -> listener.accept(held));
    }
  }

  // ---- for the leader -------------------------------------------------------------------------

  private void lookForAgreement(Configuration configuration) {
    if (!configuration.voters().equals(agreeing.voters())) {
      agreeing = configuration;
      agreed = false;
    }
    long index = agreeing.index();
    if (!agreed && configuration.majority(v -> reported.getOrDefault(v.id(), -1L) >= index)) {
      agreed = true;
      agreedNanos = scheduler.nanos();
    }
  }

  /**
   * For how long this node knows that a majority of the present voters go by the present
   * configuration, or a later one with the same voters; zero if it does not know.
   */
  Duration agreedFor() {
    changed();
    return agreed ? Duration.ofNanos(scheduler.nanos() - agreedNanos) : Duration.ZERO;
  }
}
