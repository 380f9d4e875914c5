package dev.mabeam.variable.version;

import dev.mabeam.time.HybridTime;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What one write left, as long as no later write has seen it.
 *
 * @param stamp when it was written
 * @param value JSON, in the form of the variable's resolution; nobody changes it
 */
public record Sibling(Dot dot, HybridTime stamp, Object value) {
  JsonObject toJson() {
    return new JsonObject()
        .put("dot", new JsonArray().add(dot.store()).add(dot.n()))
        .put("stamp", stamp.toJson())
        .put("value", value);
  }

  static Sibling fromJson(JsonObject json) {
    JsonArray dot = json.getJsonArray("dot");
    return new Sibling(
        new Dot(dot.getString(0).intern(), dot.getLong(1)),
        HybridTime.fromJson(json.getJsonArray("stamp")),
        json.getValue("value"));
  }
}
