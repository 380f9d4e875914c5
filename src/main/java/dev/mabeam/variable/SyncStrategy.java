package dev.mabeam.variable;

/** How an update travels between the replicas of a variable. */
public enum SyncStrategy {
  /** Any replica takes it and tells some others, which pass it on. */
  GOSSIP,
  /** The master takes it and tells all the others. */
  LEADER_FOLLOWER,
  /** Any replica takes it and tells all the others. */
  MULTI_MASTER,
  /** As a block of a signed, hash-linked ledger that every replica verifies. */
  BLOCKCHAIN;

  private final String word = Words.of(this);

  /** As it is written on the wire, in options and on the command line. */
  public String word() {
    return word;
  }

  /** The one of that word; INVALID if there is none. */
  public static SyncStrategy of(String word) {
    return Words.parse(SyncStrategy.class, "synchronization", word);
  }
}
