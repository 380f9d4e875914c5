package dev.mabeam.membership;

import dev.mabeam.event.ClusterEvent;
import dev.mabeam.event.LoggedEvent;
import dev.mabeam.membership.NodeTable.Departed;
import dev.mabeam.membership.NodeTable.Departure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides which {@code node.*} events are due, so that each is said once by the cluster although
 * every node sees what happens, and the one that speaks may die.
 *
 * <p>Only the coordinator speaks. Every node keeps what has been <em>said</em> of each node, from
 * the events that it hears, so that the next coordinator goes on where the last one ended; it first
 * reads the other nodes' logs ({@link Membership} sees to that) and holds its tongue meanwhile.
 * What has been true for {@link #TAKEN_AS_SAID} under another's coordination counts as said: its
 * event may have been lost, and an event late by more than that helps nobody.
 *
 * <p>Not guaranteed: events are published at most once and may be lost; two sides of a cut each
 * have a coordinator, and each speaks of its own view of the nodes.
 */
final class Announcer {
  static final Duration TAKEN_AS_SAID = Duration.ofSeconds(10);

  /** What was said of a node last; a later one is never followed by an earlier one. */
  private enum Said {
    NOTHING,
    JOINED,
    SUSPECTED,
    FAILED,
    LEFT
  }

  private record Waiting(Said what, long since) {}

  private final String selfId;
  private final Map<String, Said> said = new HashMap<>();
  private final Map<String, Waiting> waiting = new HashMap<>();
  private final Map<String, Departed> departed = new TreeMap<>();

  Announcer(String selfId) {
    this.selfId = selfId;
  }

  /** Notes what somebody said, this node included. */
  void heard(LoggedEvent event) {
    Said what =
        switch (event.type()) {
          case "node.joined" -> Said.JOINED;
          case "node.suspected" -> Said.SUSPECTED;
          case "node.failed" -> Said.FAILED;
          case "node.left" -> Said.LEFT;
          default -> Said.NOTHING;
        };
    String node = event.fields().getString("node");
    if (what != Said.NOTHING && node != null) {
      said.merge(node, what, (old, now) -> now.compareTo(old) > 0 ? now : old);
    }
  }

  /** Notes how things are; call it with every fold, whoever is the coordinator. */
  void observe(NodeTable.Folded folded) {
    folded.departed().forEach(gone -> departed.put(gone.last().id(), gone));
    for (NodeInfo node : folded.nodes()) {
      departed.remove(node.id());
      Said last = said(node.id());
      if (node.status() == NodeStatus.ACTIVE && last.compareTo(Said.JOINED) > 0) {
        // Heard again: the next silence is another one. What was called failed joins anew.
        said.put(node.id(), last == Said.SUSPECTED ? Said.JOINED : Said.NOTHING);
      }
    }
  }

  /**
   * What is to be published now, in order. The caller publishes it at once, which comes back by
   * {@link #heard}.
   *
   * @param speaks whether this node is the coordinator and knows what was said before
   */
  List<ClusterEvent> due(List<NodeInfo> nodes, boolean speaks, long nanos) {
    List<ClusterEvent> events = new ArrayList<>();
    for (Departed gone : List.copyOf(departed.values())) {
      decide(gone.last().id(), ofDeparted(gone), speaks, nanos).ifPresent(events::add);
      if (speaks || !waiting.containsKey(gone.last().id())) {
        departed.remove(gone.last().id());
      }
    }
    for (NodeInfo node : nodes) {
      decide(node.id(), ofNode(node), speaks, nanos).ifPresent(events::add);
    }
    return events;
  }

  private Optional<ClusterEvent> decide(
      String id, Optional<ClusterEvent> due, boolean speaks, long nanos) {
    if (due.isEmpty()) {
      waiting.remove(id);
      return Optional.empty();
    }
    if (speaks) {
      waiting.remove(id);
      return due;
    }
    Said what = saying(due.get());
    Waiting since = waiting.get(id);
    if (since == null || since.what() != what) {
      waiting.put(id, new Waiting(what, nanos));
    } else if (nanos - since.since() >= TAKEN_AS_SAID.toNanos()) {
      waiting.remove(id);
      said.put(id, what);
    }
    return Optional.empty();
  }

  private Optional<ClusterEvent> ofNode(NodeInfo node) {
    Said last = said(node.id());
    return Optional.ofNullable(
        switch (node.status()) {
          case ACTIVE ->
              last == Said.NOTHING ? new ClusterEvent.NodeJoined(node.id(), node.zone()) : null;
          case SUSPECT, PARTITIONED ->
              last == Said.JOINED
                  ? new ClusterEvent.NodeSuspected(node.id(), selfId, node.phi())
                  : null;
          case FAILED -> isPresent(last) ? failed(node, "its process is gone") : null;
          case JOINING, LEAVING -> null;
        });
  }

  private Optional<ClusterEvent> ofDeparted(Departed gone) {
    NodeInfo node = gone.last();
    if (!isPresent(said(node.id()))) {
      return Optional.empty();
    }
    return Optional.of(
        gone.why() == Departure.LEFT
            ? new ClusterEvent.NodeLeft(node.id())
            : failed(node, "its name came back as a new incarnation"));
  }

  private static ClusterEvent failed(NodeInfo node, String reason) {
    return new ClusterEvent.NodeFailed(node.id(), reason, node.agentCount(), true);
  }

  private static Said saying(ClusterEvent event) {
    if (event instanceof ClusterEvent.NodeJoined) {
      return Said.JOINED;
    } else if (event instanceof ClusterEvent.NodeSuspected) {
      return Said.SUSPECTED;
    }
    return event instanceof ClusterEvent.NodeLeft ? Said.LEFT : Said.FAILED;
  }

  private Said said(String id) {
    return said.getOrDefault(id, Said.NOTHING);
  }

  private static boolean isPresent(Said last) {
    return last == Said.JOINED || last == Said.SUSPECTED;
  }
}
