package dev.mabeam.link;

import dev.mabeam.time.Scheduler;
import java.time.Duration;

/** What a node keeps for one other member; {@link Mesh} moves it from state to state. */
final class Peer {
  private static final Duration FIRST_REDIAL = Duration.ofMillis(20);
  private static final Duration SLOWEST_REDIAL = Duration.ofSeconds(2);

  final Member member;
  final PhiAccrual detector;
  /** Null until the first contact or the first verdict: such a peer is not shown yet. */
  Reachability reachability;
  Wire wire;
  boolean leaving;
  /** A dial or a probe is under way. */
  boolean checking;
  Scheduler.Scheduled nextCheck = () -> {};
  long rttMicros = -1;
  long lastHeardWallMillis;
  long goneSinceNanos;
  private Duration redial = FIRST_REDIAL;

  Peer(Member member, long nowNanos) {
    this.member = member;
    this.detector = new PhiAccrual(Link.HEARTBEAT, nowNanos);
  }

  /** Whether the wire to it works, as far as is known. */
  boolean connected() {
    return wire != null && reachability == Reachability.CONNECTED;
  }

  /** How long to wait before the next attempt: longer each time, until one succeeds. */
  Duration nextRedial() {
    Duration now = redial;
    Duration twice = redial.multipliedBy(2);
    redial = twice.compareTo(SLOWEST_REDIAL) > 0 ? SLOWEST_REDIAL : twice;
    return now;
  }

  void reached() {
    redial = FIRST_REDIAL;
  }

  void roundTrip(long nanos) {
    long micros = Math.max(1, nanos / 1_000);
    rttMicros = rttMicros < 0 ? micros : (rttMicros * 7 + micros) / 8;
  }

  PeerState state(long nowNanos) {
    return new PeerState(
        member, reachability, detector.phi(nowNanos), rttMicros, lastHeardWallMillis, leaving);
  }
}
