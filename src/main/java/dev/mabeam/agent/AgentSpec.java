package dev.mabeam.agent;

import dev.mabeam.placement.Requirements;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * What to deploy. Immutable; made by {@link #of} and the {@code with} methods.
 *
 * @param id names the agent in the whole cluster: letters, digits and {@code ._@-}
 * @param type a built-in type such as {@code counter}, or the name of a class that is an {@link
 *     Agent}
 * @param requirements what it needs of a node
 * @param durability what outlives its node
 * @param pace how often an agent that is {@link Durability#CHECKPOINTED} writes
 * @param config its own settings
 */
public record AgentSpec(
    String id,
    String type,
    Requirements requirements,
    Durability durability,
    Pace pace,
    JsonObject config) {
  private static final JsonObject NO_CONFIG = new JsonObject();

  /** What is kept of an agent's state, and when it answers. */
  public enum Durability {
    /**
     * Nothing is kept: it answers at once, and after a crash it starts anew and may handle again
     * what it had handled. Moving it takes its state along.
     */
    VOLATILE,
    /** As durable, but many messages share a checkpoint, and wait for it: see {@link Pace}. */
    CHECKPOINTED,
    /** It answers when the nodes that keep its state have what it handled. The default. */
    DURABLE;

    public String json() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * A checkpoint is written after so many messages, or so long after the first of them.
   *
   * @param messages at least 1
   * @param within above zero
   */
  public record Pace(int messages, Duration within) {
    public static final Pace DEFAULT = new Pace(100, Duration.ofMillis(100));
  }

  public AgentSpec {
    config = config == null || config.isEmpty() ? NO_CONFIG : config.copy();
  }

  /** With the default pace. */
  public AgentSpec(
      String id, String type, Requirements requirements, Durability durability, JsonObject config) {
    this(id, type, requirements, durability, Pace.DEFAULT, config);
  }

  /** A copy. */
  @Override
  public JsonObject config() {
    return config.copy();
  }

  /** A durable agent of that type that needs nothing in particular. */
  public static AgentSpec of(String id, String type) {
    return new AgentSpec(id, type, Requirements.NONE, Durability.DURABLE, new JsonObject());
  }

  /** A durable agent of that class. */
  public static AgentSpec of(String id, Class<? extends Agent> type) {
    return of(id, type.getName());
  }

  public AgentSpec withRequirements(Requirements requirements) {
    return new AgentSpec(id, type, requirements, durability, pace, config);
  }

  public AgentSpec withDurability(Durability durability) {
    return new AgentSpec(id, type, requirements, durability, pace, config);
  }

  /** It writes a checkpoint after so many messages, or so long after the first of them. */
  public AgentSpec checkpointed(int messages, Duration within) {
    return new AgentSpec(
        id, type, requirements, Durability.CHECKPOINTED, new Pace(messages, within), config);
  }

  public AgentSpec withConfig(JsonObject config) {
    return new AgentSpec(id, type, requirements, durability, pace, config);
  }
}
