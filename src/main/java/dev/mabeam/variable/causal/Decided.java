package dev.mabeam.variable.causal;

import io.vertx.core.Future;
import java.util.Collection;
import java.util.Set;

/** What is decided, as this node has it. */
public interface Decided {
  /** The other nodes that keep something causal. */
  Set<String> peers();

  /** The nodes of the cluster, this one too. */
  Set<String> members();

  /** Equal as long as nobody was admitted, went, or came to keep one of {@code names}. */
  Object arrangement(Collection<String> names);

  /** Whether that variable was there and is no more, nor ever will be. */
  boolean isForgotten(String name);

  /** Completes when this node has everything that was decided before. */
  Future<Void> barrier();
}
