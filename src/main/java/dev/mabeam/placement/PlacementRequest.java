package dev.mabeam.placement;

import java.util.Objects;

/**
 * An agent that wants a place.
 *
 * @param id the agent's, or the empty string if it has none yet
 * @param type what hard and soft rules call a {@link Rule.Target#TYPE}
 */
public record PlacementRequest(String id, String type, Requirements requirements) {
  public PlacementRequest {
    Objects.requireNonNull(id);
    Objects.requireNonNull(type);
    Objects.requireNonNull(requirements);
  }

  /** The agent once it has its place. */
  PlacedAgent on(String node) {
    return new PlacedAgent(id, type, node, requirements.memoryMb(), requirements.cpuWeight());
  }
}
