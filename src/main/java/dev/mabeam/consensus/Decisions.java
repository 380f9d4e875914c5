package dev.mabeam.consensus;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;

/**
 * The cluster's decisions, as one node makes and follows them. Each is a command to a {@link
 * StateMachine}; a majority of the committed voters puts all commands in one order, and every node
 * applies them in that order to its own copy.
 *
 * <p>Guaranteed: a command is applied at most once, however often it was retried underneath; when
 * {@link #propose} completes it is applied here, and on a majority of the voters' logs for good.
 * Commands of one node, proposed one after the other has completed, are applied in that order.
 * <em>Not</em> guaranteed: the order of commands that are under way at the same time; that another
 * node has applied what is applied here (that is what {@link #barrier} is for).
 *
 * <p>Every method may be called on any thread; futures complete on the caller's context if it has
 * one.
 */
public interface Decisions {
  /** How long a decision may take when the caller does not say. */
  Duration DEFAULT_DEADLINE = Duration.ofMillis(2_500);

  /**
   * Has {@code command} applied by the machine of that name, on every node. Completes with what the
   * machine returned, once the copy of this node has applied it.
   *
   * <p>Fails with INSUFFICIENT_CONSENSUS if it was certainly not and will not be applied, TIMEOUT
   * if that is unknown, OVERLOADED if too many are under way, UNAVAILABLE if this node is closing;
   * and with whatever the machine refused it with, which changed nothing.
   */
  Future<Buffer> propose(String machine, Buffer command, Duration deadline);

  /** As above, with the {@link #DEFAULT_DEADLINE}. */
  default Future<Buffer> propose(String machine, Buffer command) {
    return propose(machine, command, DEFAULT_DEADLINE);
  }

  /**
   * Completes when this node's copy has applied everything that was decided before the call: what
   * is read from it then is linearizable. Fails with INSUFFICIENT_CONSENSUS if no majority confirms
   * it by the deadline.
   */
  Future<Void> barrier(Duration deadline);

  /** The log index up to which this node's copy has applied everything; only grows. */
  long appliedIndex();
}
