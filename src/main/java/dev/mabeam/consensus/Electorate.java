package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Who should vote, and the next single step from those who do: a pure function of what the leader
 * sees. {@link ElectorateDriver} takes the steps.
 *
 * <h2>The target</h2>
 *
 * 1, 2, 3, 3 or 5 voters for 1 to 5 nodes, 5 for more, where a node counts that is a member, is not
 * leaving, and was heard within {@link #DEAD}. Who: witnesses before others; then the zone that has
 * the fewest so far; then those who vote already, those who are candidates, and the oldest. Chosen
 * again from its own result it is the same, so nothing moves without a cause.
 *
 * <h2>The next step</h2>
 *
 * The first of these that applies:
 *
 * <ol>
 *   <li>A candidate that is dead or not wanted goes.
 *   <li>A dead voter is removed: silent for {@link #DEAD}; or at once, if its node is no member any
 *       more or keeps another endpoint's log.
 *   <li>If more vote than should, one that is not wanted is removed: at once if it is leaving, else
 *       when the nodes have been the same for {@link #DEAD}, so that a node that restarts costs no
 *       step down and up. If it is the leader, it hands over.
 *   <li>If not more vote than should, a wanted candidate that holds everything committed is
 *       promoted; see below.
 *   <li>A wanted node becomes a candidate, at most two at a time.
 * </ol>
 *
 * A step that changes who votes waits until {@link MajorityLease#agreedFor} says that one lease and
 * a tenth has passed since the last: leases rest on that, and say why the second step from one voter
 * to three need not wait.
 *
 * <h2>Even numbers</h2>
 *
 * Four voters stand no more failures than three, and two fewer than one: there are two whose death
 * is the end of it. So the way from one to three and from three to five waits until both candidates
 * are ready; one is promoted alone only if that makes the number odd or if nobody else is missing.
 * From one to three there is no rest at two, and each candidate is asked right before it is promoted
 * whether it is there: if it died between its promotion and its first vote, nothing would ever be
 * decided again. A swap among the living promotes before it
 * removes, so that they are never fewer than before; a dead voter is removed first, since it counts
 * for the quorum and gives nothing.
 *
 * <h2>Three, and one of them dies</h2>
 *
 * Of three nodes with three voters one dies, and the target is two. The two left decide the removal
 * as two of <em>three</em>; from then on a quorum is both of <em>two</em>. This is no weaker: before
 * it, both were needed as well, since the third gave nothing; and if the third was only cut off and
 * comes back, it is one voter of the old three and decides nothing alone, as before. It is stronger
 * in what follows: the next node to join makes three voters of which two are needed, where beside a
 * dead voter it would make four, of which all three living were. What nobody can give is to go
 * on with one of two: if the second dies too, the last one refuses (and {@code quorum recover} is the
 * operator's way out); a witness as third is the way to prevent it. A node that <em>leaves</em> is
 * removed while it still votes, so two shrink to one safely, and one goes on alone.
 *
 * <p>Nothing here decides what a quorum is. It always is a majority of the committed voters; a
 * target is where the next committed step leads, and a side of a cut without a quorum takes none.
 */
final class Electorate {
  /** A voter that was silent for so long is taken for dead. */
  static final Duration DEAD = Duration.ofSeconds(30);
  /** Who is to become a voter was heard within this. */
  private static final Duration LIVELY = Duration.ofSeconds(3);
  static final int MAX_LEARNERS = 2;

  /** One thing to do; null stands for none. */
  sealed interface Step {
    /** Have that node make an endpoint, and add it as a candidate. */
    record Enlist(Node node) implements Step {}

    record Promote(Endpoint endpoint) implements Step {}

    record Remove(Endpoint endpoint) implements Step {}

    record TransferTo(Endpoint endpoint) implements Step {}
  }

  /**
   * A member, as the leader sees it.
   *
   * @param age orders the nodes, the oldest is the lowest
   * @param silence for how long it has not been heard
   * @param endpoint whose log it says that it keeps; empty if none, null if it has not said lately
   */
  record Node(
      String name,
      long age,
      LinkAddress address,
      Traits traits,
      Duration silence,
      String endpoint) {}

  /**
   * What the leader sees.
   *
   * @param self the leader's own endpoint
   * @param matched up to where each endpoint holds the log
   * @param agreedFor for how long a majority has gone by this configuration
   * @param wasAlone the leader goes by these voters, and was the only one before this change
   * @param sameNodesFor for how long the list of nodes has been the same
   * @param unfit names of nodes that lately could not be made candidates
   */
  record Sight(
      Endpoint self,
      Configuration configuration,
      List<Endpoint> learners,
      Map<Endpoint, Long> matched,
      long committed,
      List<Node> nodes,
      Duration agreedFor,
      boolean wasAlone,
      Duration sameNodesFor,
      Set<String> unfit) {}

  private final Sight sight;
  private final List<Endpoint> voters;
  private final Map<String, Node> byName = new HashMap<>();
  private final Set<String> voting = new HashSet<>();
  private final Set<String> learning = new HashSet<>();
  private final Set<String> wanted;
  private final boolean mayChangeVoters;
  private final LeaseRules rules;

  private Electorate(Sight sight, LeaseRules rules) {
    this.sight = sight;
    this.rules = rules;
    this.voters = sight.configuration().voters();
    sight.nodes().forEach(node -> byName.put(node.name(), node));
    voters.stream().filter(this::lives).forEach(voter -> voting.add(voter.node()));
    sight.learners().stream().filter(this::lives).forEach(one -> learning.add(one.node()));
    this.wanted = choose();
    this.mayChangeVoters = sight.agreedFor().compareTo(MajorityLease.OVER) >= 0;
  }

  /** How many should vote among so many nodes. */
  static int target(int nodes) {
    if (nodes <= 3) {
      return nodes;
    }
    return nodes == 4 ? 3 : 5;
  }

  /** The names of the nodes that should vote. */
  static Set<String> wanted(Sight sight) {
    return new Electorate(sight, LeaseRules.ALL).wanted;
  }

  /** Null if there is nothing to do now. */
  static Step next(Sight sight, LeaseRules rules) {
    return new Electorate(sight, rules).next();
  }

  // ---- the target -----------------------------------------------------------------------------

  private boolean lives(Endpoint endpoint) {
    if (endpoint.equals(sight.self())) {
      return byName.containsKey(endpoint.node());
    }
    Node node = byName.get(endpoint.node());
    boolean another = node != null && node.endpoint() != null
        && !node.endpoint().equals(endpoint.id());
    return node != null && !another && node.silence().compareTo(DEAD) < 0;
  }

  private Set<String> choose() {
    List<Node> left = new ArrayList<>();
    int count = 0;
    for (Node node : sight.nodes()) {
      if (!node.traits().leaving() && node.silence().compareTo(DEAD) < 0) {
        count++;
        boolean takesPart = voting.contains(node.name()) || learning.contains(node.name());
        boolean fit = !sight.unfit().contains(node.name())
            && node.silence().compareTo(LIVELY) < 0;
        if (takesPart || fit) {
          left.add(node);
        }
      }
    }
    Set<String> chosen = new LinkedHashSet<>();
    Map<String, Integer> inZone = new HashMap<>();
    while (chosen.size() < target(count) && !left.isEmpty()) {
      Node next =
          left.stream()
              .min(
                  Comparator.comparing((Node node) -> !node.traits().witness())
                      .thenComparing(node -> inZone.getOrDefault(node.traits().zone(), 0))
                      .thenComparing(node -> !voting.contains(node.name()))
                      .thenComparing(node -> !learning.contains(node.name()))
                      .thenComparing(Node::age))
              .orElseThrow();
      left.remove(next);
      chosen.add(next.name());
      inZone.merge(next.traits().zone(), 1, Integer::sum);
    }
    return chosen;
  }

  // ---- the step -------------------------------------------------------------------------------

  private Step next() {
    List<String> missing = wanted.stream().filter(name -> !voting.contains(name)).toList();
    Step step = dropLearner();
    step = step == null ? removeDead() : step;
    if (step == null) {
      step = voters.size() > wanted.size() ? removeUnwanted() : promote(missing);
    }
    return step == null ? enlist(missing) : step;
  }

  private Step dropLearner() {
    return first(sight.learners(), one -> !lives(one) || !wanted.contains(one.node()));
  }

  private Step removeDead() {
    return mayChangeVoters
        ? first(voters, voter -> !lives(voter) && !voter.equals(sight.self()))
        : null;
  }

  private static Step first(List<Endpoint> endpoints, Predicate<Endpoint> which) {
    return endpoints.stream().filter(which).findFirst().map(Step.Remove::new).orElse(null);
  }

  private Step promote(List<String> missing) {
    List<Endpoint> ready =
        sight.learners().stream()
            .filter(one -> missing.contains(one.node()) && (caughtUp(one) || !rules.caughtUp()))
            .toList();
    boolean grows = voters.size() < wanted.size();
    boolean alone = missing.size() > 1 && ready.size() == 1;
    boolean makesEven = voters.size() % 2 == 1;
    boolean onTheWay = sight.wasAlone() && voters.size() == 2 && grows;
    boolean wait =
        ready.isEmpty() || grows && alone && makesEven || !mayChangeVoters && !onTheWay;
    return wait ? null : new Step.Promote(ready.get(0));
  }

  private boolean caughtUp(Endpoint learner) {
    return sight.matched().getOrDefault(learner, -1L) >= sight.committed();
  }

  private Step enlist(List<String> missing) {
    if (sight.learners().size() >= MAX_LEARNERS) {
      return null;
    }
    return missing.stream()
        .filter(name -> !learning.contains(name))
        .map(byName::get)
        .filter(Objects::nonNull)
        .findFirst()
        .map(Step.Enlist::new)
        .orElse(null);
  }

  /** The others first; then the leader hands over, and its successor removes it. */
  private Step removeUnwanted() {
    boolean settled = sight.sameNodesFor().compareTo(DEAD) >= 0;
    List<Endpoint> unwanted =
        voters.stream()
            .filter(voter -> !wanted.contains(voter.node()) && (settled || leaving(voter)))
            .toList();
    if (wanted.isEmpty()) {
      return null;
    }
    if (unwanted.equals(List.of(sight.self()))) {
      return handOver();
    }
    return mayChangeVoters ? first(unwanted, voter -> !voter.equals(sight.self())) : null;
  }

  private boolean leaving(Endpoint endpoint) {
    Node node = byName.get(endpoint.node());
    return node == null || node.traits().leaving();
  }

  /** To whoever is wanted and furthest. */
  private Step handOver() {
    return voters.stream()
        .filter(voter -> !voter.equals(sight.self()) && wanted.contains(voter.node()))
        .max(Comparator.comparing(voter -> sight.matched().getOrDefault(voter, -1L)))
        .map(Step.TransferTo::new)
        .orElse(null);
  }
}
