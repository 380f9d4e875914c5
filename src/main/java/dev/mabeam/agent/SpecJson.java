package dev.mabeam.agent;

import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.agent.AgentSpec.Pace;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/** Specifications in the log: what is as by default is left out, what is unknown is ignored. */
final class SpecJson {
  private SpecJson() {}

  static JsonObject toJson(AgentSpec spec) {
    JsonObject json = new JsonObject().put("id", spec.id()).put("type", spec.type());
    if (!spec.requirements().equals(Requirements.NONE)) {
      json.put("needs", needs(spec.requirements()));
    }
    if (spec.durability() != Durability.VOLATILE) {
      json.put("durability", spec.durability().json());
    }
    if (spec.durability() == Durability.CHECKPOINTED) {
      json.put("messages", spec.pace().messages()).put("millis", spec.pace().within().toMillis());
    }
    JsonObject config = spec.config();
    return config.isEmpty() ? json : json.put("config", config);
  }

  /** What says nothing of durability is volatile: it was once the only one. */
  static AgentSpec fromJson(JsonObject json) {
    JsonObject needs = json.getJsonObject("needs");
    String type = json.getString("type");
    return new AgentSpec(
        json.getString("id"),
        // One string a type, not one an agent.
        type == null ? null : type.intern(),
        needs == null ? Requirements.NONE : needs(needs),
        durability(json.getString("durability")),
        pace(json),
        json.getJsonObject("config"));
  }

  private static Durability durability(String word) {
    return word == null
        ? Durability.VOLATILE
        : Durability.valueOf(word.toUpperCase(java.util.Locale.ROOT));
  }

  private static Pace pace(JsonObject json) {
    return json.containsKey("messages")
        ? new Pace(json.getInteger("messages"), Duration.ofMillis(json.getLong("millis")))
        : Pace.DEFAULT;
  }

  private static JsonObject needs(Requirements needs) {
    return new JsonObject()
        .put("memoryMb", needs.memoryMb())
        .put("cpuWeight", needs.cpuWeight())
        .put("capabilities", new JsonArray(needs.capabilities()))
        .put("preferredCapabilities", new JsonArray(needs.preferredCapabilities()))
        .put("preferredNodes", new JsonArray(needs.preferredNodes()))
        .put("affinity", rules(needs.affinity()))
        .put("antiAffinity", rules(needs.antiAffinity()));
  }

  private static Requirements needs(JsonObject json) {
    return new Requirements(
        json.getInteger("memoryMb", 0),
        json.getDouble("cpuWeight", 0.0),
        words(json, "capabilities"),
        words(json, "preferredCapabilities"),
        words(json, "preferredNodes"),
        rules(json, "affinity"),
        rules(json, "antiAffinity"));
  }

  private static JsonArray rules(List<Rule> rules) {
    JsonArray array = new JsonArray();
    for (Rule rule : rules) {
      array.add(
          new JsonObject()
              .put("target", rule.target().name())
              .put("value", rule.value())
              .put("weight", rule.weight())
              .put("hard", rule.hard()));
    }
    return array;
  }

  private static List<Rule> rules(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .map(
            rule ->
                new Rule(
                    Rule.Target.valueOf(rule.getString("target")),
                    rule.getString("value"),
                    rule.getDouble("weight", 1.0),
                    rule.getBoolean("hard", false)))
        .toList();
  }

  private static List<String> words(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream().map(String.class::cast).toList();
  }
}
