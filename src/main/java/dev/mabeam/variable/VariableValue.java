package dev.mabeam.variable;

import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a replica has.
 *
 * @param value JSON or bytes, or null
 * @param version a version vector: store id to the number of its newest write that is contained;
 *     {@code {"log":index}} for a strong variable
 * @param siblings concurrent values that are not settled; empty when there is one value
 * @param node the id of the replica that answered
 * @param stale whether it may be older than what a majority has: that node had no lease, or was
 *     asked not to make sure
 * @param token what the session has seen after this call: its token before, and this
 * @param deleted whether it was deleted, and nothing was written since
 */
public record VariableValue(
    Object value,
    JsonObject version,
    List<Object> siblings,
    String node,
    boolean stale,
    SessionToken token,
    boolean deleted) {
  /** One that is there. */
  public VariableValue(
      Object value,
      JsonObject version,
      List<Object> siblings,
      String node,
      boolean stale,
      SessionToken token) {
    this(value, version, siblings, node, stale, token, false);
  }

  /** The same for a session that has seen {@code before}. */
  public VariableValue after(SessionToken before) {
    return before.isEmpty()
        ? this
        : new VariableValue(value, version, siblings, node, stale, before.join(token), deleted);
  }
}
