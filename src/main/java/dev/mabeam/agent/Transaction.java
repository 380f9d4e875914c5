package dev.mabeam.agent;

import dev.mabeam.agent.Entry.State;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.consensus.Applying;
import dev.mabeam.consensus.Members;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.link.Member;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.pcollections.TreePMap;

/**
 * What one command does to the directory: nothing of it is seen before all of it is. What each
 * {@link Op} does is told by {@link AgentDirectory}.
 */
final class Transaction {
  final List<Change> changes = new ArrayList<>();
  TreePMap<String, Entry> entries;
  TreePMap<String, Boolean> cordoned;
  private final Applying at;
  private final AgentRules rules;
  /** Those of the members; made when it is asked for. */
  private Set<String> stores;

  Transaction(
      Applying at,
      AgentRules rules,
      TreePMap<String, Entry> entries,
      TreePMap<String, Boolean> cordoned) {
    this.at = at;
    this.rules = rules;
    this.entries = entries;
    this.cordoned = cordoned;
  }

  JsonObject result(Op op) {
    try {
      return new JsonObject().put("epoch", apply(op));
    } catch (MabeamException refused) {
      return new JsonObject().put("error", refused.toJson());
    }
  }

  private long apply(Op op) {
    if (op instanceof Op.Deploy deploy) {
      return deploy(deploy);
    }
    if (op instanceof Op.Drop drop) {
      return drop(drop);
    }
    if (op instanceof Op.Cordon cordon) {
      return cordon(cordon);
    }
    if (op instanceof Op.Uncordon uncordon) {
      cordoned = cordoned.minus(uncordon.node());
      return at.index();
    }
    return apply(op, entries.get(op.id()));
  }

  private long apply(Op op, Entry entry) {
    if (op instanceof Op.Undeploy) {
      return undeploy(op.id(), entry);
    }
    if (op instanceof Op.Started started) {
      return started(owned(entry, op, started.epoch()));
    }
    if (op instanceof Op.Failed failed) {
      return failed(owned(entry, op, failed.epoch()), failed.why());
    }
    if (op instanceof Op.Stopped stopped) {
      return end(owned(entry, op, stopped.epoch()), null);
    }
    if (op instanceof Op.Flip flip) {
      return flip(owned(entry, op, flip.epoch()), flip);
    }
    if (op instanceof Op.Recover recover) {
      return recover(required(entry, op, recover.epoch()), recover);
    }
    if (op instanceof Op.Lost lost) {
      return lost(required(entry, op, lost.epoch()), lost.why());
    }
    if (op instanceof Op.Change change) {
      return change(owned(entry, op, change.epoch()), change);
    }
    Op.Filled filled = (Op.Filled) op;
    return filled(owned(entry, op, filled.epoch()), filled.version());
  }

  private long deploy(Op.Deploy deploy) {
    AgentSpec spec = deploy.spec();
    SpecRules.require(spec);
    Entry there = entries.get(spec.id());
    if (there != null) {
      throw inUse(there);
    }
    requireOpen(spec.id(), deploy.node());
    List<String> stores = usable(spec, deploy.stores());
    put(null, Entry.starting(spec, deploy.node(), at.index(), stores));
    return at.index();
  }

  /** INVALID, UNAVAILABLE or CONFLICT if that node gets no agents. */
  private void requireOpen(String id, String node) {
    if (node == null || !at.members().contains(node)) {
      throw new MabeamException(
          ErrorCode.UNAVAILABLE,
          "node " + node + " is no member and cannot take agent '" + id + "'",
          "try again: another node is chosen");
    }
    if (cordoned.containsKey(node)) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          "node " + node + " is cordoned and cannot take agent '" + id + "'",
          "try again: another node is chosen; or undrain that one");
    }
  }

  private List<String> usable(AgentSpec spec, List<String> chosen) {
    if (spec.durability() == AgentSpec.Durability.VOLATILE) {
      return List.of();
    }
    List<String> usable = chosen.stream().filter(this::isThere).map(String::intern).toList();
    if (usable.isEmpty()) {
      throw new MabeamException(
          ErrorCode.UNAVAILABLE,
          "no member has one of the stores " + chosen + " for agent '" + spec.id() + "'",
          "try again: others are chosen");
    }
    return usable;
  }

  private boolean isThere(String store) {
    if (stores == null) {
      stores = stores(at.members());
    }
    return stores.contains(store);
  }

  /** Those of the members. */
  static Set<String> stores(Members members) {
    return members.all().stream().map(Member::store).collect(Collectors.toSet());
  }

  private long undeploy(String id, Entry entry) {
    if (entry == null) {
      throw AgentErrors.notFound(id);
    }
    if (entry.state() == State.UNAVAILABLE || !rules.stopsFirst()) {
      return end(entry, null);
    }
    if (entry.state() != State.LEAVING) {
      put(entry, entry.in(State.LEAVING));
    }
    return entry.epoch();
  }

  private long started(Entry entry) {
    Entry settled = entry.settled();
    if (entry.state() == State.STARTING) {
      put(entry, settled.in(State.ACTIVE));
    } else if (settled != entry) {
      put(entry, settled);
    }
    return entry.epoch();
  }

  private long failed(Entry entry, MabeamException why) {
    if (entry.state() != State.ACTIVE) {
      return end(entry, why);
    }
    put(entry, entry.abandoned(String.valueOf(why.getMessage())), why);
    return entry.epoch();
  }

  private long flip(Entry entry, Op.Flip flip) {
    requireShown(entry);
    if (entry.state() == State.STARTING) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          "agent '" + entry.id() + "' is starting",
          "move it when it has started");
    }
    if (!entry.owner().equals(flip.node())) {
      requireOpen(entry.id(), flip.node());
    }
    List<String> chosen = usable(entry.spec(), flip.stores());
    put(entry, joint(entry.ownedBy(flip.node(), at.index(), chosen)));
    return at.index();
  }

  private Entry joint(Entry entry) {
    CheckpointSet set = entry.set();
    return rules.joint()
        ? entry
        : entry.with(new CheckpointSet(set.version(), set.stores(), List.of()));
  }

  private static void requireShown(Entry entry) {
    if (!entry.shown()) {
      throw AgentErrors.notFound(entry.id());
    }
  }

  private long recover(Entry entry, Op.Recover recover) {
    requireShown(entry);
    if (entry.state() != State.UNAVAILABLE) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          "agent '" + entry.id() + "' has an owner, node " + entry.owner(),
          "it needs no recovery");
    }
    requireOpen(entry.id(), recover.node());
    List<String> chosen = usable(entry.spec(), recover.stores());
    boolean lost = entry.lost(this::isThere);
    if (lost && !recover.acceptLoss()) {
      throw AgentErrors.uncertain(entry.id());
    }
    put(
        entry,
        lost
            ? entry.ownedLossily(recover.node(), at.index(), chosen)
            : joint(entry.recoveredBy(recover.node(), at.index(), chosen)));
    return at.index();
  }

  private long lost(Entry entry, String why) {
    requireShown(entry);
    if (entry.state() == State.STARTING) {
      return end(entry, AgentErrors.notStarted(entry, why));
    }
    if (entry.state() != State.UNAVAILABLE || !entry.why().equals(why)) {
      put(entry, entry.abandoned(why));
    }
    return entry.epoch();
  }

  private long change(Entry entry, Op.Change change) {
    CheckpointSet set = entry.set();
    List<String> chosen = change.stores().stream().filter(this::isThere).toList();
    if (set.version() != change.version() || !set.previous().isEmpty() || chosen.isEmpty()) {
      throw new MabeamException(
          ErrorCode.CONFLICT,
          "the stores of agent '" + entry.id() + "' are not those of version " + change.version()
              + " any more, or are being changed, or would be none");
    }
    replace(entry, joint(entry.with(entry.followedBy(chosen))));
    return entry.epoch();
  }

  private long filled(Entry entry, long version) {
    CheckpointSet set = entry.set();
    if (set.version() == version && !set.previous().isEmpty()) {
      put(entry, entry.with(set.filled()));
    }
    return entry.epoch();
  }

  private long drop(Op.Drop drop) {
    drop.epochs()
        .forEach(
            (id, epoch) -> {
              Entry entry = entries.get(id);
              if (entry != null && entry.epoch() == epoch) {
                replace(entry, entry.with(entry.without(drop.store()::equals)));
              }
            });
    return at.index();
  }

  private long cordon(Op.Cordon cordon) {
    if (cordon.node() == null || !at.members().contains(cordon.node())) {
      throw new MabeamException(
          ErrorCode.INVALID, "node " + cordon.node() + " is no member and cannot be cordoned");
    }
    cordoned.forEach(
        (node, drained) -> {
          if (drained && cordon.drained() && !node.equals(cordon.node())) {
            throw new MabeamException(
                ErrorCode.CONFLICT,
                "node " + node + " is being drained, and one is at a time",
                "wait until it has left, or undrain it");
          }
        });
    cordoned = cordoned.plus(cordon.node(), cordon.drained());
    return at.index();
  }

  private long end(Entry entry, MabeamException why) {
    entries = entries.minus(entry.id());
    changes.add(new Change(entry, null, why));
    return entry.epoch();
  }

  /** What is left when that node is. */
  void gone(String node) {
    cordoned = cordoned.minus(node);
    for (Entry entry : entries.values()) {
      Entry rest = entry.with(entry.without(store -> !isThere(store)));
      if (!entry.owner().equals(node)) {
        replace(entry, rest);
      } else if (entry.state() == State.ACTIVE) {
        String why = rest.lost(this::isThere) ? AgentErrors.UNCERTAIN : "";
        put(entry, rest.abandoned(why));
      } else {
        end(entry, entry.state() == State.STARTING ? goneAtStart(entry) : null);
      }
    }
  }

  private void replace(Entry before, Entry after) {
    if (before != after) {
      put(before, after);
    }
  }

  private void put(Entry before, Entry after) {
    put(before, after, null);
  }

  private void put(Entry before, Entry after, MabeamException why) {
    entries = entries.plus(after.id(), after);
    changes.add(new Change(before, after, why));
  }

  private static Entry required(Entry entry, Op op, long epoch) {
    if (entry == null || entry.epoch() != epoch) {
      throw new MabeamException(
          ErrorCode.STALE_EPOCH,
          "agent '" + op.id() + "' has no activation of epoch " + epoch + " any more");
    }
    return entry;
  }

  private static Entry owned(Entry entry, Op op, long epoch) {
    return required(
        entry != null && entry.state() == State.UNAVAILABLE ? null : entry, op, epoch);
  }

  private static MabeamException inUse(Entry there) {
    String hint =
        switch (there.state()) {
          case LEAVING -> "it is being undeployed; try again when it has stopped";
          case UNAVAILABLE -> "it has no node just now; undeploy it first, or choose another id";
          case STARTING, ACTIVE -> "choose another id, or undeploy that one first";
        };
    return new MabeamException(
        ErrorCode.CONFLICT, "agent id '" + there.id() + "' is in use", hint);
  }

  private static MabeamException goneAtStart(Entry entry) {
    return new MabeamException(
        ErrorCode.FAILED_TO_START_ON_TARGET,
        "node " + entry.owner() + " was gone before agent '" + entry.id() + "' had started",
        "it is not deployed; deploy it again");
  }
}
