package dev.mabeam.variable.conflict;

import dev.mabeam.time.HybridTime;

/**
 * What is to be written.
 *
 * @param value JSON; the slice's if there is a key
 * @param key whose slice it is, or null for a value of its own
 * @param epoch fences the slice: 0 for whoever has none
 * @param stamp when it was asked for, by the clock of whoever asked; only grows for the writer of
 *     an epoch
 * @param store who breaks the tie of two equal stamps: the id of a store, or that id, {@link #AGAIN}
 *     and a number for its first write after a deletion
 */
public record Write(Object value, String key, long epoch, HybridTime stamp, String store) {
  /** Stands between a store's id and a number for what it writes after a deletion. */
  public static final String AGAIN = "~";
}
