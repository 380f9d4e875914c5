package dev.mabeam.agent;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** What an agent knows of itself, and how it reaches others. Use it on the agent's own context. */
public interface AgentContext {
  String id();

  /** The number of this activation: of two, the one with the higher epoch is the agent. */
  long epoch();

  /** The id of the node it runs on. */
  String nodeId();

  /** Its own settings, a copy. */
  JsonObject config();

  Vertx vertx();

  /** Sends to other agents, and deploys them. */
  Agents agents();

  /**
   * What else the node offers, by its type: {@code service(Variables.class)} are the cluster's
   * variables. INVALID if it offers nothing of that type.
   *
   * <p>A look-up rather than a method a room: the rooms above the agents use agents, so agents
   * cannot name them; the node, which knows all rooms, hands them in. And what an agent gets may be
   * made for that agent, so that what it does there can be told by its id and epoch.
   */
  <T> T service(Class<T> type);
}
