package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;

/** A message on its way into an agent, and whom to tell what became of it. Any thread. */
interface Delivery {
  Object body();

  /** False for a message that nobody waits for. */
  boolean asked();

  /** Past this moment of the node's monotonic clock nobody waits any more. */
  long deadlineNanos();

  /** It is in the mailbox. */
  void taken();

  /** The agent's answer; it is one that can travel. */
  void answer(Object value);

  /** It was not taken, or the agent failed. */
  void fail(MabeamException why);
}
