package dev.mabeam.placement;

/**
 * How far a node is from the one that places, from 0 (itself, or next to it) to {@link #FARTHEST}.
 *
 * <p>Two parts are added. Another zone is 4. The round-trip time adds 3 for each tenfold above a
 * millisecond, up to 6: 10 ms are 3, 100 ms and more are 6. Below a millisecond nodes are equally
 * near, since there the time says how busy they are and not how far; a time that was not measured
 * counts as that. Steps are whole, so that a trembling measurement moves no agent.
 */
final class Distance {
  static final int FARTHEST = 10;

  private static final int OTHER_ZONE = 4;
  private static final int PER_TENFOLD = 3;
  private static final int MOST_BY_TIME = FARTHEST - OTHER_ZONE;

  private Distance() {}

  static int of(boolean sameZone, long rttMicros) {
    double tenfolds = Math.log10(Math.max(1_000, rttMicros) / 1_000.0);
    int byTime = (int) Math.min(MOST_BY_TIME, Math.round(PER_TENFOLD * tenfolds));
    return (sameZone ? 0 : OTHER_ZONE) + byTime;
  }
}
