package dev.mabeam.migration;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * How far the drain of a node is.
 *
 * @param done whether it has ended; if some are left then, nobody can take them
 * @param moved how many agents have moved away
 * @param waiting how many are to go
 * @param copies of how many agents of other nodes it still has to keep the last state
 * @param left those that could not be moved so far, or of which nobody makes another copy
 */
public record Drained(
    String node, boolean done, int moved, int waiting, int copies, List<Left> left) {
  /** How many of them are shown; the number of all is in {@code waiting}. */
  private static final int SHOWN = 100;

  /** An agent that stays, and why. */
  public record Left(String agent, String why) {
    JsonObject toJson() {
      return new JsonObject().put("agent", agent).put("why", why);
    }
  }

  public Drained {
    left = List.copyOf(left);
  }

  /** Whether the node has no agents any more, and no agent needs its store. */
  public boolean empty() {
    return done && waiting == 0 && copies == 0;
  }

  /** {@code Drained} of the HTTP contract. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("node", node)
        .put("done", done)
        .put("moved", moved)
        .put("waiting", waiting)
        .put("copies", copies)
        .put("left", new JsonArray(left.stream().limit(SHOWN).map(Left::toJson).toList()));
  }

  static Drained fromJson(JsonObject json) {
    return new Drained(
        json.getString("node"),
        json.getBoolean("done", false),
        json.getInteger("moved", 0),
        json.getInteger("waiting", 0),
        json.getInteger("copies", 0),
        json.getJsonArray("left", new JsonArray()).stream()
            .map(JsonObject.class::cast)
            .map(each -> new Left(each.getString("agent"), each.getString("why")))
            .toList());
  }
}
