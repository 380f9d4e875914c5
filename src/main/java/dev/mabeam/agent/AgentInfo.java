package dev.mabeam.agent;

import dev.mabeam.checkpoint.CheckpointSet;
import java.util.Locale;

/**
 * One agent as the directory has it.
 *
 * @param node the id of the node that owns it, or the empty string when it has none
 * @param epoch of its present activation
 * @param born the epoch of its first activation: tells it from others that had its id
 * @param set the stores that have to have its checkpoints; none if it is volatile
 * @param why what keeps it from having an owner, for people; empty if nothing is known to
 */
public record AgentInfo(
    AgentSpec spec,
    String node,
    long epoch,
    Status status,
    long born,
    CheckpointSet set,
    String why) {
  /** How an agent is. */
  public enum Status {
    /** Placed; its first start has not ended. */
    STARTING,
    /** It has an owner, which runs it or is recovering it. */
    ACTIVE,
    /** It has no owner: its node is gone, and no other one has it yet. */
    UNAVAILABLE;

    public String json() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Of a volatile agent that was never moved. */
  public AgentInfo(AgentSpec spec, String node, long epoch, Status status) {
    this(spec, node, epoch, status, epoch, CheckpointSet.NONE, "");
  }

  public String id() {
    return spec.id();
  }

  public String type() {
    return spec.type();
  }
}
