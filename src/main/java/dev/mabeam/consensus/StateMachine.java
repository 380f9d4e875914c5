package dev.mabeam.consensus;

import io.vertx.core.buffer.Buffer;
import java.util.function.Supplier;

/**
 * A deterministic copy of something that the cluster decides. Every node has one of each name, and
 * feeds it the same commands in the same order.
 *
 * <p>All methods are called on one thread, the log's. {@link #apply} and {@link #gone} read no
 * clock, no random number, no file and nothing else that two nodes could see differently. State
 * that others read is published as a persistent (immutable) collection in a volatile field.
 */
public interface StateMachine {
  /** Names the machine in commands and snapshots; never reused for another one. */
  String name();

  /**
   * Whether its commands may be so many that they would crowd out the others': all of these
   * machines together get at most half of the places for commands under way, and come after.
   */
  default boolean bulk() {
    return false;
  }

  /**
   * Applies one command and returns what the proposer gets. A {@link
   * dev.mabeam.error.MabeamException} refuses it: it becomes the proposer's failure, and nothing
   * may have changed then. Any other exception is a defect that stops this node's copy.
   */
  Buffer apply(Applying at, Buffer command);

  /** A member has left or was expelled, by decision: what it owned is ownerless. */
  default void gone(Applying at, String nodeId) {}

  /**
   * The state as it is now, to be encoded later on another thread while commands go on: take hold
   * of the persistent collection here, encode it in the supplier.
   */
  Supplier<Buffer> image();

  /** Takes the state over from an {@link #image}, of this version or an earlier one. */
  void restore(Buffer image);
}
