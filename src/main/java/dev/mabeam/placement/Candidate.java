package dev.mabeam.placement;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.List;

/**
 * One node, weighed for one agent.
 *
 * @param node its id
 * @param refusals why filters refused it; empty if it is suitable
 * @param scores null if it was refused
 * @param agents how many it has already
 */
public record Candidate(String node, List<String> refusals, Scores scores, int agents) {
  /**
   * The best first: the highest total; of equal ones the node with fewer agents, then the lower
   * id. Those that were refused come last, by id.
   */
  static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparing((Candidate candidate) -> !candidate.suitable())
          .thenComparing(Comparator.comparingDouble(Candidate::total).reversed())
          .thenComparingInt(candidate -> candidate.suitable() ? candidate.agents : 0)
          .thenComparing(Candidate::node);

  public Candidate {
    refusals = List.copyOf(refusals);
  }

  public boolean suitable() {
    return refusals.isEmpty();
  }

  /** The weighted sum of the scores; 0 if it was refused. */
  public double total() {
    return suitable() ? scores.total() : 0;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("node", node)
        .put("suitable", suitable())
        .put("refusals", new JsonArray(refusals))
        .put("scores", suitable() ? scores.toJson() : new JsonObject())
        .put("total", Scores.shown(total()));
  }
}
