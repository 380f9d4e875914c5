package dev.mabeam.migration;

import io.vertx.core.Future;
import java.time.Duration;

/**
 * Moves agents between nodes, one or all of a node's.
 *
 * <p>Guaranteed: an agent that moves keeps its state, and what is sent to it meanwhile is handled
 * once and in order; a move that fails before it is decided leaves the agent where it was. <em>Not</em>
 * guaranteed: that an agent is still where it was moved to when the future completes.
 *
 * <p>Every method may be called on any thread, on any node; futures end on the caller's context.
 */
public interface Migrations {
  /**
   * Moves an agent; completes when it takes messages at the target. Moves from one node wait for
   * each other if there are many.
   *
   * <p>AGENT_NOT_FOUND, or NOT_FOUND if there is no such node; ALREADY_ON_TARGET_NODE; MIGRATING
   * if it is on its way already; NO_SUITABLE_NODES with what speaks against that node;
   * FAILED_TO_SERIALIZE and FAILED_TO_START_ON_TARGET with the cause; UNAVAILABLE if a node cannot
   * be reached; INSUFFICIENT_CONSENSUS. With each of these it goes on where it was. TIMEOUT if it
   * is not known what became of it.
   *
   * @param node the id of the target, or its name
   */
  Future<Move> migrate(String agent, String node);

  /** What {@link #migrate} would come to, as far as can be told; nothing is moved. */
  Future<Foreseen> foresee(String agent, String node);

  /** What moves, waits and has moved lately, on all nodes; may be a second old, never blocks. */
  MigrationList list();

  /**
   * Has it decided that a node gets no more agents, and moves all that it has to others. Completes
   * when none is left that can be moved, or after {@code patience}, while the node goes on with it.
   *
   * <p>CONFLICT while another node is being drained, NOT_FOUND if there is no such node,
   * UNAVAILABLE if it cannot be reached.
   */
  Future<Drained> drain(String node, Duration patience);

  /** Has it decided that a node gets agents again; ends its drain. */
  Future<Void> undrain(String node);
}
