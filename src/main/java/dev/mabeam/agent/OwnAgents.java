package dev.mabeam.agent;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@link Agents} as an agent has them: what it tells goes through its activation. */
final class OwnAgents implements Agents {
  private final Agents all;
  private final Activation self;

  OwnAgents(Agents all, Activation self) {
    this.all = all;
    this.self = self;
  }

  @Override
  public Future<AgentInfo> deploy(AgentSpec spec) {
    return all.deploy(spec);
  }

  @Override
  public Future<Void> undeploy(String id) {
    return all.undeploy(id);
  }

  @Override
  public Future<AgentInfo> migrate(String id, String node) {
    return all.migrate(id, node);
  }

  @Override
  public List<AgentInfo> list() {
    return all.list();
  }

  @Override
  public Optional<AgentInfo> get(String id) {
    return all.get(id);
  }

  @Override
  public Future<Object> ask(String id, Object body, Duration deadline) {
    return self.isHere()
        ? all.ask(id, body, deadline)
        : Future.failedFuture(AgentErrors.notYet(self.id()));
  }

  @Override
  public Future<Void> tell(String id, Object body) {
    if (self.entry().isKept()) {
      return self.belongings().tell(id, body);
    }
    return self.isHere()
        ? all.tell(id, body)
        : Future.failedFuture(AgentErrors.notYet(self.id()));
  }
}
