package dev.mabeam;

import dev.mabeam.link.Admission;
import dev.mabeam.link.LinkAddress;
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
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * When a node may open its JGroups channel. Nodes that open theirs at the same moment, as after a
 * restart of a whole cluster, may not find each other's coordinator for minutes; so each waits
 * for an older member's, and opens its own alone only if no older member is there. The port of an
 * older channel tells that it is about to be there: enough if that one looks for nobody itself, as
 * a founder. After a restart it may; then the event bus's port does, which opens after the grid.
 *
 * <p>A member whose process has certainly ended is not waited for; one that is silent is, for
 * {@link #PATIENCE}, and then the two sides have to merge as after a partition.
 */
final class GridTurn {
  static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long LOOK_AGAIN_MILLIS = 50;
  private static final int CONNECT_MILLIS = 500;

  private final Vertx vertx;
  private final Peers peers;
  private final Scheduler scheduler;
  private final NetClient client;
  private final List<Member> elders;
  private final Function<Member, LinkAddress> sign;
  private final long untilNanos;

  private GridTurn(Vertx vertx, Scheduler scheduler, Peers peers, List<Member> elders, Function<Member, LinkAddress> sign) {
    this.vertx = vertx;
    this.scheduler = scheduler;
    this.peers = peers;
    this.elders = elders;
    this.sign = sign;
    this.client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS));
    this.untilNanos = scheduler.nanos() + PATIENCE.toNanos();
  }

  /**
   * Completes when the node that was admitted may open its channel; never fails.
   *
   * @param restarted whether it goes on with a log that it kept
   */
  static Future<Void> await(
      Vertx vertx, Scheduler scheduler, Peers peers, Admission in, boolean restarted) {
    List<Member> elders =
        in.others().stream().filter(other -> other.olderThan(in.self())).toList();
    GridTurn turn =
        new GridTurn(
            vertx, scheduler, peers, elders, restarted ? Member::bus : Member::grid);
    return turn.look().onComplete(done -> turn.client.close());
  }

  private Future<Void> look() {
    Map<String, Reachability> seen =
        peers.peers().stream()
            .collect(
                Collectors.toMap(
                    peer -> peer.member().id(), PeerState::reachability, (a, b) -> b));
    List<Member> possible =
        elders.stream()
            .filter(elder -> seen.get(elder.id()) != Reachability.REFUSED)
            .filter(elder -> !isSucceeded(elder))
            .toList();
    if (possible.isEmpty() || scheduler.nanos() - untilNanos > 0) {
      return Future.succeededFuture();
    }
    return Future.any(possible.stream().map(this::listens).toList())
        .<Void>mapEmpty()
        .recover(none -> vertx.timer(LOOK_AGAIN_MILLIS).compose(later -> look()));
  }

  /** The link knows a later incarnation of that name. */
  private boolean isSucceeded(Member elder) {
    return peers.peers().stream()
        .map(PeerState::member)
        .anyMatch(peer -> peer.name().equals(elder.name()) && elder.olderThan(peer));
  }

  private Future<Void> listens(Member elder) {
    return client
        .connect(sign.apply(elder).port(), sign.apply(elder).host())
        .compose(socket -> socket.close());
  }
}
