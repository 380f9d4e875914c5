package dev.mabeam.agent;

import dev.mabeam.placement.Requirements;
import io.vertx.core.json.JsonObject;

/**
 * What to deploy. Immutable; made by {@link #of} and the {@code with} methods.
 *
 * @param id names the agent in the whole cluster: letters, digits and {@code ._@-}
 * @param type a built-in type such as {@code counter}, or the name of a class that is an {@link
 *     Agent}
 * @param requirements what it needs of a node
 * @param durability what outlives its node
 * @param config its own settings
 */
public record AgentSpec(
    String id, String type, Requirements requirements, Durability durability, JsonObject config) {
  private static final JsonObject NO_CONFIG = new JsonObject();

  /** What is kept of an agent's state. */
  public enum Durability {
    /** Nothing: the state ends with the activation. */
    VOLATILE
  }

  public AgentSpec {
    config = config == null || config.isEmpty() ? NO_CONFIG : config.copy();
  }

  /** A copy. */
  @Override
  public JsonObject config() {
    return config.copy();
  }

  /** An agent of that type that needs nothing in particular. */
  public static AgentSpec of(String id, String type) {
    return new AgentSpec(id, type, Requirements.NONE, Durability.VOLATILE, new JsonObject());
  }

  /** An agent of that class. */
  public static AgentSpec of(String id, Class<? extends Agent> type) {
    return of(id, type.getName());
  }

  public AgentSpec withRequirements(Requirements requirements) {
    return new AgentSpec(id, type, requirements, durability, config);
  }

  public AgentSpec withConfig(JsonObject config) {
    return new AgentSpec(id, type, requirements, durability, config);
  }
}
