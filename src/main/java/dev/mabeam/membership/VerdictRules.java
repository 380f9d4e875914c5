package dev.mabeam.membership;

import dev.mabeam.link.Reachability;
import java.time.Duration;

/**
 * How a node's status follows from what is known of it: a pure function, in one place.
 *
 * <p>What it keeps apart: a <em>suspect</em> is not heard; a <em>partitioned</em> node cannot be
 * reached from here, which proves nothing about it; a <em>failed</em> one is gone, proven by a port
 * that refuses together with a view that it is no longer in. Silence alone becomes failed only
 * after {@link #FORGET}, so that a list does not keep a lost node for ever. Every verdict is taken
 * back when the node is heard again.
 */
final class VerdictRules {
  /** How long a failed node stays visible, and how long a lost one counts as partitioned. */
  static final Duration FORGET = Duration.ofMinutes(10);

  private VerdictRules() {}

  /**
   * What this node knows of another.
   *
   * @param declared the status in the node's newest report; FAILED if another node proved its end
   * @param inView whether its name is in this side's view
   * @param wasInView whether this incarnation was in a view here before
   * @param link what the link says, or null if the link does not know it
   * @param leaving whether it said goodbye
   * @param evidence what the neighbours say of it
   * @param lostFor for how long it has been neither in the view nor connected
   */
  record Sight(
      NodeStatus declared,
      boolean inView,
      boolean wasInView,
      Reachability link,
      boolean leaving,
      Evidence evidence,
      Duration lostFor) {}

  static NodeStatus judge(Sight sight) {
    if (sight.leaving()) {
      return NodeStatus.LEAVING;
    }
    return sight.inView() ? inView(sight) : outOfView(sight);
  }

  /** Whether the node said goodbye and is really away. */
  static boolean left(Sight sight) {
    return sight.leaving() && !sight.inView() && sight.link() != Reachability.CONNECTED;
  }

  private static NodeStatus inView(Sight sight) {
    if (sight.link() == null) {
      return sight.declared() == NodeStatus.FAILED ? NodeStatus.SUSPECT : sight.declared();
    }
    return switch (sight.link()) {
      case CONNECTED ->
          sight.declared() == NodeStatus.FAILED ? NodeStatus.ACTIVE : sight.declared();
      case SUSPECT -> NodeStatus.SUSPECT;
      case SILENT ->
          sight.evidence() == Evidence.NOT_REACHED ? NodeStatus.PARTITIONED : NodeStatus.SUSPECT;
      // The port refuses, but the view has yet to say that the process is gone.
      case REFUSED -> NodeStatus.SUSPECT;
    };
  }

  private static NodeStatus outOfView(Sight sight) {
    if (sight.link() == Reachability.CONNECTED) {
      return sight.wasInView() ? NodeStatus.PARTITIONED : NodeStatus.JOINING;
    }
    boolean proven =
        sight.link() == Reachability.REFUSED || sight.declared() == NodeStatus.FAILED;
    if (proven || sight.lostFor().compareTo(FORGET) >= 0) {
      return NodeStatus.FAILED;
    }
    boolean young = sight.link() == null && !sight.wasInView();
    return young && sight.declared() == NodeStatus.JOINING
        ? NodeStatus.JOINING
        : NodeStatus.PARTITIONED;
  }
}
