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
}
