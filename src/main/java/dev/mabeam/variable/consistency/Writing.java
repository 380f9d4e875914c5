package dev.mabeam.variable.consistency;

import dev.mabeam.variable.WriteOptions;
import dev.mabeam.variable.conflict.Write;
import io.vertx.core.json.JsonObject;

/**
 * A write as it is asked of the node that takes it.
 *
 * @param id of the request: sent twice, it is done once
 * @param expected for {@link Kind#COMPARE_AND_SET}: what there has to be; a version for {@link
 *     Kind#RESOLVE}, null for others
 * @param write without a store; that is the replica's
 * @param options as the caller gave them
 * @param millis how long it may take there
 */
public record Writing(
    String id,
    String name,
    Kind kind,
    Object expected,
    Write write,
    WriteOptions options,
    long millis) {
  /** What is done. */
  public enum Kind {
    /** The value takes the place of what the replica has seen. */
    SET,
    /** The same if the value is the one that is expected. */
    COMPARE_AND_SET,
    /** Nothing takes the place of what the replica has seen. */
    DELETE,
    /** The value takes the place of what its writer had seen. */
    RESOLVE
  }

  /** What its writer had seen, of a {@link Kind#RESOLVE}. */
  public JsonObject seen() {
    return (JsonObject) expected;
  }

  public Writing within(long left) {
    return new Writing(id, name, kind, expected, write, options, left);
  }
}
