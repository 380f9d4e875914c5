package dev.mabeam.verticle;

import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What this node has placed and the cluster's figures do not show yet: the ids that are being
 * started, where, and where the latest were placed.
 */
final class Placements {
  /** By then a node has measured itself with the new verticle and told everybody. */
  static final Duration UNTIL_SHOWN_IN_LOAD = Duration.ofSeconds(3);

  private record Placed(String node, long nanos) {}

  private final Scheduler scheduler;
  private final Map<String, String> nodeOfStarting = new HashMap<>();
  private final Deque<Placed> latest = new ArrayDeque<>();
  private final Map<String, Integer> numbers = new HashMap<>();

  Placements(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  boolean isStarting(String id) {
    return nodeOfStarting.containsKey(id);
  }

  void starting(String id, String node) {
    nodeOfStarting.put(id, node);
    latest.add(new Placed(node, scheduler.nanos()));
  }

  void ended(String id) {
    nodeOfStarting.remove(id);
  }

  int startingOn(String node) {
    return (int) nodeOfStarting.values().stream().filter(node::equals).count();
  }

  int justPlacedOn(String node) {
    long shown = scheduler.nanos() - UNTIL_SHOWN_IN_LOAD.toNanos();
    while (!latest.isEmpty() && latest.peek().nanos() - shown < 0) {
      latest.poll();
    }
    return (int) latest.stream().filter(placed -> placed.node().equals(node)).count();
  }

  /** {@code <simple class name>-<number>}, not in {@code taken} and not made here before. */
  String newId(String className, Set<String> taken) {
    int from = Math.max(className.lastIndexOf('.'), className.lastIndexOf('$')) + 1;
    String simple = className.substring(from).replaceAll("[^A-Za-z0-9]", "");
    String prefix = simple.isEmpty() ? "verticle" : simple;
    String id;
    do {
      id = prefix + "-" + numbers.merge(prefix, 1, Integer::sum);
    } while (taken.contains(id) || isStarting(id));
    return id;
  }
}
