package dev.mabeam.dashboard;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.agent.AgentSpec.Durability;
import dev.mabeam.agent.AgentSpec.Pace;
import dev.mabeam.checkpoint.CheckpointSet;
import dev.mabeam.placement.Requirements;
import dev.mabeam.placement.Rule;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Agents as the contract writes them; what it reads here was validated against that before. */
final class AgentJson {
  private AgentJson() {}

  /** {@code AgentSpec} or {@code PlacementSpec}: the id is empty if there is none. */
  static AgentSpec spec(JsonObject json) {
    JsonObject needs = json.getJsonObject("requirements", new JsonObject());
    Requirements requirements =
        new Requirements(
            needs.getInteger("memoryMb", 0),
            needs.getDouble("cpuWeight", 0.0),
            words(needs, "capabilities"),
            words(needs, "preferredCapabilities"),
            words(needs, "preferredNodes"),
            rules(json, "affinity"),
            rules(json, "antiAffinity"));
    return new AgentSpec(
        json.getString("id", ""),
        json.getString("type"),
        requirements,
        Durability.valueOf(
            json.getString("durability", Durability.DURABLE.json()).toUpperCase(Locale.ROOT)),
        pace(json.getJsonObject("pace")),
        json.getJsonObject("config", new JsonObject()));
  }

  private static Pace pace(JsonObject json) {
    return json == null
        ? Pace.DEFAULT
        : new Pace(
            json.getInteger("messages", Pace.DEFAULT.messages()),
            Duration.ofMillis(json.getLong("millis", Pace.DEFAULT.within().toMillis())));
  }

  private static List<String> words(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream().map(String.class::cast).toList();
  }

  private static List<Rule> rules(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .map(AgentJson::rule)
        .toList();
  }

  private static Rule rule(JsonObject json) {
    return new Rule(
        Rule.Target.valueOf(json.getString("target").toUpperCase(Locale.ROOT)),
        json.getString("value"),
        json.getDouble("weight", 1.0),
        json.getBoolean("hard", false));
  }

  /** {@code Agent}. */
  static JsonObject agent(AgentInfo agent) {
    AgentSpec spec = agent.spec();
    Requirements needs = spec.requirements();
    return new JsonObject()
        .put("id", spec.id())
        .put("type", spec.type())
        .put("node", agent.node())
        .put("epoch", agent.epoch())
        .put("status", agent.status().json())
        .put(
            "requirements",
            new JsonObject()
                .put("memoryMb", needs.memoryMb())
                .put("cpuWeight", needs.cpuWeight())
                .put("capabilities", new JsonArray(needs.capabilities()))
                .put("preferredCapabilities", new JsonArray(needs.preferredCapabilities()))
                .put("preferredNodes", new JsonArray(needs.preferredNodes())))
        .put("affinity", array(needs.affinity()))
        .put("antiAffinity", array(needs.antiAffinity()))
        .put("durability", spec.durability().json())
        .put("pace", pace(spec.pace()))
        .put("config", spec.config())
        .put("born", agent.born())
        .put("why", agent.why())
        .put("set", set(agent.set()));
  }

  private static JsonObject pace(Pace pace) {
    return new JsonObject()
        .put("messages", pace.messages())
        .put("millis", pace.within().toMillis());
  }

  private static JsonObject set(CheckpointSet set) {
    return new JsonObject()
        .put("version", set.version())
        .put("stores", new JsonArray(set.stores()))
        .put("previous", new JsonArray(set.previous()));
  }

  private static JsonArray array(List<Rule> rules) {
    return new JsonArray(
        rules.stream()
            .map(
                rule ->
                    new JsonObject()
                        .put("target", rule.target().name().toLowerCase(Locale.ROOT))
                        .put("value", rule.value())
                        .put("weight", rule.weight())
                        .put("hard", rule.hard()))
            .toList());
  }

  /** {@code AgentRow} of the stream. */
  static JsonObject row(AgentInfo agent) {
    return new JsonObject()
        .put("id", agent.id())
        .put("type", agent.type())
        .put("node", agent.node())
        .put("epoch", agent.epoch())
        .put("status", agent.status().json());
  }
}
