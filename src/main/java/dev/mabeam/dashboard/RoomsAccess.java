package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.consensus.ConsensusStatus;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.migration.Migrations;
import dev.mabeam.recovery.Recoveries;
import dev.mabeam.variable.Variables;
import dev.mabeam.verticle.DeployRequest;
import dev.mabeam.verticle.VerticleInfo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** {@link ClusterAccess} to whichever rooms the node has at the moment. */
record RoomsAccess(Supplier<NodeRooms> rooms) implements ClusterAccess {
  @Override
  public String nodeId() {
    return rooms.get().membership().self().id();
  }

  @Override
  public ClusterStatus status() {
    return rooms.get().membership().status();
  }

  @Override
  public List<VerticleInfo> verticles() {
    return rooms.get().verticles().list();
  }

  @Override
  public Future<VerticleInfo> deploy(DeployRequest request) {
    return rooms.get().verticles().deploy(request);
  }

  @Override
  public Future<Void> undeploy(String verticle) {
    return rooms.get().verticles().undeploy(verticle);
  }

  @Override
  public Agents agents() {
    return rooms.get().agents();
  }

  @Override
  public Variables variables() {
    return rooms.get().variables();
  }

  @Override
  public Migrations migrations() {
    return rooms.get().migrations();
  }

  @Override
  public Recoveries recovery() {
    return rooms.get().recovery();
  }

  @Override
  public Set<String> cordoned() {
    return rooms.get().cordoned().get();
  }

  @Override
  public ConsensusStatus consensus() {
    return rooms.get().consensus().get();
  }

  @Override
  public JsonObject explain(AgentSpec spec) {
    return rooms.get().placement().apply(spec);
  }

  @Override
  public Future<Void> join(List<String> seeds) {
    return rooms.get().join().apply(seeds);
  }
}
