package dev.mabeam.consensus;

import io.vertx.core.json.JsonObject;

/**
 * What a node says of itself that matters for who votes.
 *
 * @param zone which nodes fail together with it; empty if it did not say
 * @param witness it is there to vote, and runs no agents
 * @param leaving it is being drained and will not vote for long
 */
record Traits(String zone, boolean witness, boolean leaving) {
  static final Traits PLAIN = new Traits("", false, false);

  JsonObject toJson() {
    return new JsonObject().put("zone", zone).put("witness", witness).put("leaving", leaving);
  }

  static Traits fromJson(JsonObject json) {
    return new Traits(
        json.getString("zone", ""),
        json.getBoolean("witness", false),
        json.getBoolean("leaving", false));
  }
}
