package dev.mabeam.link;

import io.vertx.core.Future;
import java.util.List;

/**
 * Where a node learns whom to ask for its cluster. Asked again in every round until the node is in,
 * since DNS answers change while nodes start.
 */
public interface SeedSource {
  /**
   * The seeds' link addresses as they are known now, this node's own possibly among them. A failed
   * future means "not known at the moment": the node tries again until its join timeout.
   */
  Future<List<LinkAddress>> seeds();

  /** What to call this source in a message to an operator, such as {@code seeds a:7802, b:7802}. */
  String describe();

  /** A fixed list. An empty one makes the node found a cluster of its own. */
  static SeedSource fixed(List<LinkAddress> seeds) {
    List<LinkAddress> copy = List.copyOf(seeds);
    return new SeedSource() {
      @Override
      public Future<List<LinkAddress>> seeds() {
        return Future.succeededFuture(copy);
      }

      @Override
      public String describe() {
        return copy.isEmpty()
            ? "no seeds"
            : "seeds " + String.join(", ", copy.stream().map(LinkAddress::toString).toList());
      }
    };
  }
}
