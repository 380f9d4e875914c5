package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.Agents;
import dev.mabeam.agent.InSession;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Agents in memory, all on one node; each answers with the message, or as its id says. */
final class FakeAgents implements Agents {
  final Map<String, AgentInfo> agents = new ConcurrentSkipListMap<>();
  final List<Object> told = new CopyOnWriteArrayList<>();
  volatile Duration deadline;
  volatile InSession number;

  void put(String id, String node) {
    agents.put(id, new AgentInfo(AgentSpec.of(id, "counter"), node, 1, AgentInfo.Status.ACTIVE));
  }

  @Override
  public Future<AgentInfo> deploy(AgentSpec spec) {
    if (spec.requirements().capabilities().contains("moon")) {
      return fail(ErrorCode.NO_SUITABLE_NODES, "no node can take agent '" + spec.id() + "'");
    }
    AgentInfo info = new AgentInfo(spec, "n1#1", 1, AgentInfo.Status.ACTIVE);
    return agents.putIfAbsent(spec.id(), info) == null
        ? Future.succeededFuture(info)
        : fail(ErrorCode.CONFLICT, "agent id '" + spec.id() + "' is in use");
  }

  @Override
  public Future<Void> undeploy(String id) {
    return agents.remove(id) == null ? missing(id) : Future.succeededFuture();
  }

  @Override
  public List<AgentInfo> list() {
    return List.copyOf(agents.values());
  }

  @Override
  public Optional<AgentInfo> get(String id) {
    return Optional.ofNullable(agents.get(id));
  }

  @Override
  public Future<Object> ask(String id, Object body, Duration deadline) {
    this.deadline = deadline;
    return switch (id) {
      case "full" -> fail(ErrorCode.OVERLOADED, "the mailbox of agent 'full' is full");
      case "slow" -> fail(ErrorCode.TIMEOUT, "no answer from agent 'slow'");
      case "odd" -> Future.succeededFuture(new Object());
      default -> agents.containsKey(id) ? Future.succeededFuture(body) : missing(id);
    };
  }

  @Override
  public Future<Void> tell(String id, Object body) {
    if (!agents.containsKey(id)) {
      return missing(id);
    }
    told.add(String.valueOf(body));
    return Future.succeededFuture();
  }

  @Override
  public Future<Object> ask(String id, Object body, Duration deadline, InSession number) {
    this.number = number;
    return ask(id, body, deadline);
  }

  @Override
  public Future<Void> tell(String id, Object body, InSession number) {
    this.number = number;
    return tell(id, body);
  }

  private static <T> Future<T> missing(String id) {
    return fail(ErrorCode.AGENT_NOT_FOUND, "there is no agent '" + id + "'");
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new MabeamException(code, message));
  }
}
