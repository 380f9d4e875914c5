package dev.mabeam.verticle;

import io.vertx.core.json.JsonObject;

/**
 * A verticle that a user deployed, as every node lists it.
 *
 * @param id unique in the cluster; not Vert.x's deployment id, which means nothing elsewhere
 * @param className the verticle's full class name
 * @param node the id of the node that runs it
 * @param since when it was started, in milliseconds since 1970 by that node's clock
 * @param config what it was given as its configuration
 */
public record VerticleInfo(
    String id, String className, String node, long since, JsonObject config) {

  /** The same verticle under another id of its node. */
  VerticleInfo on(String nodeId) {
    return new VerticleInfo(id, className, nodeId, since, config);
  }

  /** {@code {"id","class","node","since","config"}}. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("id", id)
        .put("class", className)
        .put("node", node)
        .put("since", since)
        .put("config", config);
  }

  /** The inverse of {@link #toJson()}; ignores keys that it does not know. */
  public static VerticleInfo fromJson(JsonObject json) {
    return new VerticleInfo(
        json.getString("id"),
        json.getString("class"),
        json.getString("node"),
        json.getLong("since"),
        json.getJsonObject("config", new JsonObject()));
  }
}
