package dev.mabeam;

import dev.mabeam.link.Admission;
import dev.mabeam.link.Member;
import dev.mabeam.link.PeerState;
import dev.mabeam.link.Reachability;
import dev.mabeam.membership.Peers;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which of the nodes that go on after a restart opens the grid. A node that joined asks the others
 * until one is in a view, however long that takes; if all of a cluster restarted, there is none. So
 * the oldest opens a view alone: the one that has no older member that may be there.
 *
 * <p>A member whose process has certainly ended is not waited for; one that is silent is, for
 * {@link #PATIENCE}, and then the two sides merge when they meet, as after a partition.
 */
final class GridTurn {
  static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long LOOK_AGAIN_MILLIS = 50;
  private static final int CONNECT_MILLIS = 500;

  private final Vertx vertx;
  private final Scheduler scheduler;
  private final Peers peers;
  private final List<Member> elders;
  private final NetClient client;
  private final long untilNanos;

  private GridTurn(Vertx vertx, Scheduler scheduler, Peers peers, List<Member> elders) {
    this.vertx = vertx;
    this.scheduler = scheduler;
    this.peers = peers;
    this.elders = elders;
    this.client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS));
    this.untilNanos = scheduler.nanos() + PATIENCE.toNanos();
  }

  /** Whether the node that was admitted opens a view alone; false once another's is there. */
  static Future<Boolean> isFirst(
      Vertx vertx, Scheduler scheduler, Peers peers, Admission in) {
    List<Member> elders =
        in.others().stream().filter(other -> other.olderThan(in.self())).toList();
    GridTurn turn = new GridTurn(vertx, scheduler, peers, elders);
    return turn.look().onComplete(done -> turn.client.close());
  }

  private Future<Boolean> look() {
    List<Member> possible = elders.stream().filter(this::mayBeThere).toList();
    if (possible.isEmpty() || scheduler.nanos() - untilNanos > 0) {
      return Future.succeededFuture(true);
    }
    return Future.any(possible.stream().map(this::listens).toList())
        .map(false)
        .recover(none -> vertx.timer(LOOK_AGAIN_MILLIS).compose(later -> look()));
  }

  private boolean mayBeThere(Member elder) {
    Map<Member, Reachability> seen =
        peers.peers().stream()
            .collect(Collectors.toMap(PeerState::member, PeerState::reachability, (a, b) -> b));
    boolean succeeded =
        seen.keySet().stream()
            .anyMatch(peer -> peer.name().equals(elder.name()) && elder.olderThan(peer));
    return !succeeded && seen.get(elder) != Reachability.REFUSED;
  }

  private Future<Void> listens(Member elder) {
    return client
        .connect(elder.bus().port(), elder.bus().host())
        .compose(socket -> socket.close());
  }
}
