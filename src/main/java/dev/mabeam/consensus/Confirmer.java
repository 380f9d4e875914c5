package dev.mabeam.consensus;

import dev.mabeam.consensus.LeaseMessage.Answer;
import dev.mabeam.consensus.LeaseMessage.Ask;
import dev.mabeam.consensus.LeaseMessage.Promised;
import dev.mabeam.consensus.LeaseMessage.Request;
import dev.mabeam.consensus.LeaseMessage.Roll;
import dev.mabeam.consensus.LeaseMessage.Verdict;
import dev.mabeam.time.Scheduler;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A voter's side of other nodes' leases: it confirms members, and none that it has promised to
 * expel. What a promise is worth is that it outlives everything but the certainty that the
 * expulsion will not be decided any more.
 *
 * <h2>How a promise ends</h2>
 *
 * The leader shows every voter its roll, the list of those whom it is about to expel, twice a
 * second ({@link Expulsion}). To promise for a node that is new on it is always safe. A promise is
 * dropped, and only then, when a roll does not name the node, and
 *
 * <ol>
 *   <li>it is of the <em>term of this voter's own log</em>, and the newest of that term. The leader
 *       of an earlier term can have nothing committed with this voter any more. That of this term
 *       shows a roll only after an entry of its own term was committed and applied: by then every
 *       expulsion that an earlier leader proposed is either applied at the leader, or can never be
 *       committed. And it takes its own proposals off the roll only when their outcome is known.
 *   <li>this voter has applied the log up to the roll's floor, where the leader was when it said
 *       so. So if the node was expelled, this voter knows it, and refuses it for that.
 * </ol>
 *
 * A leader that was deposed, cut off or has died therefore leaves its promises standing until its
 * successor has a majority, which is also when a node could get its lease back for any use: without
 * a majority nothing is decided. Nothing ends by time.
 *
 * <h2>Restart</h2>
 *
 * A voter that comes back with its log, and so as the same endpoint, has forgotten its promises and
 * whom it confirmed when. So it confirms nobody
 *
 * <ul>
 *   <li>in its first lease and a tenth; and when it is asked to promise, it says that it may have
 *       confirmed the node right before it started;
 *   <li>before a roll has come that meets the two conditions above <em>and names this life of the
 *       voter</em>, hence was made after its start. Whom that roll names it promises again. The
 *       leader it came from had applied everything that this voter's earlier life had reported as
 *       its configuration, and by the floor so has this life: what it reports does not go back.
 * </ul>
 *
 * A voter whose store began in this life is another endpoint than any before, and has nothing to
 * remember.
 *
 * <h2>Objection</h2>
 *
 * A voter does not promise for a node that said within the last lease that it holds one: whoever is
 * confirmed by a majority is alive and does its work, and only the leader cannot hear it. This is
 * courtesy, not safety, and a voter that has just restarted does without.
 */
final class Confirmer {
  /** The last thing that a node said of itself, and when. */
  record Heard(Request request, long nanos) {}

  private final Course course;
  private final Scheduler scheduler;
  private final String endpoint;
  private final String life;
  private final boolean restored;
  private final LeaseRules rules;
  private final long startNanos;
  private final Set<String> promised = new HashSet<>();
  private final Map<String, Long> confirmedNanos = new HashMap<>();
  private final Map<String, Heard> heard = new HashMap<>();
  private boolean cleared;
  private Roll newest = new Roll(0, 0, 0, Set.of());
  /** A roll that waits until this copy has come as far as its floor; null if none does. */
  private Roll pending;

  /**
   * @param endpoint the id of this node's endpoint
   * @param life random, another one at every start
   * @param restored whether the endpoint's log had an earlier life
   */
  Confirmer(
      Course course,
      Scheduler scheduler,
      String endpoint,
      String life,
      boolean restored,
      LeaseRules rules) {
    this.course = course;
    this.scheduler = scheduler;
    this.endpoint = endpoint;
    this.life = life;
    this.restored = restored;
    this.rules = rules;
    this.startNanos = scheduler.nanos();
  }

  String endpoint() {
    return endpoint;
  }

  /** What each node said last, by its id. */
  Map<String, Heard> heard() {
    return heard;
  }

  /** Null if another endpoint is meant. */
  Answer answer(Request request) {
    if (!request.voter().equals(endpoint)) {
      return null;
    }
    takeUpPending();
    Course.Fate fate = course.fate(request.node());
    if (fate == Course.Fate.GONE) {
      heard.remove(request.node());
      confirmedNanos.remove(request.node());
    } else {
      heard.put(request.node(), new Heard(request, scheduler.nanos()));
    }
    Verdict verdict = verdict(fate, request.node());
    if (verdict == Verdict.CONFIRMED) {
      confirmedNanos.put(request.node(), scheduler.nanos());
    }
    return new Answer(
        request.node(), request.round(), endpoint, verdict, course.configuration().index());
  }

  private Verdict verdict(Course.Fate fate, String node) {
    if (fate == Course.Fate.GONE) {
      return Verdict.GONE;
    }
    boolean may = fate == Course.Fate.MEMBER && !promised.contains(node) && settled();
    return may ? Verdict.CONFIRMED : Verdict.REFUSED;
  }

  /** Whether what an earlier life had promised and confirmed is over or known again. */
  private boolean settled() {
    if (!restored) {
      return true;
    }
    boolean first = scheduler.nanos() - startNanos < MajorityLease.OVER.toNanos();
    return (!first || !rules.quietAtStart()) && (cleared || !rules.clearedAtStart());
  }

  /** Null if another endpoint is meant, or the roll is of an earlier term than this log's. */
  Promised promise(Ask ask) {
    Roll roll = ask.roll();
    if (!ask.voter().equals(endpoint) || roll.term() < course.term()) {
      return null;
    }
    boolean settled = settled();
    for (String node : roll.nodes()) {
      if (!settled || !objects(node)) {
        promised.add(node);
      }
    }
    note(roll, ask.life().equals(life));
    takeUpPending();
    Map<String, Long> agoMillis = new HashMap<>();
    for (String node : roll.nodes()) {
      if (promised.contains(node)) {
        agoMillis.put(node, millisSinceConfirmed(node));
      }
    }
    return new Promised(endpoint, life, roll.term(), roll.version(), agoMillis);
  }

  /** A later roll takes the place of one that waits, so that none ends what it asks for. */
  private void note(Roll roll, boolean namesThisLife) {
    boolean news = newest.olderThan(roll);
    if (news) {
      newest = roll;
      pending = null;
    }
    if (pending == null && namesThisLife && !roll.olderThan(newest)) {
      pending = roll;
    }
  }

  private boolean objects(String node) {
    Heard last = heard.get(node);
    return rules.objects()
        && !promised.contains(node)
        && last != null
        && last.request().held()
        && scheduler.nanos() - last.nanos() < MajorityLease.LENGTH.toNanos();
  }

  /** A voter without memory of it may have confirmed it right before it started. */
  private long millisSinceConfirmed(String node) {
    Long last = confirmedNanos.get(node);
    if (last == null) {
      boolean forgot = restored && rules.quietAtStart();
      last = forgot ? startNanos : scheduler.nanos() - 10 * MajorityLease.OVER.toNanos();
    }
    return (scheduler.nanos() - last) / 1_000_000;
  }

  /** Ends the promises that the leader of this term, fully known here, does not ask for. */
  private void takeUpPending() {
    if (pending == null || course.term() < pending.term()) {
      return;
    }
    if (course.term() > pending.term()) {
      pending = null;
    } else if (course.applied() >= pending.floor()) {
      promised.retainAll(pending.nodes());
      cleared = true;
      pending = null;
      confirmedNanos.keySet().removeIf(node -> course.fate(node) == Course.Fate.GONE);
      heard.keySet().removeIf(node -> course.fate(node) == Course.Fate.GONE);
    }
  }
}
