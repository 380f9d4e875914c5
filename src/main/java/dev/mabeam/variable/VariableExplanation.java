package dev.mabeam.variable;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * How a variable stands, as far as its replicas answered.
 *
 * @param definition as decided
 * @param replicas one for each node that is to keep it, in the order of the definition
 */
public record VariableExplanation(VariableInfo definition, List<Standing> replicas) {
  /** The role of a replica that did not answer. */
  public static final String UNREACHABLE = "unreachable";

  /**
   * What one replica has.
   *
   * @param role {@code serving} if it counts; {@code filling}, {@code leaving} or {@code kept} if
   *     not yet or no more; {@code absent} if that node has nothing of it; {@code log} where the
   *     value is decided; {@link #UNREACHABLE}
   * @param version what it has received: a version vector, {@code {"log":index}} where the value is
   *     decided; empty if it did not answer
   * @param value what a reader of it gets
   * @param siblings what stands beside that
   * @param hidden whether it has received more than it shows, since what that depends on is missing
   * @param behind whether another replica that answered has received what it has not
   */
  public record Standing(
      String node,
      String role,
      JsonObject version,
      Object value,
      List<Object> siblings,
      boolean hidden,
      boolean behind) {
    static Standing unreachable(String node) {
      return new Standing(node, UNREACHABLE, new JsonObject(), null, List.of(), false, false);
    }

    Standing behind(boolean now) {
      return new Standing(node, role, version, value, siblings, hidden, now);
    }
  }

  /** The nodes whose replicas lack something that another one has. */
  public List<String> behind() {
    return replicas.stream().filter(Standing::behind).map(Standing::node).toList();
  }
}
