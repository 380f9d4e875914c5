package dev.mabeam.agent;

import dev.mabeam.time.Scheduler.Scheduled;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

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

  /**
   * Sends to other agents, and deploys them.
   *
   * <p>What an agent that is not volatile {@link Agents#tell tells} is part of its next checkpoint
   * and leaves after it, once for the receiver: the future completes at once. What it {@link
   * Agents#ask asks} leaves at once, and is asked again if the agent is recovered and handles the
   * same message anew.
   */
  Agents agents();

  /**
   * Runs {@code task} once, between messages. It ends with this activation: what has to happen even
   * if the node crashes, or the agent moves, is {@link #remind reminded}.
   */
  Scheduled timer(Duration delay, Runnable task);

  /** The same, again and again. */
  Scheduled periodic(Duration period, Runnable task);

  /**
   * Has the agent receive {@code body}, as a message that nobody asks, after that time, on
   * whichever node it is then. The reminder is part of the state: one that is set while a message
   * is handled exists if that message was handled, and is over when it was itself handled. It may
   * come late. One of the same name is replaced. INVALID without a name, and for an agent
   * that is volatile.
   */
  void remind(String name, Duration delay, Object body);

  /** Takes a reminder back; does nothing if there is none. */
  void forgetReminder(String name);

  /**
   * Identifies something that is done to another system while a message is handled, so that it can
   * be refused there, or done once: see {@link Effect}.
   */
  Effect effect(String key);

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
