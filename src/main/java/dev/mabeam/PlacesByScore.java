package dev.mabeam;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Places;
import dev.mabeam.placement.PlacedAgent;
import dev.mabeam.placement.PlacementRequest;
import dev.mabeam.placement.Placer;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/** The placement room as the agent room wants it. */
final class PlacesByScore implements Places {
  private final Placer placer;

  PlacesByScore(Placer placer) {
    this.placer = placer;
  }

  @Override
  public String choose(AgentSpec spec, Set<String> without) {
    return placer.place(request(spec), without);
  }

  @Override
  public void reserve(AgentSpec spec, String node) {
    placer.placeOn(request(spec), node);
  }

  @Override
  public void requireRoom(AgentSpec spec, String node) {
    placer.requireRoom(request(spec), node);
  }

  @Override
  public Optional<String> better(AgentSpec spec, String node) {
    return placer.better(request(spec), node);
  }

  @Override
  public void placed(AgentInfo agent) {
    placer.decided(taken(agent));
  }

  @Override
  public void notPlaced(String id) {
    placer.gone(id);
  }

  @Override
  public void givenUp(String id) {
    placer.release(id);
  }

  @Override
  public void replaced(Collection<AgentInfo> agents) {
    placer.replaced(agents.stream().map(PlacesByScore::taken).toList());
  }

  /** Where the agent would go now, as the HTTP contract's {@code Explanation}. */
  JsonObject explain(AgentSpec spec) {
    return placer.explain(request(spec)).toJson();
  }

  private static PlacementRequest request(AgentSpec spec) {
    return new PlacementRequest(
        spec.id() == null ? "" : spec.id(), spec.type(), spec.requirements());
  }

  private static PlacedAgent taken(AgentInfo agent) {
    return new PlacedAgent(
        agent.id(),
        agent.type(),
        agent.node(),
        agent.spec().requirements().memoryMb(),
        agent.spec().requirements().cpuWeight());
  }
}
