package dev.mabeam.variable.conflict;

/**
 * {@code consensus}: writes that have not seen each other stay beside each other until the replicas
 * have voted which one stands; the others are gone then. Until that is decided, which takes a
 * majority, a reader gets the latest of them and the others as siblings, and a write that has seen
 * them settles it as well.
 */
public final class Vote extends SideBySide {
  public static final String NAME = "consensus";
  static final Vote IT = new Vote();
}
