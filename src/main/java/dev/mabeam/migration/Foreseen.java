package dev.mabeam.migration;

import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;

/**
 * What a move would come to if it was asked for now.
 *
 * @param from where the agent is
 * @param to the id of the node that was named
 * @param obstacle what it would fail with; null if nothing speaks against it
 */
public record Foreseen(String agent, String from, String to, MabeamException obstacle) {
  public boolean possible() {
    return obstacle == null;
  }

  /** {@code Foreseen} of the HTTP contract. */
  public JsonObject toJson() {
    JsonObject json =
        new JsonObject()
            .put("agent", agent)
            .put("from", from)
            .put("to", to)
            .put("possible", possible());
    return possible() ? json : json.put("error", obstacle.toJson());
  }

  static Foreseen fromJson(JsonObject json) {
    JsonObject obstacle = json.getJsonObject("error");
    return new Foreseen(
        json.getString("agent"),
        json.getString("from"),
        json.getString("to"),
        obstacle == null ? null : MabeamException.fromJson(obstacle));
  }
}
