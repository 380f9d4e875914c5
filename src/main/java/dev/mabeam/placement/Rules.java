package dev.mabeam.placement;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** What rules say of a node. */
final class Rules {
  private final ClusterSnapshot snapshot;

  /** @param snapshot without the agent itself */
  Rules(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** Whether what the rule names is, or is on, that node. */
  boolean met(Rule rule, PlacementNode node) {
    return switch (rule.target()) {
      case AGENT ->
          snapshot.agent(rule.value()).filter(agent -> agent.node().equals(node.id())).isPresent();
      case TYPE -> snapshot.occupancy(node.id()).count(rule.value()) > 0;
      case ZONE -> node.zone().equals(rule.value());
      case NODE -> node.isCalled(rule.value());
    };
  }

  /**
   * By weight, the share of the soft rules that {@code is} holds for; {@code none} if there are no
   * soft rules.
   */
  static double share(List<Rule> rules, double none, Predicate<Rule> is) {
    double all = 0;
    double those = 0;
    for (Rule rule : rules) {
      if (!rule.hard()) {
        all += rule.weight();
        those += is.test(rule) ? rule.weight() : 0;
      }
    }
    return all == 0 ? none : Math.min(1, those / all);
  }

  /** {@code agent a1}, {@code zone east}. */
  static String said(Rule rule) {
    return rule.target().name().toLowerCase(Locale.ROOT) + " " + rule.value();
  }
}
