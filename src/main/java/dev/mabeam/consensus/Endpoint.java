package dev.mabeam.consensus;

import dev.mabeam.link.LinkAddress;
import io.microraft.RaftEndpoint;
import io.vertx.core.json.JsonObject;

/**
 * A store that votes, or may come to. The id is made when a store is enlisted as a voter, kept over
 * a restart with its log, and never used again after its removal; it is what two endpoints are
 * compared by.
 *
 * @param id random
 * @param node the name of the node that has the store
 * @param address where its link listens
 */
record Endpoint(String id, String node, LinkAddress address) implements RaftEndpoint {
  JsonObject toJson() {
    return new JsonObject().put("id", id).put("node", node).put("address", address.toString());
  }

  /** The inverse of {@link #toJson()}; ignores keys that this version does not know. */
  static Endpoint fromJson(JsonObject json) {
    return new Endpoint(
        json.getString("id"),
        json.getString("node"),
        LinkAddress.parse(json.getString("address")));
  }

  @Override
  public Object getId() {
    return id;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Endpoint endpoint && endpoint.id.equals(id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }
}
