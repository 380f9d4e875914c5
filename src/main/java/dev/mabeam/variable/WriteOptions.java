package dev.mabeam.variable;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;

/**
 * How one write is done.
 *
 * @param acks how many replicas have to have it: {@code "1"} or {@code "majority"}
 * @param key whose slice of the map it is; null to write every key that the value names
 * @param epoch fences the keys: a write with a lower one than a key has is refused with
 *     STALE_EPOCH; 0 for whoever has none
 */
public record WriteOptions(String acks, String key, long epoch) {
  public static final String ONE = "1";
  public static final String MAJORITY = "majority";
  public static final WriteOptions DEFAULT = new WriteOptions(ONE);

  public WriteOptions {
    if (!ONE.equals(acks) && !MAJORITY.equals(acks)) {
      throw new MabeamException(
          ErrorCode.INVALID, "acks '" + acks + "' is not offered", "offered: 1, majority");
    }
    if (epoch < 0) {
      throw new MabeamException(ErrorCode.INVALID, "epoch " + epoch + " is negative");
    }
  }

  public WriteOptions(String acks) {
    this(acks, null, 0);
  }

  /** One slice, written by the activation of that epoch. */
  public WriteOptions slice(String key, long epoch) {
    return new WriteOptions(acks, key, epoch);
  }
}
