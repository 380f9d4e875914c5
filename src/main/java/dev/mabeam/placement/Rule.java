package dev.mabeam.placement;

/**
 * With what an agent should, or should not, share a node.
 *
 * @param target what {@code value} names
 * @param value an agent's id, an agent type, a zone, or a node's id or name
 * @param weight how much it counts among the soft rules, above 0
 * @param hard whether a node that breaks it is out of the question
 */
public record Rule(Target target, String value, double weight, boolean hard) {
  /** What a rule is about. */
  public enum Target {
    AGENT,
    TYPE,
    ZONE,
    NODE
  }
}
