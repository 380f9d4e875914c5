package dev.mabeam.cli;

import dev.mabeam.cli.Checkup.Finding;
import dev.mabeam.cli.Checkup.Level;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Whether every node shows the same cluster: its id, view, members and their status.
 *
 * <p>What a node shows may be a second old, so one look that differs says nothing: a difference is
 * a finding only when it outlasts {@link #SETTLE}.
 */
final class Agreement {
  /** How long nodes may differ: several times what knowledge takes to reach every node. */
  static final Duration SETTLE = Duration.ofSeconds(5);

  private static final long BETWEEN_LOOKS_MS = 250;

  private final Function<String, JsonObject> read;
  private final String first;

  /** The finding is final, or a later look may find better. */
  private record Look(Finding finding, boolean agreed) {}

  /**
   * @param read what the node at a URL shows of the cluster; throws when it does not answer
   * @param first the node to begin with, which names the others
   */
  Agreement(Function<String, JsonObject> read, String first) {
    this.read = read;
    this.first = first;
  }

  /** Blocks for up to {@link #SETTLE} and the time that the nodes take to answer. */
  Finding find() {
    long deadline = System.nanoTime() + SETTLE.toNanos();
    while (true) {
      Look look = look();
      if (look.agreed() || System.nanoTime() - deadline > 0) {
        return look.finding();
      }
      try {
        TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MS);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return look.finding();
      }
    }
  }

  private Look look() {
    JsonObject cluster;
    try {
      cluster = read.apply(first);
    } catch (RuntimeException gone) {
      return new Look(
          new Finding(Level.fail, "cluster", first + " answers no longer: " + gone.getMessage(), ""),
          false);
    }
    Map<String, Set<String>> views = new TreeMap<>();
    views.put(view(cluster), new TreeSet<>(Set.of(cluster.getString("node", "?"))));
    List<String> silent = new ArrayList<>();
    JsonArray nodes = cluster.getJsonArray("nodes", new JsonArray());
    for (int i = 0; i < nodes.size(); i++) {
      JsonObject node = nodes.getJsonObject(i);
      String id = node.getString("id", "?");
      String url = node.getString("http", "");
      if (id.equals(cluster.getString("node")) || url.isEmpty()) {
        continue;
      }
      try {
        views.computeIfAbsent(view(read.apply(url)), key -> new TreeSet<>()).add(id);
      } catch (RuntimeException unreachable) {
        silent.add(id + " (" + node.getString("status") + ")");
      }
    }
    if (views.size() > 1) {
      return new Look(
          new Finding(
              Level.fail,
              "cluster",
              "the nodes have shown different clusters for " + SETTLE.toSeconds() + " s: " + views,
              "is the network cut? 'mabeam events' tells more"),
          false);
    }
    if (!silent.isEmpty()) {
      return new Look(
          new Finding(
              Level.warn,
              "cluster",
              "no answer from " + String.join(", ", silent),
              "'mabeam status' and 'mabeam events' tell more"),
          false);
    }
    String count = StatusCommand.count(nodes.size(), "node");
    String verb = nodes.size() == 1 ? " shows view " : " agree on view ";
    String agreed = count + verb + cluster.getLong("view", 0L);
    return new Look(new Finding(Level.ok, "cluster", agreed, ""), true);
  }

  private static String view(JsonObject cluster) {
    Set<String> ids = new TreeSet<>();
    JsonArray nodes = cluster.getJsonArray("nodes", new JsonArray());
    for (int i = 0; i < nodes.size(); i++) {
      JsonObject node = nodes.getJsonObject(i);
      ids.add(node.getString("id") + " " + node.getString("status"));
    }
    return cluster.getString("id") + " view " + cluster.getLong("view", 0L) + " " + ids;
  }
}
