package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.checkpoint.Checkpoint;
import dev.mabeam.consensus.Members;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** {@link AgentMoves}: what is decided about moves goes here, what runs is {@link Activations}'. */
final class Moves implements AgentMoves {
  private final AgentDirectory directory;
  private final Proposals proposals;
  private final Barriers barriers;
  private final Activations activations;
  private final Keeping.Chooser stores;
  private final Supplier<Members> members;
  private final List<Runnable> listeners = new ArrayList<>();

  Moves(
      AgentDirectory directory,
      Proposals proposals,
      Barriers barriers,
      Activations activations,
      Keeping.Chooser stores,
      Supplier<Members> members) {
    this.directory = directory;
    this.proposals = proposals;
    this.barriers = barriers;
    this.activations = activations;
    this.stores = stores;
    this.members = members;
  }

  @Override
  public Future<Departure> depart(String id) {
    return activations.depart(id);
  }

  @Override
  public Future<Arrival> arrive(AgentSpec spec, long epoch, Checkpoint carried) {
    return activations.arrive(spec, epoch, carried);
  }

  @Override
  public Future<Long> flip(String id, long epoch, String toNode) {
    return proposals.submit(new Op.Flip(id, epoch, toNode, choose(id, toNode)));
  }

  @Override
  public Future<Long> recover(String id, long epoch, String toNode, boolean acceptLoss) {
    return proposals.submit(new Op.Recover(id, epoch, toNode, choose(id, toNode), acceptLoss));
  }

  private List<String> choose(String id, String node) {
    Entry entry = directory.entry(id);
    return entry == null || !entry.isKept() ? List.of() : stores.choose(id, node);
  }

  @Override
  public Future<Void> unavailable(String id, long epoch, String why) {
    return proposals.submit(new Op.Lost(id, epoch, why)).mapEmpty();
  }

  @Override
  public Future<Optional<AgentInfo>> decided(String id) {
    return barriers.pass().map(passed -> info(directory.entry(id)));
  }

  private static Optional<AgentInfo> info(Entry entry) {
    return Optional.ofNullable(entry).filter(Entry::shown).map(Entry::info);
  }

  @Override
  public List<AgentInfo> ownerless() {
    Set<String> there = Transaction.stores(members.get());
    return directory.entries().values().stream()
        .filter(entry -> entry.state() == State.UNAVAILABLE && !entry.lost(there::contains))
        .map(Entry::info)
        .toList();
  }

  @Override
  public Future<Void> cordon(String node, boolean drained) {
    return proposals.submit(new Op.Cordon(node, drained)).mapEmpty();
  }

  @Override
  public Future<Void> uncordon(String node) {
    return proposals.submit(new Op.Uncordon(node)).mapEmpty();
  }

  @Override
  public Set<String> cordoned() {
    return directory.cordoned().keySet();
  }

  @Override
  public Optional<String> drained() {
    return directory.cordoned().entrySet().stream()
        .filter(Map.Entry::getValue)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** On the room's context. */
  void changed() {
    listeners.forEach(Runnable::run);
  }
}
