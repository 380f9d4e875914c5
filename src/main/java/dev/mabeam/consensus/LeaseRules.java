package dev.mabeam.consensus;

/**
 * What a test breaks, to see that its checker notices.
 *
 * @param fromSending a lease counts from when its request was sent
 * @param quietAtStart a voter with an earlier life confirms nobody in its first lease
 * @param clearedAtStart nor before a leader has told it whom it may have promised to expel
 * @param waits an expulsion waits until the leases that were confirmed have run out
 * @param agreed nor is anybody expelled before a majority has gone by the present voters for as long
 * @param onlyCurrent confirmations of voters that know a later configuration do not count
 * @param caughtUp only a learner that holds what is committed, and answers, is promoted
 * @param objects a voter does not promise for a node that holds its lease; others may be safe
 *     without this one
 */
record LeaseRules(
    boolean fromSending,
    boolean quietAtStart,
    boolean clearedAtStart,
    boolean waits,
    boolean agreed,
    boolean onlyCurrent,
    boolean caughtUp,
    boolean objects) {
  static final LeaseRules ALL = new LeaseRules(true, true, true, true, true, true, true, true);
}
