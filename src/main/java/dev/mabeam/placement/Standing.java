package dev.mabeam.placement;

import dev.mabeam.membership.NodeStatus;

/** Whether a node takes agents, and if not, why. */
public enum Standing {
  /** It does. */
  OPEN(""),
  /** It is not in this side's view yet. */
  JOINING("it is still joining"),
  /** It is not heard as it should be: it may be about to fail. */
  SUSPECT("it is suspect"),
  /** It says goodbye, or is being drained. */
  LEAVING("it is leaving"),
  /** An operator wants nothing new on it. */
  CORDONED("it is cordoned"),
  /** It has no lease, and so may not serve. */
  READ_ONLY("it is read-only"),
  /** It votes, and runs no agents. */
  WITNESS("it is a witness, which runs no agents"),
  /** It cannot be reached from here. */
  PARTITIONED("it is partitioned"),
  /** It is dead. */
  FAILED("it has failed");

  private final String refusal;

  Standing(String refusal) {
    this.refusal = refusal;
  }

  /** What the filter says of such a node; empty for one that takes agents. */
  String refusal() {
    return refusal;
  }

  /** What follows from the status alone. */
  public static Standing of(NodeStatus status) {
    return switch (status) {
      case JOINING -> JOINING;
      case ACTIVE -> OPEN;
      case SUSPECT -> SUSPECT;
      case LEAVING -> LEAVING;
      case PARTITIONED -> PARTITIONED;
      case FAILED -> FAILED;
    };
  }
}
