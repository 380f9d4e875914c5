package dev.mabeam.agent;

import java.util.Locale;

/**
 * One agent as the directory has it.
 *
 * @param node the id of the node that owns it, or the empty string when it has none
 * @param epoch of its present activation
 */
public record AgentInfo(AgentSpec spec, String node, long epoch, Status status) {
  /** How an agent is. */
  public enum Status {
    /** Placed; its start has not ended. */
    STARTING,
    ACTIVE,
    /** Its node is gone, and with it its state. */
    UNAVAILABLE;

    public String json() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public String id() {
    return spec.id();
  }

  public String type() {
    return spec.type();
  }
}
