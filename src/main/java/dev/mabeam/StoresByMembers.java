package dev.mabeam;

import dev.mabeam.checkpoint.Stores;
import dev.mabeam.consensus.Members;
import dev.mabeam.link.Member;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The checkpoint room's stores: those of the members, with the zones that membership knows of.
 * {@link #look} when something may have changed. Any thread.
 */
final class StoresByMembers implements Stores {
  private final Supplier<Members> members;
  private final Function<String, String> zone;
  private final Supplier<Set<String>> cordoned;
  private volatile Map<String, Store> all = Map.of();

  /**
   * @param zone of a node by its id; empty if it has none, or is not known yet
   * @param cordoned the ids of nodes whose stores no set takes up
   */
  StoresByMembers(
      Supplier<Members> members, Function<String, String> zone, Supplier<Set<String>> cordoned) {
    this.members = members;
    this.zone = zone;
    this.cordoned = cordoned;
  }

  synchronized void look() {
    Map<String, Store> now = new LinkedHashMap<>();
    Set<String> closed = cordoned.get();
    for (Member member : members.get().all()) {
      now.put(
          member.store(),
          new Store(
              member.store(),
              member.link(),
              zone.apply(member.id()),
              !closed.contains(member.id())));
    }
    if (!now.equals(all)) {
      all = Map.copyOf(now);
    }
  }

  @Override
  public Map<String, Store> all() {
    return all;
  }
}
