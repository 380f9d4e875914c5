package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One thing to decide about an agent, or a few, or a node. A command to the directory is a list of
 * them, each of which is done or refused for itself: {@code {"v":1,"ops":[{"do":…},…]}}.
 */
sealed interface Op {
  int VERSION = 1;
  long NONE = -1;

  /** Of the agent that it is about; empty if it is about several, or a node. */
  String id();

  /** Places an agent at {@code node}, which is to start it, with its checkpoints in those stores. */
  record Deploy(AgentSpec spec, String node, List<String> stores) implements Op {
    Deploy(AgentSpec spec, String node) {
      this(spec, node, List.of());
    }

    @Override
    public String id() {
      return spec.id();
    }
  }

  /** Its owner says that this activation takes messages. */
  record Started(String id, long epoch) implements Op {}

  /**
   * Its owner could not start this activation, and why: if it is the agent's first one, the agent
   * is not deployed; else another node may.
   */
  record Failed(String id, long epoch, MabeamException why) implements Op {}

  /** Nobody is to have it any more. */
  record Undeploy(String id) implements Op {}

  /** Its owner says that this activation has ended. */
  record Stopped(String id, long epoch) implements Op {}

  /** It moves from its owner to that node, at a new epoch. */
  record Flip(String id, long epoch, String node, List<String> stores) implements Op {}

  /** It has no owner, and is that node's, at a new epoch. */
  record Recover(String id, long epoch, String node, List<String> stores, boolean acceptLoss)
      implements Op {}

  /** Why it cannot run; if it has an owner, that says so and gives it up. */
  record Lost(String id, long epoch, String why) implements Op {}

  /** A store is silent: it is to have the checkpoints of these agents no more, at these epochs. */
  record Drop(String store, Map<String, Long> epochs) implements Op {
    @Override
    public String id() {
      return "";
    }
  }

  /** The set of that version is to be followed by these stores. */
  record Change(String id, long epoch, long version, List<String> stores) implements Op {}

  /** The set of that version is filled. */
  record Filled(String id, long epoch, long version) implements Op {}

  /** That node gets no more agents; {@code drained} if those that it has are to move away. */
  record Cordon(String node, boolean drained) implements Op {
    @Override
    public String id() {
      return "";
    }
  }

  /** That node gets agents again. */
  record Uncordon(String node) implements Op {
    @Override
    public String id() {
      return "";
    }
  }

  private JsonObject toJson() {
    if (this instanceof Deploy deploy) {
      return json("deploy", null, NONE)
          .put("spec", SpecJson.toJson(deploy.spec()))
          .put("node", deploy.node())
          .put("stores", new JsonArray(deploy.stores()));
    }
    if (this instanceof Started started) {
      return json("started", id(), started.epoch());
    }
    if (this instanceof Failed failed) {
      return json("failed", id(), failed.epoch()).put("why", failed.why().toJson());
    }
    if (this instanceof Stopped stopped) {
      return json("stopped", id(), stopped.epoch());
    }
    if (this instanceof Flip flip) {
      return json("flip", id(), flip.epoch())
          .put("node", flip.node())
          .put("stores", new JsonArray(flip.stores()));
    }
    if (this instanceof Recover recover) {
      return json("recover", id(), recover.epoch())
          .put("node", recover.node())
          .put("stores", new JsonArray(recover.stores()))
          .put("acceptLoss", recover.acceptLoss());
    }
    return this instanceof Undeploy ? json("undeploy", id(), NONE) : ofSetOrNode();
  }

  private JsonObject ofSetOrNode() {
    if (this instanceof Lost lost) {
      return json("lost", id(), lost.epoch()).put("why", lost.why());
    }
    if (this instanceof Drop drop) {
      JsonArray epochs = new JsonArray();
      drop.epochs().forEach((id, epoch) -> epochs.add(id).add(epoch));
      return json("drop", null, NONE).put("store", drop.store()).put("epochs", epochs);
    }
    if (this instanceof Change change) {
      return json("set", id(), change.epoch())
          .put("version", change.version())
          .put("stores", new JsonArray(change.stores()));
    }
    if (this instanceof Filled filled) {
      return json("filled", id(), filled.epoch()).put("version", filled.version());
    }
    if (this instanceof Cordon cordon) {
      return json("cordon", null, NONE).put("node", cordon.node()).put("drained", cordon.drained());
    }
    return json("uncordon", null, NONE).put("node", ((Uncordon) this).node());
  }

  private static JsonObject json(String what, String id, long epoch) {
    JsonObject json = new JsonObject().put("do", what);
    if (id != null) {
      json.put("id", id);
    }
    return epoch == NONE ? json : json.put("epoch", epoch);
  }

  private static Op fromJson(JsonObject json) {
    String what = json.getString("do", "");
    String id = json.getString("id");
    return switch (what) {
      case "deploy" ->
          new Deploy(
              SpecJson.fromJson(json.getJsonObject("spec")),
              json.getString("node"),
              words(json, "stores"));
      case "started" -> new Started(id, json.getLong("epoch"));
      case "failed" ->
          new Failed(
              id, json.getLong("epoch"), MabeamException.fromJson(json.getJsonObject("why")));
      case "undeploy" -> new Undeploy(id);
      case "stopped" -> new Stopped(id, json.getLong("epoch"));
      case "flip" ->
          new Flip(id, json.getLong("epoch"), json.getString("node"), words(json, "stores"));
      case "recover" ->
          new Recover(
              id,
              json.getLong("epoch"),
              json.getString("node"),
              words(json, "stores"),
              json.getBoolean("acceptLoss", false));
      case "lost" -> new Lost(id, json.getLong("epoch"), json.getString("why", ""));
      case "drop" -> new Drop(json.getString("store"), epochs(json.getJsonArray("epochs")));
      case "set" ->
          new Change(
              id, json.getLong("epoch"), json.getLong("version"), words(json, "stores"));
      case "filled" -> new Filled(id, json.getLong("epoch"), json.getLong("version"));
      case "cordon" -> new Cordon(json.getString("node"), json.getBoolean("drained", false));
      case "uncordon" -> new Uncordon(json.getString("node"));
      default ->
          throw new MabeamException(
              ErrorCode.INVALID, "agents do not know the command '" + what + "'");
    };
  }

  private static List<String> words(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream().map(String.class::cast).toList();
  }

  private static Map<String, Long> epochs(JsonArray array) {
    Map<String, Long> epochs = new LinkedHashMap<>();
    for (int i = 0; i + 1 < array.size(); i += 2) {
      epochs.put(array.getString(i), array.getLong(i + 1));
    }
    return epochs;
  }

  /** The command that asks for all of them, in this order. */
  static Buffer command(List<Op> ops) {
    JsonArray array = new JsonArray();
    ops.forEach(op -> array.add(op.toJson()));
    return new JsonObject().put("v", VERSION).put("ops", array).toBuffer();
  }

  /**
   * The inverse; INVALID if it is no such command. One of a later version stops this copy: to
   * refuse what others do would make it another one.
   */
  static List<Op> read(Buffer command) {
    try {
      JsonObject json = command.toJsonObject();
      if (json.getInteger("v", VERSION) > VERSION) {
        throw new IllegalStateException(
            "a command to the agents' directory is of version " + json.getValue("v")
                + "; this node knows " + VERSION + " and has to be upgraded");
      }
      return json.getJsonArray("ops").stream()
          .map(JsonObject.class::cast)
          .map(Op::fromJson)
          .toList();
    } catch (ClassCastException | NullPointerException | DecodeException malformed) {
      throw new MabeamException(
          ErrorCode.INVALID, "this is no command to the agents' directory: " + malformed);
    }
  }
}
