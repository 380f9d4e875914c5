package dev.mabeam.grid;

import java.util.function.Consumer;

/**
 * Who is here, and whether the caches of this side take writes.
 *
 * <p>Guaranteed: listeners are called one at a time, in the order in which things happened here.
 * Not guaranteed: that another node sees the same view at the same time, or at all; across a cut
 * each side has its own.
 */
public interface Views {
  /** The view installed last. */
  GridView view();

  /** Calls {@code listener} with every view from now on, until what is returned is run. */
  Runnable onView(Consumer<GridView> listener);

  /** Whether the caches take writes here; false on the smaller side of a cut. */
  boolean writable();

  /**
   * Calls {@code listener} each time {@link #writable()} changes, until what is returned is run.
   */
  Runnable onWritable(Consumer<Boolean> listener);
}
