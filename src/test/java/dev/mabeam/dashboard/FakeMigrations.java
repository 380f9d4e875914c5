package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.migration.Drained;
import dev.mabeam.migration.Foreseen;
import dev.mabeam.migration.MigrationList;
import dev.mabeam.migration.Migrations;
import dev.mabeam.migration.Move;
import dev.mabeam.migration.Move.Stage;
import dev.mabeam.migration.Phases;
import dev.mabeam.recovery.NodeFailure;
import dev.mabeam.recovery.Recoveries;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** Moves that agents named {@code stuck}, {@code moving} and {@code lost} do not make. */
final class FakeMigrations implements Migrations, Recoveries {
  final Set<String> cordoned = new ConcurrentSkipListSet<>();
  final List<Move> recent = new CopyOnWriteArrayList<>();
  final List<Move> running = new CopyOnWriteArrayList<>();
  final List<Drained> drains = new CopyOnWriteArrayList<>();

  static Move move(String agent, Stage stage, MabeamException error) {
    return new Move(
        agent, "n1#1", "n2#2", stage, 1_000, 12.5, 9, 64, new Phases(1, 2, 3.5, 4, 2), error);
  }

  @Override
  public Future<Move> migrate(String agent, String node) {
    if (agent.equals("moving")) {
      return fail(ErrorCode.MIGRATING, "it is on its way");
    }
    if (node.equals("n9")) {
      return fail(ErrorCode.NOT_FOUND, "there is no node 'n9'");
    }
    Move move = move(agent, Stage.DONE, null);
    recent.add(move);
    return Future.succeededFuture(move);
  }

  @Override
  public Future<Foreseen> foresee(String agent, String node) {
    MabeamException obstacle =
        agent.equals("stuck")
            ? new MabeamException(ErrorCode.NO_SUITABLE_NODES, "n2#2: it is cordoned")
            : null;
    return Future.succeededFuture(new Foreseen(agent, "n1#1", "n2#2", obstacle));
  }

  @Override
  public MigrationList list() {
    return new MigrationList(running, List.of(), 0, new ArrayList<>(recent), drains);
  }

  @Override
  public Future<Drained> drain(String node, Duration patience) {
    cordoned.add(node);
    return Future.succeededFuture(
        new Drained(
            node, true, 3, 1, 0, List.of(new Drained.Left("stuck", "n1#1: it lacks gpu"))));
  }

  @Override
  public Future<Void> undrain(String node) {
    cordoned.remove(node);
    return Future.succeededFuture();
  }

  @Override
  public Future<AgentInfo> recover(String agent, boolean acceptLoss) {
    return agent.equals("lost") && !acceptLoss
        ? fail(ErrorCode.UNAVAILABLE, "its state is uncertain")
        : Future.succeededFuture(
            new AgentInfo(
                AgentSpec.of(agent, "counter"), "n2#2", 9, AgentInfo.Status.ACTIVE));
  }

  @Override
  public Future<NodeFailure> handleNodeFailure(String node, String reason) {
    return fail(ErrorCode.NOT_FOUND, node);
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new MabeamException(code, message));
  }
}
