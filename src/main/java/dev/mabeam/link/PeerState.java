package dev.mabeam.link;

/**
 * One other member as this node sees it now.
 *
 * @param phi how unlikely the present silence is, by the peer's own rhythm: 8 means one in 10^8
 * @param rttMicros the smoothed round-trip time, -1 before the first answer
 * @param lastHeardWallMillis this node's wall clock when the last frame of the peer came in
 * @param leaving the peer said goodbye; it is forgotten right after
 */
public record PeerState(
    Member member,
    Reachability reachability,
    double phi,
    long rttMicros,
    long lastHeardWallMillis,
    boolean leaving) {}
