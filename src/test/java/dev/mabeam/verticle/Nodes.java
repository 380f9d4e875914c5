package dev.mabeam.verticle;

import dev.mabeam.membership.Capacity;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.membership.NodeStatus;
import java.util.List;

/** Nodes as a test needs them. */
final class Nodes {
  private Nodes() {}

  static NodeInfo loaded(String name, long incarnation, double load) {
    return node(name, incarnation, NodeStatus.ACTIVE, load);
  }

  static NodeInfo node(String name, long incarnation, NodeStatus status, double load) {
    return new NodeInfo(
        name + "#" + incarnation, name, incarnation, status, List.of(), new Capacity(512, 1), load,
        0, "default", 0, 0, 0, "", "test", 1);
  }
}
