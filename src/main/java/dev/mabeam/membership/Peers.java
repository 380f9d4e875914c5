package dev.mabeam.membership;

import dev.mabeam.link.Link;
import dev.mabeam.link.PeerState;
import dev.mabeam.time.Scheduler;
import java.util.Collection;
import java.util.function.Consumer;

/** What membership wants of the link: how each peer is heard. */
public interface Peers {
  /** The peers of {@code link}; call this on {@code ofLink}'s thread, the link's own. */
  static Peers of(Link link, Scheduler ofLink) {
    return new LinkPeers(link, ofLink);
  }

  /** How each peer is heard now, at most a quarter of a second old; any thread. */
  Collection<PeerState> peers();

  /**
   * Calls {@code listener} when a peer's reachability changes, on whatever thread, until what is
   * returned is run.
   */
  Runnable onChange(Consumer<PeerState> listener);
}
