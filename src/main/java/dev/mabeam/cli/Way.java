package dev.mabeam.cli;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A way into a local cluster that does not depend on one node: through the node that it began with,
 * and through another one once that is gone or {@link #next} says that it does not answer. For one
 * thread.
 */
final class Way {
  private final LocalCluster cluster;
  private final Duration timeout;
  private final Map<String, Api> apis = new HashMap<>();
  private int index;

  /** Begins with the node of that index. */
  Way(LocalCluster cluster, int index, Duration timeout) {
    this.cluster = cluster;
    this.timeout = timeout;
    this.index = index;
  }

  /** Of a node that runs, if one does. */
  Api api() {
    List<LocalNode> nodes = cluster.nodes();
    for (int i = 0; i < nodes.size() && !nodes.get(index).alive(); i++) {
      index = (index + 1) % nodes.size();
    }
    return apis.computeIfAbsent(nodes.get(index).url(), url -> new Api(url, "", timeout));
  }

  /** Through another node from now on. */
  void next() {
    index = (index + 1) % cluster.nodes().size();
  }
}
