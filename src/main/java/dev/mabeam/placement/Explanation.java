package dev.mabeam.placement;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where an agent would go, and why.
 *
 * @param agent the request's id, or the empty string
 * @param type the request's
 * @param candidates every node, the best first, those that were refused last
 */
public record Explanation(String agent, String type, List<Candidate> candidates) {
  /** So many nodes are named in an error; the rest is counted. */
  private static final int NAMED = 20;

  public Explanation {
    candidates = List.copyOf(candidates);
  }

  /** The id of the node that would get it, or the empty string when none can take it. */
  public String node() {
    return candidates.isEmpty() || !candidates.get(0).suitable() ? "" : candidates.get(0).node();
  }

  /** As {@link #node}, or NO_SUITABLE_NODES with what refused each node. */
  public String requireNode() {
    if (node().isEmpty()) {
      throw refused();
    }
    return node();
  }

  private MabeamException refused() {
    String reasons =
        candidates.stream()
            .limit(NAMED)
            .map(node -> node.node() + ": " + String.join(", ", node.refusals()))
            .collect(Collectors.joining("; "));
    int unnamed = candidates.size() - NAMED;
    return new MabeamException(
        ErrorCode.NO_SUITABLE_NODES,
        "no node can take "
            + (agent.isEmpty() ? "an agent of type " + type : "agent '" + agent + "'")
            + ": "
            + (candidates.isEmpty() ? "there are none" : reasons)
            + (unnamed > 0 ? "; and " + unnamed + " more" : ""),
        "ask for less, or add a node that has it");
  }

  /** {@code Explanation} of the HTTP contract. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("agent", agent)
        .put("node", node())
        .put("nodes", new JsonArray(candidates.stream().map(Candidate::toJson).toList()));
  }
}
