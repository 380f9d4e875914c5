package dev.mabeam.variable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.bus.Addresses;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.SimBus;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is wrong gets an error that says so, and changes nothing. */
class BadInputTest {
  private static final JsonObject VALUE = new JsonObject().put("a", 1);
  private SimVariables cluster;

  @BeforeEach
  void distribute() {
    cluster = SimVariables.of(1, 3);
    cluster.distribute("n1", "v", 3);
    Future<VariableValue> set = room().set("v", VALUE, WriteOptions.DEFAULT);
    cluster.await(set::isComplete, "it is written");
    cluster.awaitQuiet();
  }

  @Test
  void shouldRefuseBadCalls() {
    Map<String, Function<VariableRoom, Future<?>>> invalid = new LinkedHashMap<>();
    invalid.put("get null", room -> room.get(null));
    invalid.put("get a name with a slash", room -> room.get("a/b"));
    invalid.put("get a long name", room -> room.get("x".repeat(129)));
    invalid.put("set null name", room -> room.set(null, VALUE, WriteOptions.DEFAULT));
    invalid.put("set without options", room -> room.set("v", VALUE, null));
    invalid.put("set a number", room -> room.set("v", 7, WriteOptions.DEFAULT));
    invalid.put("set an array", room -> room.set("v", new JsonArray(), WriteOptions.DEFAULT));
    invalid.put("set an object of no JSON", room -> room.set("v", this, WriteOptions.DEFAULT));
    invalid.put("set not a number", room -> slice(room, Double.NaN));
    invalid.put("set infinity", room -> slice(room, List.of(Float.POSITIVE_INFINITY)));
    invalid.put("set a buffer", room -> slice(room, Buffer.buffer("x")));
    invalid.put("set a key that is no string", room -> slice(room, Map.of(1, 2)));
    invalid.put("set what is nested too deep", room -> slice(room, nested(65)));
    invalid.put("set what contains itself", room -> slice(room, circle()));
    invalid.put("distribute null", room -> room.distribute(null, SimVariables.MAPS));
    invalid.put("distribute without options", room -> room.distribute("w", null));
    invalid.put("distribute a dot name", room -> room.distribute("w x", SimVariables.MAPS));
    invalid.put("distribute strong on all", room -> room.distribute("w", with("strong", 0, null)));
    invalid.put("update what is eventual", room -> room.update("v", v -> v, WriteOptions.DEFAULT));
    invalid.put("update with nothing", room -> room.update("v", null, WriteOptions.DEFAULT));
    invalid.put("settle nothing", room -> room.resolve("v", VALUE, null, WriteOptions.DEFAULT));
    invalid.put("watch with nobody", room -> room.watch("v", null));
    invalid.put("read with no options", room -> room.get("v", null));
    invalid.put(
        "compare and set what is eventual",
        room -> room.compareAndSet("v", VALUE, VALUE, WriteOptions.DEFAULT));
    invalid.put(
        "read stronger than is built",
        room -> room.get("v", ReadOptions.DEFAULT.withConsistency(Consistency.STRONG)));
    invalid.put("distribute -1 replicas", room -> room.distribute("w", with("eventual", -1, null)));
    invalid.put(
        "distribute 1001 replicas", room -> room.distribute("w", with("eventual", 1_001, null)));
    invalid.put("distribute a text", room -> room.distribute("w", with("eventual", 3, "text")));
    invalid.put("distribute no JSON", room -> room.distribute("w", with("eventual", 3, this)));
    invalid.forEach((what, call) -> assertRefused(ErrorCode.INVALID, what, call.apply(room())));
    assertRefused(
        ErrorCode.TOO_LARGE,
        "set more than a megabyte",
        room().set("v", new JsonObject().put("b", "x".repeat(1 << 20)), WriteOptions.DEFAULT));
    assertRefused(
        ErrorCode.TOO_LARGE,
        "distribute more than 64 KB",
        room().distribute("w", with("eventual", 3, new JsonObject().put("b", "x".repeat(70_000)))));
    assertRefused(ErrorCode.NOT_FOUND, "get what nobody made", room().get("w"));
    assertRefused(
        ErrorCode.NOT_FOUND, "set what nobody made", room().set("w", VALUE, WriteOptions.DEFAULT));
    assertNothingChanged();
  }

  @Test
  void shouldRefuseToGrowBeyondTheLargestValue() {
    String half = "x".repeat(600_000);
    Future<VariableValue> first = slice(room(), half);
    cluster.await(first::succeeded, "the first half");
    assertRefused(
        ErrorCode.TOO_LARGE,
        "the second half",
        room().set("v", half, WriteOptions.DEFAULT.slice("other", 1)));
  }

  @Test
  void shouldRefuseOptionsThatCannotBe() {
    assertThrows(MabeamException.class, () -> new WriteOptions("2"));
    assertThrows(MabeamException.class, () -> new WriteOptions(null));
    assertThrows(MabeamException.class, () -> WriteOptions.DEFAULT.slice("k", -1));
    assertThrows(MabeamException.class, () -> WriteOptions.DEFAULT.withGossipFanout(-1));
    assertThrows(
        MabeamException.class, () -> ReadOptions.DEFAULT.withDeadline(Duration.ofMillis(-1)));
    assertThrows(MabeamException.class, () -> SessionToken.parse("no token"));
    assertThrows(MabeamException.class, () -> Consistency.of("Strong"));
  }

  @Test
  void shouldRefuseMessagesThatItCannotRead() {
    JsonObject state = cluster.node("n2").store.get("v").state().toJson();
    String key = cluster.node("n2").store.get("v").key();
    List<JsonObject> syncs =
        List.of(
            new JsonObject(),
            sync("unheard of"),
            new JsonObject().put("from", 1).put("do", "root"),
            new JsonObject().put("from", "n2#2").put("do", 5),
            sync("root"),
            sync("root").put("root", "text"),
            sync("leaves"),
            sync("leaves").put("leaves", new JsonObject().put("x", new JsonArray())),
            sync("leaves").put("leaves", new JsonObject().put("99", new JsonArray().add(1))),
            sync("leaves").put("leaves", new JsonObject().put("1", new JsonArray().add(1))),
            sync("versions"),
            sync("versions").put("versions", new JsonObject().put("v", 1)),
            sync("fill").put("names", "v"),
            sync("fill").put("names", new JsonArray().add(1)),
            sync("push").put("states", new JsonArray()),
            sync("push").put("states", new JsonObject().put(key, "text")),
            sync("push").put("states", new JsonObject().put(key, new JsonObject())),
            sync("push").put("states", states(state).put("w", 1)),
            sync("push").put("states", new JsonObject().put(key, withValue(state, "text"))),
            sync("push").put("states", new JsonObject().put(key, withValue(state, VALUE))),
            sync("push").put("states", states(state)).put("partial", new JsonArray().add(1)));
    syncs.forEach(body -> assertRefused(ErrorCode.INVALID, body.encode(), ask("sync", body)));
    JsonObject right =
        new JsonObject()
            .put("id", "x/1")
            .put("name", "v")
            .put("value", VALUE)
            .put("stamp", new JsonArray().add(1).add(0))
            .put("millis", 100);
    List<JsonObject> sets =
        List.of(
            new JsonObject(),
            without(right, "id"),
            without(right, "stamp"),
            without(right, "millis"),
            right.copy().put("epoch", -1),
            right.copy().put("epoch", "1"),
            right.copy().put("acks", "all"),
            right.copy().put("kind", "undo"),
            right.copy().put("consistency", "some"),
            right.copy().put("token", "%"),
            right.copy().put("fanout", -1),
            right.copy().put("stamp", new JsonArray()));
    sets.forEach(body -> assertRefused(ErrorCode.INVALID, body.encode(), ask("set", body)));
    assertRefused(ErrorCode.INVALID, "get", ask("get", new JsonObject()));
    assertNothingChanged();
  }

  private static JsonObject sync(String what) {
    return new JsonObject().put("v", 1).put("from", "n2#2").put("do", what);
  }

  /** Something newer than what is there, so that taking it would show. */
  private static JsonObject states(JsonObject state) {
    JsonObject newer = state.copy();
    newer.getJsonObject("seen").put("another", 7);
    return new JsonObject().put("v", newer);
  }

  private static JsonObject withValue(JsonObject state, Object value) {
    JsonObject newer = states(state).getJsonObject("v");
    newer.put(
        "live",
        new JsonArray()
            .add(
                new JsonObject()
                    .put("dot", new JsonArray().add("another").add(7))
                    .put("stamp", new JsonArray().add(1).add(0))
                    .put("value", value)));
    return newer;
  }

  private static JsonObject without(JsonObject json, String key) {
    JsonObject copy = json.copy();
    copy.remove(key);
    return copy;
  }

  private Future<JsonObject> ask(String verb, JsonObject body) {
    return SimBus.of(cluster.node("n3").host)
        .request(Addresses.node("n1#1", "variable", verb), body, Duration.ofSeconds(2));
  }

  private void assertRefused(ErrorCode code, String what, Future<?> future) {
    cluster.await(future::isComplete, "an answer to: " + what);
    assertTrue(future.failed(), what + " succeeded: " + future.result());
    MabeamException failure = MabeamException.of(future.cause());
    assertEquals(code, failure.code(), what + ": " + failure.getMessage());
  }

  private void assertNothingChanged() {
    cluster.awaitQuiet();
    Future<VariableValue> get = room().get("v");
    cluster.await(get::isComplete, "an answer");
    assertEquals(VALUE, get.result().value());
    assertEquals(2, get.result().version().size(), "the first value and one write");
    assertEquals(List.of("v"), room().list().stream().map(VariableInfo::name).toList());
  }

  private VariableRoom room() {
    return cluster.node("n1").room;
  }

  private static Future<VariableValue> slice(VariableRoom room, Object value) {
    return room.set("v", value, WriteOptions.DEFAULT.slice("k", 1));
  }

  private static VariableOptions with(String consistency, int replicas, Object value) {
    return SimVariables.MAPS
        .withConsistency(Consistency.of(consistency))
        .withReplicationFactor(replicas)
        .withValue(value);
  }

  private static Object nested(int depth) {
    Object value = 1;
    for (int i = 0; i < depth; i++) {
      value = new JsonArray().add(value);
    }
    return value;
  }

  private static Object circle() {
    Map<String, Object> circle = new HashMap<>();
    circle.put("again", circle);
    return circle;
  }
}
