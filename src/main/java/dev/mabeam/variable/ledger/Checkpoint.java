package dev.mabeam.variable.ledger;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;

/**
 * How far a chain was when somebody looked. Whoever keeps one finds out later if a copy lacks
 * something that was there, or has something else in its place.
 *
 * @param size how many blocks: this one and all that it descends from
 * @param root the Merkle root of these, in the order of {@link Chain#history}
 */
public record Checkpoint(String variable, long life, long height, Hash block, long size, Hash root) {
  private static final String FORM = "mabeam-checkpoint-1";

  /** One word, to be kept wherever the chain is not. */
  @Override
  public String toString() {
    return String.join(
        ":", FORM, variable, "" + life, "" + height, "" + size, root.toString(), block.toString());
  }

  /** The inverse of {@link #toString}; INVALID if it is none. */
  public static Checkpoint parse(String word) {
    String[] parts = word.split(":");
    try {
      if (parts.length == 7 && parts[0].equals(FORM)) {
        return new Checkpoint(
            parts[1],
            Long.parseLong(parts[2]),
            Long.parseLong(parts[3]),
            Hash.parse(parts[6]),
            Long.parseLong(parts[4]),
            Hash.parse(parts[5]));
      }
    } catch (IllegalArgumentException malformed) {
      // As if it had too few parts.
    }
    throw new MabeamException(
        ErrorCode.INVALID,
        "'" + word + "' is no checkpoint",
        "give one as 'variables verify' printed it: " + FORM + ":…");
  }
}
