package dev.mabeam;

import dev.mabeam.agent.AgentRoom;
import dev.mabeam.agent.Keeping;
import dev.mabeam.checkpoint.CheckpointContext;
import dev.mabeam.checkpoint.CheckpointCounts;
import dev.mabeam.checkpoint.CheckpointRoom;
import dev.mabeam.checkpoint.CheckpointStore;
import dev.mabeam.checkpoint.SetChooser;
import dev.mabeam.checkpoint.SetDecisions;
import dev.mabeam.checkpoint.Stores;
import dev.mabeam.consensus.Consensus;
import dev.mabeam.link.Courier;
import dev.mabeam.link.Member;
import dev.mabeam.membership.Membership;
import dev.mabeam.membership.NodeInfo;
import dev.mabeam.time.Scheduler;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A stay's part in keeping checkpoints: opened before its agents, and closed when it ends, since
 * other nodes' agents count on its store until its leaving is decided.
 */
final class Keeper implements SetDecisions {
  /** Zones are learned by gossip. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /**
   * What of it is the process's.
   *
   * @param store there before a stay is; on {@code thread} only
   * @param courier on {@code thread}
   * @param timers on a thread that does nothing else for long
   */
  record OfProcess(
      Supplier<CheckpointStore> store,
      CheckpointCounts counts,
      Scheduler thread,
      Supplier<Courier> courier,
      Scheduler timers) {}

  private final OfProcess of;
  private final Consensus consensus;
  private final StoresByMembers stores;
  private volatile AgentRoom agents;
  /** On the checkpoints' thread. */
  private CheckpointRoom room;
  private Scheduler.Scheduled looking;

  private Keeper(OfProcess of, Consensus consensus, Supplier<Membership> membership) {
    this.of = of;
    this.consensus = consensus;
    stores =
        new StoresByMembers(
            consensus::members, id -> zone(membership.get(), id), this::cordoned);
    stores.look();
    consensus.onMembers(members -> stores.look());
  }

  /** Completes when it keeps what others write. */
  static Future<Keeper> open(
      OfProcess of, Consensus consensus, Supplier<Membership> membership) {
    Keeper keeper = new Keeper(of, consensus, membership);
    return Loops.on(
        of.thread()::execute,
        () -> {
          keeper.room = CheckpointRoom.open(keeper.context());
          keeper.looking = of.thread().every(LOOK, keeper.stores::look);
          return Future.succeededFuture(keeper);
        });
  }

  private CheckpointContext context() {
    return new CheckpointContext(
        of.courier().get(),
        of.thread(),
        of.store().get(),
        stores,
        this,
        of.counts(),
        new Random().nextLong() >>> 1);
  }

  private static String zone(Membership membership, String id) {
    return membership.nodes().stream()
        .filter(node -> node.id().equals(id))
        .findFirst()
        .map(NodeInfo::zone)
        .orElse("");
  }

  private Set<String> cordoned() {
    AgentRoom there = agents;
    return there == null ? Set.of() : there.moves().cordoned();
  }

  /** For the agents' room, which is created with it. */
  Keeping keeping() {
    return new Keeping(room, of.thread()::execute, of.timers(), this::choose);
  }

  private List<String> choose(String agent, String node) {
    Map<String, Stores.Store> all = stores.all();
    Optional<Member> owner = consensus.members().member(node);
    return owner.isEmpty()
        ? List.of()
        : SetChooser.choose(agent, owner.get().store(), all.values());
  }

  /** The agents' room is there: it has changes of sets decided. */
  void serve(AgentRoom room) {
    agents = room;
    room.moves().onChange(stores::look);
  }

  @Override
  public void drop(String store, Map<String, Long> epochs) {
    decisions().ifPresent(decisions -> decisions.drop(store, epochs));
  }

  @Override
  public void filled(String key, long epoch, long version) {
    decisions().ifPresent(decisions -> decisions.filled(key, epoch, version));
  }

  @Override
  public void change(String key, long epoch, long version, List<String> to) {
    decisions().ifPresent(decisions -> decisions.change(key, epoch, version, to));
  }

  private Optional<SetDecisions> decisions() {
    return Optional.ofNullable(agents).map(AgentRoom::setDecisions);
  }

  /** Keeps and writes nothing more. The store stays as it is. */
  Future<Void> close() {
    return Loops.on(
        of.thread()::execute,
        () -> {
          looking.cancel();
          room.close();
          return Future.succeededFuture();
        });
  }
}
