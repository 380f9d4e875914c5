package dev.mabeam.placement;

import java.util.List;
import java.util.Optional;

/**
 * Where an agent goes: a pure function of the agent and a {@link ClusterSnapshot}.
 *
 * <p>First, filters: the node takes agents at all, has every required capability, has the memory
 * and the cores left, and breaks no hard rule. Then the node with the highest weighted sum of five
 * scores, each from 0 to 1:
 *
 * <ul>
 *   <li><em>resource</em>, 0.30: free over required memory or cores, whichever is smaller, halved,
 *       at most 1: twice what is required is plenty
 *   <li><em>load</em>, 0.25: 1 less the load, the work on its way to the node included, in steps
 *       of a twentieth
 *   <li><em>capability</em>, 0.20: the share of required and preferred capabilities that it has
 *   <li><em>network</em>, 0.15: 1 for a preferred node, else 1 less a tenth of its {@link Distance}
 *   <li><em>affinity</em>, 0.10: the share of soft affinity rules met, less that of anti-affinity
 *       rules violated, at least 0
 * </ul>
 *
 * <p>Of equal nodes the one with fewer agents gets it, then the lower id; so the same snapshot
 * gives the same answer on every node, but for the distances, which are the placing node's own.
 *
 * <p>An agent that the snapshot has already, under the id of the request, is left out of account:
 * it does not stand in its own way when it is placed again.
 *
 * <p>Not considered: rules of the agents that are there. A rule binds the agent that has it.
 */
public final class Placement {
  private static final double LOAD_STEPS = 20;

  private final PlacementRequest request;
  private final Requirements needs;
  private final ClusterSnapshot snapshot;
  private final Rules rules;
  private final Filters filters;

  private Placement(PlacementRequest request, ClusterSnapshot snapshot) {
    this.request = request;
    this.needs = request.requirements();
    this.snapshot = request.id().isEmpty() ? snapshot : snapshot.without(request.id());
    this.rules = new Rules(this.snapshot);
    this.filters = new Filters(this.snapshot, request, rules);
  }

  /** Every node with its scores, or what refused it. */
  public static Explanation explain(PlacementRequest request, ClusterSnapshot snapshot) {
    Placement placement = new Placement(request, snapshot);
    return new Explanation(
        request.id(),
        request.type(),
        placement.snapshot.nodes().stream()
            .map(placement::weigh)
            .sorted(Candidate.BEST_FIRST)
            .toList());
  }

  /** The node's id, or nothing when every node is refused; {@link #explain} tells why. */
  public static Optional<String> find(PlacementRequest request, ClusterSnapshot snapshot) {
    Placement placement = new Placement(request, snapshot);
    Candidate best = null;
    for (PlacementNode node : placement.snapshot.nodes()) {
      Candidate next = placement.weigh(node);
      if (next.suitable() && (best == null || Candidate.BEST_FIRST.compare(next, best) < 0)) {
        best = next;
      }
    }
    return Optional.ofNullable(best).map(Candidate::node);
  }

  private Candidate weigh(PlacementNode node) {
    Occupancy taken = snapshot.occupancy(node.id());
    List<String> refusals = filters.refusals(node);
    Scores scores =
        refusals.isEmpty()
            ? new Scores(
                resource(node, taken),
                1 - load(node, taken),
                capability(node),
                network(node),
                affinity(node))
            : null;
    return new Candidate(node.id(), refusals, scores, taken.agents());
  }

  private double resource(PlacementNode node, Occupancy taken) {
    double memory =
        plenty(node.capacity().memoryMb() - taken.memoryMb(), needs.memoryMb());
    double cpu =
        plenty(
            PlacedAgent.millis(node.capacity().cpuWeight()) - taken.cpuMillis(),
            PlacedAgent.millis(needs.cpuWeight()));
    return Math.min(memory, cpu);
  }

  private static double plenty(long free, long required) {
    return required <= 0 ? 1 : Math.max(0, Math.min(1, free / (2.0 * required)));
  }

  /**
   * Work on its way takes its share of what is idle, so that a burst spreads and none is full. In
   * steps, so that between nodes that are about as busy their number of agents decides, and not the
   * trembling of a measurement.
   */
  private static double load(PlacementNode node, Occupancy taken) {
    double idle = 1 - node.load();
    if (taken.lately() > 0) {
      double cores = Math.max(0.001, node.capacity().cpuWeight());
      idle *= Math.exp(-taken.lately() / 1000.0 / cores);
    }
    return 1 - Math.rint(idle * LOAD_STEPS) / LOAD_STEPS;
  }

  private double capability(PlacementNode node) {
    int required = needs.capabilities().size();
    int preferred = needs.preferredCapabilities().size();
    if (preferred == 0) {
      return 1;
    }
    int had = 0;
    for (String capability : needs.preferredCapabilities()) {
      had += node.capabilities().contains(capability) ? 1 : 0;
    }
    return (required + had) / (double) (required + preferred);
  }

  private double network(PlacementNode node) {
    for (String preferred : needs.preferredNodes()) {
      if (node.isCalled(preferred)) {
        return 1;
      }
    }
    return 1 - node.distance() / (double) Distance.FARTHEST;
  }

  private double affinity(PlacementNode node) {
    double met = Rules.share(needs.affinity(), 1, rule -> rules.met(rule, node));
    double violated = Rules.share(needs.antiAffinity(), 0, rule -> rules.met(rule, node));
    return Math.max(0, met - violated);
  }
}
