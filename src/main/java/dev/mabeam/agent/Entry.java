package dev.mabeam.agent;

import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.checkpoint.CheckpointSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is decided about one agent.
 *
 * @param owner the id of the node that it runs on, or the empty string when it has none
 * @param epoch the log index at which its present owner got it: only grows, also from one agent to
 *     the next of its id
 * @param prior the epoch before this one; what was carried over at that one is still good
 * @param born the log index at which it was deployed: tells it from others of its id
 * @param set the stores that have to have its checkpoints; none if it is volatile
 * @param why what keeps it from having an owner; empty if nothing is known to
 * @param lossy its last checkpoint is lost, and it may begin with less
 * @param lostAt the epoch at which it last was to begin with less; 0 if it never was
 */
record Entry(
    AgentSpec spec,
    String owner,
    long epoch,
    long prior,
    long born,
    CheckpointSet set,
    State state,
    String why,
    boolean lossy,
    long lostAt) {
  enum State {
    /** Its owner is to start it for the first time. */
    STARTING,
    /** Its owner runs it, or is about to: after a move or a recovery. */
    ACTIVE,
    /** Undeployed; the id is free once its owner has stopped it. */
    LEAVING,
    /** It has no owner. */
    UNAVAILABLE
  }

  Entry {
    // One string a node, not one an agent.
    owner = owner.intern();
  }

  static Entry starting(AgentSpec spec, String owner, long epoch, List<String> stores) {
    CheckpointSet set = stores.isEmpty() ? CheckpointSet.NONE : CheckpointSet.first(stores);
    return new Entry(spec, owner, epoch, 0, epoch, set, State.STARTING, "", false, 0);
  }

  Entry in(State state) {
    return new Entry(spec, owner, epoch, prior, born, set, state, why, lossy, lostAt);
  }

  Entry with(CheckpointSet set) {
    return set == this.set
        ? this
        : new Entry(spec, owner, epoch, prior, born, set, state, why, lossy, lostAt);
  }

  /** Without an owner. */
  Entry abandoned(String why) {
    return new Entry(spec, "", epoch, prior, born, set, State.UNAVAILABLE, why, lossy, lostAt);
  }

  /** Another node's, from that index on; its checkpoints are to be in those stores. */
  Entry ownedBy(String node, long index, List<String> stores) {
    return new Entry(
        spec, node, index, epoch, born, followedBy(stores), State.ACTIVE, "", lossy, lostAt);
  }

  /**
   * The same after its node was gone. Of a volatile agent nothing that was carried is good now:
   * it may have handled messages since, which nobody remembers.
   */
  Entry recoveredBy(String node, long index, List<String> stores) {
    Entry owned = ownedBy(node, index, stores);
    return isKept()
        ? owned
        : new Entry(spec, node, index, 0, born, owned.set, State.ACTIVE, "", lossy, lostAt);
  }

  /** The same, whatever is left of it. */
  Entry ownedLossily(String node, long index, List<String> stores) {
    CheckpointSet fresh = new CheckpointSet(set.version() + 1, stores, List.of());
    return new Entry(spec, node, index, epoch, born, fresh, State.ACTIVE, "", true, index);
  }

  /** It has begun with what was left of it. */
  Entry settled() {
    return lossy
        ? new Entry(spec, owner, epoch, prior, born, set, state, why, false, lostAt)
        : this;
  }

  /** The set that begins to be filled when these stores are to follow: joint with what is whole. */
  CheckpointSet followedBy(List<String> stores) {
    boolean same =
        set.previous().isEmpty() && Set.copyOf(set.stores()).equals(Set.copyOf(stores));
    return stores.isEmpty() || same
        ? set
        : set.followedBy(stores);
  }

  /** Without the stores that are gone; but the last of those that have everything stay. */
  CheckpointSet without(Predicate<String> gone) {
    CheckpointSet rest = set;
    for (String store : set.all()) {
      if (gone.test(store) && rest.canLose(store)) {
        rest = rest.without(store);
      }
    }
    return rest;
  }

  /** Whether no store is left that has everything. {@code there} says which are. */
  boolean lost(Predicate<String> there) {
    return isKept() && !lossy && set.whole().stream().noneMatch(there);
  }

  /** Whether it has no owner just now, and gets one without anybody asking for it. */
  boolean comesBack() {
    return state == State.UNAVAILABLE && !why.equals(AgentErrors.UNCERTAIN);
  }

  /** Whether checkpoints are kept of it. */
  boolean isKept() {
    return spec.durability() != Durability.VOLATILE;
  }

  String id() {
    return spec.id();
  }

  /** What its checkpoints are kept under, and who it is for those that it sends to. */
  String key() {
    return key(spec.id(), born);
  }

  static String key(String id, long born) {
    return id + "@" + born;
  }

  /**
   * Whether what that {@link #key} names has ended, by what is decided up to an index.
   *
   * @param all every agent that there is then
   */
  static boolean hasEnded(String key, Map<String, Entry> all, long index) {
    int at = key.lastIndexOf('@');
    Entry there = all.get(key.substring(0, at));
    long born = Long.parseLong(key.substring(at + 1));
    return born <= index && (there == null || there.born() != born);
  }

  /** Whether it is this activation, to be started or running, and of that node. */
  boolean runs(String node, long epoch) {
    return this.epoch == epoch && owner.equals(node) && state != State.LEAVING;
  }

  /** An agent that is being undeployed is shown to nobody. */
  boolean shown() {
    return state != State.LEAVING;
  }

  AgentInfo info() {
    AgentInfo.Status status =
        switch (state) {
          case STARTING -> AgentInfo.Status.STARTING;
          case UNAVAILABLE -> AgentInfo.Status.UNAVAILABLE;
          case ACTIVE, LEAVING -> AgentInfo.Status.ACTIVE;
        };
    return new AgentInfo(spec, owner, epoch, status, born, set, why);
  }
}
