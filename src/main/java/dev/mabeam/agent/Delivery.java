package dev.mabeam.agent;

import dev.mabeam.error.MabeamException;

/** A message on its way into an agent, and whom to tell what became of it. Any thread. */
interface Delivery {
  Object body();

  /** False for a message that nobody waits for. */
  boolean asked();

  /** Past this moment of the node's monotonic clock nobody waits any more. */
  long deadlineNanos();

  /** Which message of whom it is; null if its sender does not say: then it comes once, or never. */
  default Stamp stamp() {
    return null;
  }

  /** Whether who waits for an answer to this gets it as well from that other message. */
  default boolean isCopyOf(Delivery other) {
    return false;
  }

  /**
   * It is in the mailbox, and not handled yet.
   *
   * @param told whether whoever told it need not wait any more
   */
  void taken(boolean told);

  /**
   * The agent's answer.
   *
   * @throws io.vertx.core.json.EncodeException or IllegalStateException if it has something in it
   *     that cannot travel; then it was not given
   */
  void answer(Object value);

  /** The same, with an answer that is kept, or what the agent failed with. */
  default void settle(KeptAnswer kept) {
    if (kept.failure() != null) {
      fail(kept.failure());
    } else {
      answer(kept.value());
    }
  }

  /** It was not taken, or, if it has no {@link #stamp}, the agent failed. */
  void fail(MabeamException why);

  /** It goes to an activation of that epoch; 0 if it waits for the next one. */
  default void at(long epoch) {}

  /** The agent is that node's now, which is to have this instead. */
  default void forward(String owner, long epoch) {}
}
