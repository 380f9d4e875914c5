package dev.mabeam.agent;

import dev.mabeam.checkpoint.SetDecisions;
import dev.mabeam.error.MabeamException;
import io.vertx.core.Future;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Has the directory decide about the stores of agents, for the room that keeps their checkpoints:
 * that one asks again for what was refused or lost. Any thread.
 */
final class Sets implements SetDecisions {
  private static final System.Logger LOG = System.getLogger(Sets.class.getName());

  private final Proposals proposals;
  private final Executor room;

  /** {@code room} runs tasks on the agents' room's context. */
  Sets(Proposals proposals, Executor room) {
    this.proposals = proposals;
    this.room = room;
  }

  /** Of {@link Entry#key}. */
  private static String id(String key) {
    return key.substring(0, key.lastIndexOf('@'));
  }

  @Override
  public void drop(String store, Map<String, Long> epochs) {
    Map<String, Long> byId = new LinkedHashMap<>();
    epochs.forEach((key, epoch) -> byId.put(id(key), epoch));
    submit(new Op.Drop(store, byId));
  }

  @Override
  public void filled(String key, long epoch, long version) {
    submit(new Op.Filled(id(key), epoch, version));
  }

  @Override
  public void change(String key, long epoch, long version, List<String> stores) {
    submit(new Op.Change(id(key), epoch, version, stores));
  }

  private void submit(Op op) {
    room.execute(() -> log(op, proposals.submit(op)));
  }

  private static void log(Op op, Future<Long> decided) {
    decided.onFailure(
        failure ->
            LOG.log(
                Level.DEBUG, "{0} is not decided: {1}", op, MabeamException.of(failure).code()));
  }
}
