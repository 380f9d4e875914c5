package dev.mabeam.agent;

import io.vertx.core.Future;

/** An agent that was made here and waits for the decision that it is this node's. */
public interface Arrival {
  /**
   * Completes when it takes messages: it is this node's by decision, its old set is sealed and holds
   * nothing newer, and its new set is filled. What goes wrong after the decision is recovered from.
   */
  Future<Void> running();

  /** It does not become this node's. */
  void abandon();
}
