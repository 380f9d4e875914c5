package dev.mabeam.verticle;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import java.util.regex.Pattern;

/**
 * Which class to run, where, and with what.
 *
 * @param className the full name of a class that is a {@code VerticleBase}, a {@code Verticle} or
 *     another {@code Deployable}
 * @param id what to call it, unique in the cluster; null makes one from the class's simple name and
 *     a number
 * @param node the id or the name of the node to run it on; null chooses the least loaded
 * @param config the verticle's configuration; null is an empty one
 */
public record DeployRequest(String className, String id, String node, JsonObject config) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@:-]{0,127}");

  /** INVALID if there is no class name, or if the id is not one that fits into a URL. */
  public DeployRequest {
    if (className == null || className.isBlank()) {
      throw new MabeamException(
          ErrorCode.INVALID, "the class is missing", "name a verticle's class in full");
    }
    if (id != null && !ID.matcher(id).matches()) {
      throw new MabeamException(
          ErrorCode.INVALID,
          "verticle id '" + shortened(id) + "' is not valid",
          "use at most 128 letters, digits and . _ @ : -, beginning with a letter or a digit");
    }
    config = config == null ? new JsonObject() : config;
  }

  /** That class, on the least loaded node, under an id made for it, with no configuration. */
  public static DeployRequest of(String className) {
    return new DeployRequest(className, null, null, null);
  }

  /** {@code {"class","id","node","config"}}; what is null is left out. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject().put("class", className).put("config", config);
    if (id != null) {
      json.put("id", id);
    }
    if (node != null) {
      json.put("node", node);
    }
    return json;
  }

  /** The inverse of {@link #toJson()}; ignores keys that it does not know. */
  public static DeployRequest fromJson(JsonObject json) {
    return new DeployRequest(
        json.getString("class"),
        json.getString("id"),
        json.getString("node"),
        json.getJsonObject("config"));
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
