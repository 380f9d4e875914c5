package dev.mabeam.membership;

import dev.mabeam.link.Link;
import dev.mabeam.link.PeerState;
import dev.mabeam.time.Scheduler;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@link Peers} from a {@link Link}, which belongs to its own thread: what others read is a copy,
 * taken at every change and four times a second.
 */
final class LinkPeers implements Peers {
  private static final Duration REFRESH = Duration.ofMillis(250);

  private final Link link;
  private volatile List<PeerState> states = List.of();

  LinkPeers(Link link, Scheduler ofLink) {
    this.link = link;
    refresh();
    ofLink.every(REFRESH, this::refresh);
  }

  private void refresh() {
    states = List.copyOf(link.peers());
  }

  @Override
  public Collection<PeerState> peers() {
    return states;
  }

  @Override
  public Runnable onChange(Consumer<PeerState> listener) {
    return link.onChange(
        peer -> {
          refresh();
          listener.accept(peer);
        });
  }
}
