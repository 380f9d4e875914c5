package dev.mabeam.variable;

import dev.mabeam.link.Member;
import dev.mabeam.variable.causal.Decided;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Who keeps what, as decided. */
final class DecidedPlaces implements Decided {
  private static final Duration BARRIER = Duration.ofSeconds(2);

  private final VariableContext context;
  private Map<String, VariableInfo> looked;
  private Set<String> peers = Set.of();

  DecidedPlaces(VariableContext context) {
    this.context = context;
  }

  @Override
  public Set<String> peers() {
    Map<String, VariableInfo> now = context.definitions().definitions();
    if (now != looked) {
      looked = now;
      peers = new TreeSet<>();
      for (VariableInfo info : now.values()) {
        if (info.options().consistency() == Consistency.CAUSAL) {
          peers.addAll(info.replicas());
        }
      }
      peers.remove(context.nodeId());
    }
    return peers;
  }

  @Override
  public Set<String> members() {
    Set<String> members = new TreeSet<>();
    for (Member member : context.members().get().all()) {
      members.add(member.id());
    }
    return members;
  }

  @Override
  public Object arrangement(Collection<String> names) {
    List<Object> arrangement = new ArrayList<>(List.of(members()));
    for (String name : names) {
      context
          .definitions()
          .definition(VariableInfo.nameOf(name))
          .ifPresent(info -> arrangement.add(info.key() + "/" + info.set()));
    }
    return arrangement;
  }

  @Override
  public boolean isForgotten(String key) {
    return context
        .definitions()
        .isForgotten(VariableInfo.nameOf(key), VariableInfo.lifeOf(key));
  }

  @Override
  public Future<Void> barrier() {
    return context.decisions().barrier(BARRIER);
  }
}
