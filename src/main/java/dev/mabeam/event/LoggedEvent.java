package dev.mabeam.event;

import io.vertx.core.json.JsonObject;

/**
 * An event as it was published: with its origin, its number there, and the origin's wall clock.
 *
 * <p>Kept as JSON fields, not as a {@link ClusterEvent}, so that a node passes on types that only a
 * newer version knows.
 *
 * @param origin the node that published it
 * @param number counts up from 1 on each origin; (origin, number) identifies the event
 * @param atMillis milliseconds since 1970 by the origin's clock
 */
public record LoggedEvent(
    String origin, long number, long atMillis, String type, JsonObject fields) {

  /** {@code <origin>/<number>}, unique in the cluster's life. */
  public String id() {
    return origin + "/" + number;
  }

  /** {@code {"id","origin","number","at","type",…fields}}; {@code at} in milliseconds. */
  public JsonObject toJson() {
    return fields
        .copy()
        .put("id", id())
        .put("origin", origin)
        .put("number", number)
        .put("at", atMillis)
        .put("type", type);
  }

  /** The inverse of {@link #toJson()}. */
  public static LoggedEvent fromJson(JsonObject json) {
    JsonObject fields = json.copy();
    for (String header : new String[] {"id", "origin", "number", "at", "type"}) {
      fields.remove(header);
    }
    return new LoggedEvent(
        json.getString("origin"),
        json.getLong("number"),
        json.getLong("at"),
        json.getString("type"),
        fields);
  }
}
