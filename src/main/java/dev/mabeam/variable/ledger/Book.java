package dev.mabeam.variable.ledger;

import dev.mabeam.time.HybridTime;
import dev.mabeam.variable.version.Siblings;
import java.util.Collection;

/**
 * What one store has of a ledger: the chain, the block that it is writing, and what it has
 * countersigned. Everything lasts as long as the store's key.
 */
public final class Book {
  private final Chain chain;
  private final StoreKey key;
  private final Voter voter;
  private final boolean decided;
  private Chain.Draft draft;
  private Roster roster;
  private Roster mine;

  public Book(Chain chain, StoreKey key) {
    this(chain, key, false);
  }

  /**
   * @param decided whether its blocks come from the log, and from nobody else
   */
  public Book(Chain chain, StoreKey key, boolean decided) {
    this.decided = decided;
    this.chain = chain;
    this.key = key;
    this.voter = new Voter(key);
  }

  public Chain chain() {
    return chain;
  }

  /** Whether its blocks come from the log, and from nobody else. */
  public boolean isDecided() {
    return decided;
  }

  public StoreKey key() {
    return key;
  }

  /** The rosters that there were, the latest one last. */
  public void know(Collection<Roster> rosters) {
    for (Roster each : rosters) {
      chain.know(each);
      roster = each;
      mine = each.contains(key.id()) ? each : mine;
    }
  }

  /** The latest one, or null. */
  public Roster roster() {
    return roster;
  }

  /** Whether the latest roster has this store, so that what it writes is taken by others. */
  public boolean mayWrite() {
    return roster != null && roster.contains(key.id());
  }

  /**
   * One write more in the block that is being written, that makes {@code after} of what is here.
   *
   * @param store under which it is numbered
   */
  public void write(Siblings after, String store, HybridTime now) {
    if (draft == null) {
      draft = chain.draft(key);
    }
    draft.write(after, store, now);
  }

  /**
   * Ends the block that is being written. Has to be done before anything else comes into the chain,
   * since what is written next has seen that.
   *
   * @return false if none is
   */
  public boolean seal(HybridTime now) {
    if (draft == null) {
      return false;
    }
    draft.seal(mine, now);
    draft = null;
    return true;
  }

  /** This store's vote for a block, as that roster's; null if it must not have it. */
  public byte[] vote(Hash block, Roster of) {
    return of.contains(key.id()) ? voter.sign(chain, block, of) : null;
  }

  /** The last block that this store has countersigned, or null. */
  public Hash voted() {
    return voter.last();
  }

  /** Whether that is the vote of {@code store} for a block that is here. */
  public boolean isVote(String store, byte[] vote, Hash block, Roster of) {
    byte[] publicKey = of.key(store);
    return publicKey != null
        && StoreKey.verify(
            publicKey,
            Certificate.SIGNED,
            Certificate.message(chain.get(block), of.hash()),
            vote);
  }
}
