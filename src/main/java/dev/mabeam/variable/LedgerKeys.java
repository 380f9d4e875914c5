package dev.mabeam.variable;

import dev.mabeam.variable.ledger.Broken;
import dev.mabeam.variable.ledger.Roster;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The public keys of a ledger's replicas, as decided, and the {@linkplain Roster rosters} that there
 * were. Each replica tells its key once it keeps the variable; a roster grows with each, and a new
 * one begins with each replica set. All of them are kept: old blocks name old ones. Immutable.
 *
 * @param keys by node, of the replicas of now; in base 64
 * @param rosters encoded, in base 64, the latest one last
 */
record LedgerKeys(Map<String, String> keys, List<String> rosters) {
  static final LedgerKeys NONE = new LedgerKeys(Map.of(), List.of());

  LedgerKeys {
    keys = Map.copyOf(keys);
    rosters = List.copyOf(rosters);
  }

  /** For the replica set that the variable has now. */
  LedgerKeys of(VariableInfo variable) {
    Map<String, String> left = new TreeMap<>(keys);
    left.keySet().retainAll(variable.replicas());
    return new LedgerKeys(left, rosters).withRoster(variable);
  }

  /** With the key of {@code node}; unchanged if that is no replica, or the key is none. */
  LedgerKeys with(VariableInfo variable, String node, String key) {
    if (!variable.replicas().contains(node) || Objects.equals(keys.get(node), key)) {
      return this;
    }
    Map<String, String> more = new TreeMap<>(keys);
    more.put(node, key);
    try {
      return new LedgerKeys(more, rosters).withRoster(variable);
    } catch (Broken | IllegalArgumentException noKey) {
      return this;
    }
  }

  private LedgerKeys withRoster(VariableInfo variable) {
    List<byte[]> publicKeys = keys.values().stream().map(Base64.getDecoder()::decode).toList();
    Roster roster = Roster.of(variable.set(), variable.replicas().size(), publicKeys);
    String encoded = Base64.getEncoder().encodeToString(roster.encode());
    if (keys.isEmpty() || rosters.contains(encoded)) {
      return this;
    }
    List<String> more = new ArrayList<>(rosters);
    more.add(encoded);
    return new LedgerKeys(keys, more);
  }

  List<Roster> decoded() {
    return rosters.stream().map(Base64.getDecoder()::decode).map(Roster::decode).toList();
  }

  JsonObject toJson() {
    JsonObject byNode = new JsonObject();
    keys.forEach(byNode::put);
    return new JsonObject().put("keys", byNode).put("rosters", new JsonArray(rosters));
  }

  static LedgerKeys fromJson(JsonObject json) {
    Map<String, String> keys = new TreeMap<>();
    json.getJsonObject("keys").forEach(each -> keys.put(each.getKey(), (String) each.getValue()));
    return new LedgerKeys(
        keys, json.getJsonArray("rosters").stream().map(String.class::cast).toList());
  }
}
