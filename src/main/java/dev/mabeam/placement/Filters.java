package dev.mabeam.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a node must be for an agent, whatever its scores. */
final class Filters {
  private final ClusterSnapshot snapshot;
  private final PlacementRequest request;
  private final Requirements needs;
  private final Rules rules;

  /** @param snapshot without the agent itself */
  Filters(ClusterSnapshot snapshot, PlacementRequest request, Rules rules) {
    this.snapshot = snapshot;
    this.request = request;
    this.needs = request.requirements();
    this.rules = rules;
  }

  /** Why the node is out of the question, each reason as a clause; empty if it is not. */
  List<String> refusals(PlacementNode node) {
    List<String> found = new ArrayList<>(0);
    if (node.standing() != Standing.OPEN) {
      found.add(node.standing().refusal());
    }
    for (String capability : needs.capabilities()) {
      if (!node.capabilities().contains(capability)) {
        found.add("it lacks the capability " + capability);
      }
    }
    addResources(node, found);
    for (Rule rule : needs.affinity()) {
      if (rule.hard() && !rules.met(rule, node) && !isFirstOfItsType(rule)) {
        found.add("it is not with " + Rules.said(rule) + ", which is a must");
      }
    }
    for (Rule rule : needs.antiAffinity()) {
      if (rule.hard() && rules.met(rule, node)) {
        found.add("it is with " + Rules.said(rule) + ", which must not be");
      }
    }
    return found;
  }

  private void addResources(PlacementNode node, List<String> found) {
    Occupancy taken = snapshot.occupancy(node.id());
    long memory = node.capacity().memoryMb() - taken.memoryMb();
    if (needs.memoryMb() > 0 && memory < needs.memoryMb()) {
      found.add(
          "it has " + Math.max(0, memory) + " MB left of " + node.capacity().memoryMb()
              + ", not " + needs.memoryMb());
    }
    long offered = PlacedAgent.millis(node.capacity().cpuWeight());
    long wanted = PlacedAgent.millis(needs.cpuWeight());
    if (wanted > 0 && offered - taken.cpuMillis() < wanted) {
      found.add(
          "it has " + cores(Math.max(0, offered - taken.cpuMillis())) + " cores left of "
              + cores(offered) + ", not " + cores(wanted));
    }
  }

  private static String cores(long millis) {
    return String.format(Locale.ROOT, "%.3f", millis / 1000.0).replaceAll("\\.?0+$", "");
  }

  /** A type that wants to be together has to begin somewhere. */
  private boolean isFirstOfItsType(Rule rule) {
    return rule.target() == Rule.Target.TYPE
        && rule.value().equals(request.type())
        && snapshot.count(request.type()) == 0;
  }
}
