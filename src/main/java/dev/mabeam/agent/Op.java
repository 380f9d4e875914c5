package dev.mabeam.agent;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * One thing to decide about one agent. A command to the directory is a list of them, each of which
 * is done or refused for itself: {@code {"v":1,"ops":[{"do":…},…]}}.
 */
sealed interface Op {
  int VERSION = 1;

  String id();

  /** Places an agent at {@code node}, which is to start it. */
  record Deploy(AgentSpec spec, String node) implements Op {
    @Override
    public String id() {
      return spec.id();
    }
  }

  /** Its owner says that this activation takes messages. */
  record Started(String id, long epoch) implements Op {}

  /** Its owner could not start this activation, and why: the agent is not deployed. */
  record Failed(String id, long epoch, MabeamException why) implements Op {}

  /** Nobody is to have it any more. */
  record Undeploy(String id) implements Op {}

  /** Its owner says that this activation has ended. */
  record Stopped(String id, long epoch) implements Op {}

  private JsonObject toJson() {
    if (this instanceof Deploy deploy) {
      return json("deploy").put("spec", SpecJson.toJson(deploy.spec())).put("node", deploy.node());
    }
    if (this instanceof Started started) {
      return json("started").put("id", started.id()).put("epoch", started.epoch());
    }
    if (this instanceof Failed failed) {
      return json("failed")
          .put("id", failed.id())
          .put("epoch", failed.epoch())
          .put("why", failed.why().toJson());
    }
    if (this instanceof Stopped stopped) {
      return json("stopped").put("id", stopped.id()).put("epoch", stopped.epoch());
    }
    return json("undeploy").put("id", id());
  }

  private static JsonObject json(String what) {
    return new JsonObject().put("do", what);
  }

  private static Op fromJson(JsonObject json) {
    String what = json.getString("do", "");
    return switch (what) {
      case "deploy" ->
          new Deploy(SpecJson.fromJson(json.getJsonObject("spec")), json.getString("node"));
      case "started" -> new Started(json.getString("id"), json.getLong("epoch"));
      case "failed" ->
          new Failed(
              json.getString("id"),
              json.getLong("epoch"),
              MabeamException.fromJson(json.getJsonObject("why")));
      case "undeploy" -> new Undeploy(json.getString("id"));
      case "stopped" -> new Stopped(json.getString("id"), json.getLong("epoch"));
      default ->
          throw new MabeamException(
              ErrorCode.INVALID, "agents do not know the command '" + what + "'");
    };
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
