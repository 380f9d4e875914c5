package dev.mabeam.variable.conflict;

/**
 * {@code vector_clocks}: what a write has seen is gone; writes that have not seen each other stay
 * beside each other. A reader gets the latest of them, the same on every node, and the others as
 * siblings; the next write, which has seen them at its replica, settles it.
 */
public final class VectorClocks extends SideBySide {
  public static final String NAME = "vector_clocks";
  static final VectorClocks IT = new VectorClocks();
}
