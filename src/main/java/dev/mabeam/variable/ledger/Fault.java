package dev.mabeam.variable.ledger;

/**
 * What is wrong with a chain.
 *
 * @param height of the block that it was found at; -1 if it is not in a block
 * @param block the hash of that block, or empty
 */
public record Fault(Reason reason, long height, String block, String text) {
  /** Which rule is broken. */
  public enum Reason {
    /** It has not the form that is written. */
    MALFORMED,
    /** It is of a form that this version does not know. */
    VERSION,
    /** The file is not what was written: its sum is another one. */
    CHECKSUM,
    /** It belongs to another variable, or to another life of this one. */
    FOREIGN,
    /** It names a block before it that is not there. */
    MISSING_PARENT,
    /** It comes before what it should come after, or twice. */
    ORDER,
    /** Its height is not one more than the highest before it. */
    HEIGHT,
    /** It does not stand to the blocks before it as it says. */
    HISTORY,
    /** Its writes are not those that its author signed. */
    ENTRIES,
    /** A write has not the number that follows its store's last one: it is repeated or left out. */
    SEQUENCE,
    /** What its writes make of the value before is not what its author made of it. */
    STATE,
    /** Its author or a countersigner is not of the replica set that it names. */
    UNKNOWN_KEY,
    /** The signature is not its author's. */
    SIGNATURE,
    /** The countersignatures are no majority, not of this block, or not of these stores. */
    CERTIFICATE,
    /** One store has signed two things of which it may sign one. */
    EQUIVOCATION,
    /** It does not contain what a checkpoint that somebody kept says it does. */
    CHECKPOINT
  }

  @Override
  public String toString() {
    String where = height < 0 ? "" : " at height " + height;
    String which = block.isEmpty() ? "" : " in block " + brief();
    return reason + where + which + ": " + text;
  }

  private String brief() {
    return block.substring(0, Math.min(12, block.length()));
  }
}
