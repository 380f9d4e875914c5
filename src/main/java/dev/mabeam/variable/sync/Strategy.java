package dev.mabeam.variable.sync;

import dev.mabeam.variable.version.Siblings;

/**
 * How what is new at one replica gets to the others: one class a choice. Which replica may take a
 * write is part of the definition. Everything on the room's thread.
 *
 * <p><em>Not</em> asked of a strategy: that everybody gets everything. {@link AntiEntropy} repairs
 * whatever one missed, {@link Filling} fills who came later, and what a replica that leaves has is
 * handed over, under each of them.
 */
interface Strategy {
  /**
   * Something was written here, or counts here from now on and others may lack it.
   *
   * @param fanout how many are to be told at a time, where that means anything; 0 as usual
   */
  void written(String name, int fanout);

  /**
   * Something came from elsewhere and was news here.
   *
   * @param from who told it and has all that is here now, or null
   */
  void arrived(String name, String from);

  /** This node has just become the master of a variable of which it keeps a replica. */
  default void mastered(String name) {}

  /** A state was sent to {@code peer}, and answered. */
  void told(String peer, String name, Siblings sent, Held.Joined outcome);

  /** {@code peer} is heard of again after a silence. */
  default void contact(String peer) {}

  /** This node has nothing to tell of it any more. */
  void drop(String name);

  /** {@code peer} keeps nothing any more that this node keeps. */
  default void forget(String peer) {}

  /** Whether everything was told as often as it will be. */
  boolean isQuiet();

  void close();
}
