package dev.mabeam.variable.ledger;

/**
 * Countersigns for one store, and remembers what. It signs a block only if that descends from the
 * last one it signed, or is that one; so it signs one block a height, and two majorities of one set
 * never certify what is not in one line.
 *
 * <p>It remembers as long as the store's key lives: both are in the memory of the process, and a
 * process that starts again has another key.
 */
public final class Voter {
  private final StoreKey key;
  private Hash last;

  public Voter(StoreKey key) {
    this.key = key;
  }

  /** The last block that was signed, or null. */
  public Hash last() {
    return last;
  }

  /** The signature of {@code block}, which is in {@code chain}; null if it must not be signed. */
  public byte[] sign(Chain chain, Hash block, Roster roster) {
    if (!chain.contains(block) || last != null && !chain.contains(last)) {
      return null;
    }
    if (last != null && !chain.descends(block, last)) {
      return null;
    }
    last = block;
    return key.sign(Certificate.SIGNED, Certificate.message(chain.get(block), roster.hash()));
  }
}
