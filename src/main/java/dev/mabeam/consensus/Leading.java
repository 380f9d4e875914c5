package dev.mabeam.consensus;

import dev.mabeam.link.Member;
import dev.mabeam.link.Reachability;
import io.vertx.core.Future;
import java.util.Collection;

/** What the leader of the log can see and do. On the log's thread. */
interface Leading {
  /** Whether this node's own log says that it leads, in the term that {@link Course} tells. */
  boolean leads();

  /** As {@link Log#readIndex}. */
  Future<Long> readIndex();

  /**
   * Appends the expulsion to this node's own log, as the leader of that term or not at all: it is
   * neither forwarded nor tried again later. Completes when it is applied here; fails as {@link
   * Log#append} does.
   */
  Future<Void> expel(String nodeId, String reason, int term);

  /** The members, this node among them. */
  Collection<Member> members();

  /** What this node's link says of another; null if it does not know it. */
  Reachability reachability(Member member);

  /**
   * Asks right now: REFUSED if that member's port refuses, or the process that answers there is not
   * the member's.
   */
  Future<Reachability> probe(Member member);
}
