package dev.mabeam.membership;

import dev.mabeam.grid.Knowledge;
import dev.mabeam.grid.Views;
import io.vertx.core.Future;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * The reports that the replicated cache {@code mabeam.nodes} holds, one a node. Each node writes
 * its own; the coordinator marks whom it knows to have failed and removes who has gone for good.
 * Where the cache takes no writes nothing is written, and gossip alone carries the news.
 */
final class NodeCache {
  private static final System.Logger LOG = System.getLogger(NodeCache.class.getName());

  private final Knowledge knowledge;
  private final Views views;
  private final NodeTable table;
  private boolean writing;

  NodeCache(Knowledge knowledge, Views views, NodeTable table) {
    this.knowledge = knowledge;
    this.views = views;
    this.table = table;
  }

  /** Takes every report that is there. */
  void read() {
    knowledge.entries().values().stream()
        .map(NodeInfo::read)
        .flatMap(Optional::stream)
        .forEach(table::report);
  }

  /** Writes this node's entry, unless the last such write is still under way. */
  Future<Void> stateSelf(NodeInfo self) {
    if (writing) {
      return Future.succeededFuture();
    }
    return state(self);
  }

  /** Writes this node's entry whatever is under way; never fails. */
  Future<Void> state(NodeInfo self) {
    if (!views.writable()) {
      return Future.succeededFuture();
    }
    writing = true;
    return logged("state", self.id(), knowledge.put(self.id(), self.toJson()))
        .onComplete(done -> writing = false);
  }

  /** What only the coordinator does. */
  void tidy() {
    if (!views.writable()) {
      return;
    }
    knowledge
        .entries()
        .forEach(
            (id, entry) -> {
              Optional<NodeInfo> failed =
                  table.declared(id).filter(node -> node.status() == NodeStatus.FAILED);
              if (table.hasGone(id)) {
                logged("remove", id, knowledge.remove(id));
              } else if (failed.isPresent() && !failed.get().toJson().equals(entry)) {
                logged("mark", id, knowledge.put(id, failed.get().toJson()));
              }
            });
  }

  private static Future<Void> logged(String verb, String id, Future<Void> write) {
    return write.otherwise(
        failure -> {
          LOG.log(Level.DEBUG, () -> "could not " + verb + " the entry of " + id + ": " + failure);
          return null;
        });
  }
}
