package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.variable.VariableInfo;
import dev.mabeam.variable.VariableOptions;
import dev.mabeam.variable.VariableValue;
import dev.mabeam.variable.Variables;
import dev.mabeam.variable.WriteOptions;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Rooms that a node has not opened: nothing is in them, and all that is asked of them fails. */
final class Absent {
  private Absent() {}

  static MabeamException failure(String what) {
    return new MabeamException(
        ErrorCode.UNAVAILABLE, "this node has no " + what, "ask another node");
  }

  static final class NoAgents implements Agents {
    @Override
    public Future<AgentInfo> deploy(AgentSpec spec) {
      return Future.failedFuture(failure("agents"));
    }

    @Override
    public Future<Void> undeploy(String id) {
      return Future.failedFuture(failure("agents"));
    }

    @Override
    public List<AgentInfo> list() {
      return List.of();
    }

    @Override
    public Optional<AgentInfo> get(String id) {
      return Optional.empty();
    }

    @Override
    public Future<Object> ask(String id, Object body, Duration deadline) {
      return Future.failedFuture(failure("agents"));
    }

    @Override
    public Future<Void> tell(String id, Object body) {
      return Future.failedFuture(failure("agents"));
    }
  }

  static final class NoVariables implements Variables {
    @Override
    public Future<VariableInfo> distribute(String name, VariableOptions options) {
      return Future.failedFuture(failure("variables"));
    }

    @Override
    public Future<VariableValue> get(String name) {
      return Future.failedFuture(failure("variables"));
    }

    @Override
    public Future<VariableValue> set(String name, Object value, WriteOptions options) {
      return Future.failedFuture(failure("variables"));
    }

    @Override
    public List<VariableInfo> list() {
      return List.of();
    }
  }
}
