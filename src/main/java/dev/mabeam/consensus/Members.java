package dev.mabeam.consensus;

import dev.mabeam.link.Member;
import java.util.Collection;
import java.util.Optional;

/** Who is in the cluster, by decision. Immutable: what one call returned stays as it was. */
public interface Members {
  /** The admitted node with that id, {@code <name>#<incarnation>}; empty once it left or was expelled. */
  Optional<Member> member(String nodeId);

  /** All of them, oldest first. */
  Collection<Member> all();

  default boolean contains(String nodeId) {
    return member(nodeId).isPresent();
  }
}
