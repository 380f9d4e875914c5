package dev.mabeam.agent;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * What is around an agents' room: the threads that agents run on, and the way to other nodes. What
 * a room decides knows no more of Vert.x than this, so that a simulation can be its shell.
 */
interface Shell {
  Homes homes();

  /** Sends batches to other nodes. */
  Outgoing.Sender wire();

  /**
   * Opens the homes and lets messages in.
   *
   * @param inbound gets each batch from another node, on the thread of its shard
   * @param undelivered gets each batch that certainly reached nobody; any thread
   * @param agents what clients outside reach
   */
  Future<Void> open(Consumer<Buffer> inbound, Consumer<Buffer> undelivered, Agents agents);

  /** Starts an agent that has a thread of its own; completes with that. */
  Future<Home> deploy(AgentVerticle verticle);

  /** Stops it; it may be stopped already. */
  Future<Void> undeploy(AgentVerticle verticle);

  /** That node is no member any more: nothing goes there. */
  void gone(String node);

  /** Lets nothing more come in. */
  Future<Void> leave();

  Future<Void> close();
}
