package dev.mabeam.consensus;

import dev.mabeam.consensus.LeaseMessage.Ask;
import dev.mabeam.consensus.LeaseMessage.Promised;
import dev.mabeam.consensus.LeaseMessage.Roll;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import dev.mabeam.link.Reachability;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * How the leader ends the stay of a node that it cannot hear, so that the node holds no lease any
 * more when that is decided.
 *
 * <h2>Messages</h2>
 *
 * <pre>
 * leader → voter   PROMISE   voter, life, roll {term, version, floor, nodes}     twice a second
 * voter  → leader  PROMISED  voter, life, term, version, nodes → how long ago it confirmed them
 * </pre>
 *
 * <h2>States of one node</h2>
 *
 * <pre>
 *          silent for long               majority promised, and its last confirmation is over
 *  (fine) ────────────────► ASKING ──────────────────────────────────────────► PROPOSED ──► gone
 *    ▲  ▲      heard again    │ ▲    certainly not appended, and never may have been  │ ▲
 *    │  └─────────────────────┘ └─────────────────────────────────────────────────────┘ │
 *    │                                                                                  │
 *    │ port refuses             still refuses when asked again                          │
 *    └───────────► PROBING ─────────────────────────────────────────────────────────────┘
 * </pre>
 *
 * A port that refuses, also when it is asked again now, or at which another process answers, proves
 * that the node's process has ended: nobody is left to hold a lease, and there is no wait. Silence
 * proves nothing, so the leader has a majority of the committed voters promise to confirm the node
 * no more, hears when each of them last did, and proposes one lease and a tenth after the latest of
 * these, and after a majority was first known to go by the present voters. {@link MajorityLease} says why no lease is left then, {@link Confirmer} how long a promise
 * stands and why a restart does not undo it.
 *
 * <h2>The roll</h2>
 *
 * It belongs to one term of one leader, and names every node in ASKING or PROPOSED. No voter is
 * shown one before an entry of the term itself is committed and applied here. A node comes off it
 *
 * <ul>
 *   <li>when it was heard again while nothing was proposed: the promise led nowhere and is
 *       withdrawn, which costs the node at most the time until voters have seen the next roll;
 *   <li>when it is gone here. Voters forget the promise only once they have applied that too.
 * </ul>
 *
 * A proposal of which it is unknown whether it was appended is final: the node stays on the roll and
 * the proposal is made again until it is applied, or this leader's term ends. It is never handed to
 * another leader, since that one's voters have promised nothing: {@link Leading#expel}.
 *
 * <h2>When a party dies</h2>
 *
 * <table>
 *   <caption>What happens next</caption>
 *   <tr><td>leader, before it proposed
 *       <td>promises stand until the next leader's first roll, which does not name the node;
 *           that one begins anew if it cannot hear the node either
 *   <tr><td>leader, after it proposed
 *       <td>the next leader's log has the proposal, and applies it before it shows a roll; or does
 *           not, and then it is never committed
 *   <tr><td>a voter that has promised
 *       <td>its promise was heard and counts: it comes back confirming nobody until it has seen a
 *           roll, as {@link Confirmer} says
 *   <tr><td>the node
 *       <td>its port refuses: decided at once, whatever was asked for before
 * </table>
 *
 * <h2>What it does not do</h2>
 *
 * Without a majority it never comes to a proposal. The leader does not expel its own node. A node
 * that holds its lease, though the leader cannot hear it, stays: a majority of voters confirms it,
 * and those do not promise.
 */
final class Expulsion {
  private static final System.Logger LOG = System.getLogger(Expulsion.class.getName());

  private enum Stage {
    PROBING,
    ASKING,
    PROPOSED
  }

  private static final class Case {
    Stage stage;
    /** The first version of the roll that names it; 0 as long as none does. */
    long sinceVersion;
    /** It may be in the log: there is no way back. */
    boolean maybeProposed;
    /** Who has promised, and when at the latest it confirmed the node last. */
    final Map<String, Long> promises = new HashMap<>();
  }

  private final Course course;
  private final Leading leading;
  private final Scheduler scheduler;
  private final MajorityLease.ToVoter toVoter;
  private final Supplier<Duration> agreedFor;
  private final Duration patience;
  private final LeaseRules rules;
  private final Map<String, Case> cases = new TreeMap<>();
  /** For how many rounds in a row each node has not been heard. */
  private final Map<String, Integer> silentRounds = new HashMap<>();
  private final Map<String, String> lives = new HashMap<>();
  private int term = -1;
  private long version;
  private boolean established;
  private long establishedAt = -1;
  private Scheduler.Scheduled due = () -> {};

  /**
   * @param agreedFor {@link MajorityLease#agreedFor}
   * @param patience how long a node may be silent
   */
  Expulsion(
      Course course,
      Leading leading,
      Scheduler scheduler,
      MajorityLease.ToVoter toVoter,
      Supplier<Duration> agreedFor,
      Duration patience,
      LeaseRules rules) {
    this.course = course;
    this.leading = leading;
    this.scheduler = scheduler;
    this.toVoter = toVoter;
    this.agreedFor = agreedFor;
    this.patience = patience;
    this.rules = rules;
  }

  /** Whether this node leads, and has applied everything that was committed before its term. */
  boolean leads() {
    return leading.leads()
        && term == course.term()
        && established
        && course.applied() >= establishedAt;
  }

  /** To be called every {@link MajorityLease#ROUND}, whoever leads. */
  void round() {
    List<Member> others =
        leading.members().stream().filter(member -> !member.id().equals(course.self())).toList();
    listen(others);
    if (!leading.leads()) {
      step(-1);
      return;
    }
    if (term != course.term()) {
      step(course.term());
      establish();
    }
    if (leads()) {
      others.forEach(this::judge);
      settle();
      show();
      proposeWhatIsDue();
    }
  }

  private void listen(List<Member> others) {
    for (Member member : others) {
      boolean heard = leading.reachability(member) == Reachability.CONNECTED;
      silentRounds.merge(member.id(), 0, (rounds, none) -> heard ? 0 : rounds + 1);
    }
    silentRounds.keySet().removeIf(id -> others.stream().noneMatch(m -> m.id().equals(id)));
  }

  /** For how long this node has not heard that member, who is no other than one of its peers. */
  Duration silence(String nodeId) {
    return MajorityLease.ROUND.multipliedBy(silentRounds.getOrDefault(nodeId, 0));
  }

  /** Begins another term, with nothing asked of anybody. */
  private void step(int newTerm) {
    term = newTerm;
    version = 0;
    established = false;
    due.cancel();
    cases.clear();
    lives.clear();
  }

  private void establish() {
    int ofTerm = term;
    leading
        .readIndex()
        .onComplete(
            index -> {
              if (term == ofTerm) {
                established = true;
                establishedAt = index;
              }
            },
            failure -> {
              if (term == ofTerm) {
                term = -1;
              }
            });
  }

  private void judge(Member member) {
    Case one = cases.get(member.id());
    Reachability reachability = leading.reachability(member);
    boolean open = one == null || one.stage == Stage.ASKING;
    if (open && reachability == Reachability.REFUSED) {
      probe(member, one);
    } else if (one == null && silence(member.id()).compareTo(patience) >= 0) {
      cases.put(member.id(), putOnRoll(new Case()));
    } else if (one != null
        && open
        && reachability == Reachability.CONNECTED
        && !one.maybeProposed) {
      cases.remove(member.id());
      version++;
    }
  }

  private Case putOnRoll(Case one) {
    one.stage = Stage.ASKING;
    if (one.sinceVersion == 0) {
      one.sinceVersion = ++version;
    }
    return one;
  }

  /** Its own link says that the process is gone; what the link knows may be a moment old. */
  private void probe(Member member, Case before) {
    int ofTerm = term;
    Case one = before == null ? new Case() : before;
    one.stage = Stage.PROBING;
    cases.put(member.id(), one);
    leading
        .probe(member)
        .onComplete(
            done -> {
              if (term != ofTerm || cases.get(member.id()) != one) {
                return;
              }
              if (done.succeeded() && done.result() == Reachability.REFUSED) {
                propose(member.id(), one, "its process has ended");
              } else if (one.sinceVersion > 0) {
                one.stage = Stage.ASKING;
              } else {
                cases.remove(member.id());
              }
            });
  }

  /** Who is gone needs no promise any more. */
  private void settle() {
    if (cases.keySet().removeIf(id -> course.fate(id) == Course.Fate.GONE)) {
      version++;
    }
  }

  private void show() {
    course.configuration().voters().forEach(this::show);
  }

  private void show(Endpoint voter) {
    Set<String> nodes = new TreeSet<>(cases.keySet());
    nodes.removeIf(node -> cases.get(node).sinceVersion == 0);
    Roll roll = new Roll(term, version, course.applied(), nodes);
    toVoter.send(voter, new Ask(voter.id(), lives.getOrDefault(voter.id(), ""), roll));
  }

  void promised(Promised promised) {
    if (promised.term() != term || !leads()) {
      return;
    }
    long now = scheduler.nanos();
    promised
        .nodes()
        .forEach(
            (node, agoMillis) -> {
              Case one = cases.get(node);
              if (one != null && one.sinceVersion > 0 && promised.version() >= one.sinceVersion) {
                long latest = now - Duration.ofMillis(agoMillis).toNanos();
                one.promises.merge(promised.voter(), latest, Math::max);
              }
            });
    if (!promised.life().equals(lives.put(promised.voter(), promised.life()))) {
      course.configuration().voters().stream()
          .filter(voter -> voter.id().equals(promised.voter()))
          .forEach(this::show);
    }
    proposeWhatIsDue();
  }

  private void proposeWhatIsDue() {
    due.cancel();
    long now = scheduler.nanos();
    long next = Long.MAX_VALUE;
    for (Map.Entry<String, Case> entry : Map.copyOf(cases).entrySet()) {
      Case one = entry.getValue();
      boolean enough =
          course.configuration().majority(voter -> one.promises.containsKey(voter.id()));
      if (one.stage != Stage.ASKING || !enough) {
        continue;
      }
      long wait = one.promises.values().stream().mapToLong(nanos -> nanos - now).max().orElse(0);
      wait += rules.waits() ? MajorityLease.OVER.toNanos() : 0;
      wait = Math.max(wait, untilAgreed());
      if (wait <= 0) {
        propose(entry.getKey(), one, "it was not heard for " + patience.toSeconds() + " s");
      } else {
        next = Math.min(next, wait);
      }
    }
    if (next < Long.MAX_VALUE) {
      due = scheduler.after(Duration.ofNanos(next), this::proposeIfStillLeader);
    }
  }

  private long untilAgreed() {
    return rules.waits() && rules.agreed()
        ? MajorityLease.OVER.minus(agreedFor.get()).toNanos()
        : 0;
  }

  private void proposeIfStillLeader() {
    if (leads()) {
      proposeWhatIsDue();
    }
  }

  private void propose(String nodeId, Case one, String reason) {
    int ofTerm = term;
    one.stage = Stage.PROPOSED;
    LOG.log(System.Logger.Level.INFO, course.self() + " expels " + nodeId + ": " + reason);
    leading
        .expel(nodeId, reason, term)
        .onFailure(
            failure -> {
              if (term == ofTerm && cases.get(nodeId) == one) {
                one.maybeProposed |= !certainlyNot(failure);
                putOnRoll(one);
              }
            });
  }

  private static boolean certainlyNot(Throwable failure) {
    if (failure instanceof MabeamException ours) {
      return ours.code() == ErrorCode.INSUFFICIENT_CONSENSUS || ours.code() == ErrorCode.OVERLOADED;
    }
    return failure instanceof Log.NotLeader;
  }

  /** The case of a leader that closes. */
  void close() {
    step(-1);
  }
}
