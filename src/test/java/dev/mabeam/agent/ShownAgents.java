package dev.mabeam.agent;

import io.vertx.core.Future;
import java.time.Duration;

/** Agents that can be looked at, and no more. */
public abstract class ShownAgents implements Agents {
  @Override
  public final Future<AgentInfo> deploy(AgentSpec spec) {
    throw new UnsupportedOperationException();
  }

  @Override
  public final Future<Void> undeploy(String id) {
    throw new UnsupportedOperationException();
  }

  @Override
  public final Future<Object> ask(String id, Object body, Duration deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public final Future<Void> tell(String id, Object body) {
    throw new UnsupportedOperationException();
  }
}
