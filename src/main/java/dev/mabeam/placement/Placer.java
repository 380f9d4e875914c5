package dev.mabeam.placement;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One node's placing: it follows the directory, and counts what it has placed itself before the
 * directory shows it, so that each of a thousand placements in a row sees those before it.
 *
 * <p>A place is reserved from {@link #place} until the directory shows the agent ({@link
 * #decided}) or the attempt is given up ({@link #release}). Apart from that, an agent that it
 * placed counts as load for {@link #UNTIL_SHOWN_IN_LOAD}: with the cores that it reserves, or, if
 * it reserves none, with a fiftieth of a core.
 *
 * <p>Nodes that place at the same time do not see each other's reservations; the directory's
 * decision is what holds. Any thread.
 */
public final class Placer {
  /** By then a node has measured itself with the new agent and told everybody. */
  public static final Duration UNTIL_SHOWN_IN_LOAD = Duration.ofSeconds(3);

  /**
   * By so much another node has to be better for an agent to be worth a move: more than a load that
   * trembles by a few steps, and no more than a preferred capability or a soft rule is worth.
   */
  public static final double CLEARLY = 0.1;

  private static final double ROUNDING = 1e-9;
  private static final long LEAST_MILLIS = 20;

  private record Placed(String node, long millis, long nanos) {}

  private final Supplier<List<PlacementNode>> nodes;
  private final LongSupplier nanos;
  /** What the directory has of those that a place is reserved for. */
  private final Map<String, Optional<PlacedAgent>> reserved = new HashMap<>();
  private final Deque<Placed> latest = new ArrayDeque<>();
  private ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;
  private long placements;
  private long refusals;

  /**
   * @param nodes the nodes as this one sees them, now
   * @param nanos a monotonic clock
   */
  public Placer(Supplier<List<PlacementNode>> nodes, LongSupplier nanos) {
    this.nodes = nodes;
    this.nanos = nanos;
  }

  /** The directory has this agent at this node, from now on. */
  public synchronized void decided(PlacedAgent agent) {
    if (Optional.of(agent).equals(reserved.get(agent.id()))) {
      return; // it says again what was so before
    }
    reserved.remove(agent.id());
    snapshot = snapshot.with(agent);
  }

  /** The directory has no agent of that id, or none with a node, any more. */
  public synchronized void gone(String id) {
    reserved.remove(id);
    snapshot = snapshot.without(id);
  }

  /** The directory was replaced as a whole; what it does not show yet stays reserved. */
  public synchronized void replaced(Collection<PlacedAgent> agents) {
    ClusterSnapshot fresh = ClusterSnapshot.EMPTY;
    for (PlacedAgent agent : agents) {
      fresh = fresh.with(agent);
    }
    for (String id : List.copyOf(reserved.keySet())) {
      if (fresh.agent(id).equals(reserved.get(id))) {
        fresh = fresh.with(snapshot.agent(id).orElseThrow());
      } else {
        reserved.remove(id);
      }
    }
    for (Placed placed : latest) {
      fresh = fresh.lately(placed.node(), placed.millis());
    }
    snapshot = fresh;
  }

  /**
   * The id of the node for this agent, where it is reserved until {@link #decided} or {@link
   * #release}. An agent that the directory has elsewhere counts there no more.
   *
   * @throws MabeamException NO_SUITABLE_NODES, with what refused each node
   */
  public String place(PlacementRequest request) {
    return place(request, Set.of());
  }

  /** The same, but on none of the nodes of these ids, as if they were not there. */
  public synchronized String place(PlacementRequest request, Set<String> without) {
    return placeAmong(request, node -> !without.contains(node.id()));
  }

  /** The same, on that very node or nowhere. */
  public synchronized void placeOn(PlacementRequest request, String nodeId) {
    placeAmong(request, node -> node.id().equals(nodeId));
  }

  /** Fails as {@link #placeOn} would, and reserves nothing. */
  public synchronized void requireRoom(PlacementRequest request, String nodeId) {
    Placement.explain(request, among(node -> node.id().equals(nodeId))).requireNode();
  }

  private String placeAmong(PlacementRequest request, Predicate<PlacementNode> candidate) {
    if (request.id().isEmpty()) {
      throw new MabeamException(ErrorCode.INVALID, "an agent without an id has no place");
    }
    ClusterSnapshot now = among(candidate);
    Optional<String> node = Placement.find(request, now);
    if (node.isEmpty()) {
      refusals++;
      return Placement.explain(request, now).requireNode();
    }
    reserve(request.on(node.get()));
    return node.get();
  }

  /** What is taken of a node that is no candidate still counts for rules about agents. */
  private ClusterSnapshot among(Predicate<PlacementNode> candidate) {
    ClusterSnapshot now = now();
    return now.withNodes(now.nodes().stream().filter(candidate).toList());
  }

  private void reserve(PlacedAgent agent) {
    placements++;
    long millis = Math.max(LEAST_MILLIS, agent.cpuMillis());
    latest.add(new Placed(agent.node(), millis, nanos.getAsLong()));
    reserved.putIfAbsent(agent.id(), snapshot.agent(agent.id()));
    snapshot = snapshot.lately(agent.node(), millis).with(agent);
  }

  /** The attempt is over, and the directory stays as it was. */
  public synchronized void release(String id) {
    Optional<PlacedAgent> before = reserved.remove(id);
    if (before != null) {
      snapshot = before.map(snapshot::with).orElseGet(() -> snapshot.without(id));
    }
  }

  /** Where it would go now, and why; reserves nothing. */
  public synchronized Explanation explain(PlacementRequest request) {
    return Placement.explain(request, now());
  }

  /**
   * The node that would be better for an agent that {@code node} has, by {@link #CLEARLY} at least;
   * a node that would refuse it now is worse than any other. Reserves nothing.
   */
  public synchronized Optional<String> better(PlacementRequest request, String node) {
    List<Candidate> all = Placement.explain(request, now()).candidates();
    double here =
        all.stream()
            .filter(candidate -> candidate.node().equals(node))
            .mapToDouble(Candidate::total)
            .findFirst()
            .orElse(0);
    return all.stream()
        .filter(Candidate::suitable)
        .findFirst()
        .filter(best -> !best.node().equals(node))
        .filter(best -> best.total() - here >= CLEARLY - ROUNDING)
        .map(Candidate::node);
  }

  private ClusterSnapshot now() {
    long shown = nanos.getAsLong() - UNTIL_SHOWN_IN_LOAD.toNanos();
    while (!latest.isEmpty() && latest.peek().nanos() - shown <= 0) {
      Placed placed = latest.poll();
      snapshot = snapshot.lately(placed.node(), -placed.millis());
    }
    snapshot = snapshot.withNodes(nodes.get());
    return snapshot;
  }

  /** How many agents it has given a place. */
  public synchronized long placements() {
    return placements;
  }

  /** How many it found no place for. */
  public synchronized long refusals() {
    return refusals;
  }

  /** How many places are reserved for agents that the directory does not show yet. */
  public synchronized int reserved() {
    return reserved.size();
  }
}
