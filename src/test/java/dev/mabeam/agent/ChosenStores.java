package dev.mabeam.agent;

import dev.mabeam.checkpoint.SetChooser;
import dev.mabeam.checkpoint.Stores;
import dev.mabeam.consensus.Members;
import dev.mabeam.link.Member;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The stores of all members, without zones, and those that are chosen for an agent. */
final class ChosenStores {
  private final Supplier<Members> members;
  private Members known;
  private Map<String, Stores.Store> stores = Map.of();

  ChosenStores(Supplier<Members> members) {
    this.members = members;
  }

  synchronized Map<String, Stores.Store> all() {
    Members now = members.get();
    if (now != known) {
      known = now;
      Map<String, Stores.Store> all = new LinkedHashMap<>();
      for (Member member : now.all()) {
        all.put(member.store(), new Stores.Store(member.store(), member.link(), "", true));
      }
      stores = all;
    }
    return stores;
  }

  List<String> choose(String agent, String node) {
    return members
        .get()
        .member(node)
        .map(owner -> SetChooser.choose(agent, owner.store(), all().values()))
        .orElse(List.of());
  }
}
