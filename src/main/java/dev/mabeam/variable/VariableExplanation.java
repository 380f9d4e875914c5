package dev.mabeam.variable;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * How a variable stands.
 *
 * @param replicas one for each node that is to keep it
 */
public record VariableExplanation(VariableInfo definition, List<Standing> replicas) {
  /**
   * What one replica has.
   *
   * @param role in a word; {@code unreachable} if it did not answer
   * @param version what it has seen; empty if it did not answer
   * @param siblings how many values stand beside the one that a reader gets
   * @param behind whether another replica has seen what it has not
   */
  public record Standing(
      String node, String role, JsonObject version, int siblings, boolean behind) {}
}
