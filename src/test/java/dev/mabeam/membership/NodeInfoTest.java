package dev.mabeam.membership;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.MabeamException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeInfoTest {
  private static final NodeInfo NODE =
      new NodeInfo(
          "n1#7", "n1", 7, NodeStatus.PARTITIONED, List.of("gpu"), new Capacity(512, 1.5), 0.25, 3,
          "eu", 1_000, 2.5, 420, "http://127.0.0.1:8080", "0.1", 99);

  @Test
  void shouldComeBackFromJson() {
    assertEquals(NODE, NodeInfo.fromJson(new JsonObject(NODE.toJson().encode())));
    NodeInfo readOnly = NodeInfo.fromJson(NODE.toJson().put("readOnly", true));
    assertEquals(readOnly, NodeInfo.fromJson(new JsonObject(readOnly.toJson().encode())));
    assertTrue(readOnly.withStatus(NodeStatus.ACTIVE).readOnly());
    assertEquals("partitioned", NODE.toJson().getString("status"));
    assertEquals(
        Set.of("memoryMb", "cpuWeight"), NODE.toJson().getJsonObject("capacity").fieldNames());
  }

  @Test
  void shouldIgnoreUnknownKeysAndWords() {
    JsonObject newer = NODE.toJson().put("gpus", 4).put("status", "hibernating");
    newer.getJsonObject("capacity").put("gpus", 4);
    assertEquals(NODE.withStatus(NodeStatus.ACTIVE), NodeInfo.fromJson(newer));
  }

  @Test
  void shouldHaveDefaultsForWhatAnOlderVersionDoesNotSay() {
    NodeInfo least =
        NodeInfo.fromJson(
            new JsonObject().put("id", "a#1").put("name", "a").put("incarnation", 1));
    assertEquals(NodeStatus.ACTIVE, least.status());
    assertEquals(List.of(), least.capabilities());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"id\":\"a#1\",\"name\":\"a\"}",
        "{\"id\":\"a#1\",\"name\":\"a\",\"incarnation\":\"one\"}",
        "{\"id\":\"a#1\",\"name\":\"a\",\"incarnation\":1,\"capabilities\":[1]}"
      })
  void shouldRefuseWhatIsNoNode(String json) {
    assertThrows(MabeamException.class, () -> NodeInfo.fromJson(new JsonObject(json)));
    assertEquals(true, NodeInfo.read(new JsonObject(json)).isEmpty());
  }
}
