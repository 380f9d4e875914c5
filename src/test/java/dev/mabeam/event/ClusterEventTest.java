package dev.mabeam.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ClusterEventTest {
  private static final List<ClusterEvent> ONE_OF_EACH =
      List.of(
          new ClusterEvent.NodeJoined("n1#1", "a"),
          new ClusterEvent.NodeSuspected("n1#1", "n2#2", 9.5),
          new ClusterEvent.NodeFailed("n1#1", "its ports refuse", 2, false),
          new ClusterEvent.NodeLeft("n1#1"),
          new ClusterEvent.VerticleDeployed("v", "x.V", "n1#1"),
          new ClusterEvent.VerticleUndeployed("v", "x.V", "n1#1"),
          new ClusterEvent.VariableUpdated("x", "n1#1"),
          new ClusterEvent.VariableConflict("x", "vector_clocks", "s/7", 2),
          new ClusterEvent.VariableMaster("x", "n1#1", 2),
          new ClusterEvent.AgentDeployed("a", "counter", "n1#1", 5, 0),
          new ClusterEvent.AgentUndeployed("a", "n1#1", 5, 3),
          new ClusterEvent.AgentMigrated(
              "a", "n1#1", "n2#2", 9, new JsonObject().put("pause", 1.5), 12.5, 100, 0),
          new ClusterEvent.AgentRecovered("a", "n1#1", 5, 0),
          new ClusterEvent.AgentBroken("a", "n1#1", 5, "it does not give its state", 400, 0),
          new ClusterEvent.AgentUnavailable("a", 5, "n1#1: it is cordoned", 0),
          new ClusterEvent.Audit("verticles.deploy", "v", "operator", 201));

  @Test
  void shouldHaveOneOfEachInThisTest() {
    assertEquals(
        Set.of(ClusterEvent.class.getPermittedSubclasses()),
        ONE_OF_EACH.stream().map(Object::getClass).collect(Collectors.toSet()));
  }

  @Test
  void shouldCarryEveryComponentAsAField() throws Exception {
    for (ClusterEvent event : ONE_OF_EACH) {
      JsonObject fields = event.fields();
      for (RecordComponent component : event.getClass().getRecordComponents()) {
        String key = component.getName().equals("className") ? "class" : component.getName();
        component.getAccessor().setAccessible(true);
        assertEquals(component.getAccessor().invoke(event), fields.getValue(key), event.type());
      }
      assertEquals(event.getClass().getRecordComponents().length, fields.size(), event.type());
    }
  }

  @Test
  void shouldBePublishedOnATopicThatNodesListenTo() {
    for (ClusterEvent event : ONE_OF_EACH) {
      assertTrue(Events.TOPICS.contains(event.topic()), event.type());
    }
  }

  @Test
  void shouldHaveASentenceOnTheDashboard() throws Exception {
    String sentences = Files.readString(Path.of("webroot/js/sentences.js"));
    for (ClusterEvent event : ONE_OF_EACH) {
      assertTrue(sentences.contains("\n  '" + event.type() + "': e =>"), event.type());
    }
  }

  @Test
  void shouldKeepItsFieldsBesideWhatEveryLoggedEventCarries() {
    for (ClusterEvent event : ONE_OF_EACH) {
      LoggedEvent logged = new LoggedEvent("n1#1", 7, 123, event.type(), event.fields());
      assertEquals(logged, LoggedEvent.fromJson(logged.toJson()), event.type());
    }
  }

  @Test
  void shouldSurviveTheWireWithFieldsOfANewerVersion() {
    LoggedEvent logged =
        new LoggedEvent("n1#1", 7, 123, "future.thing", new JsonObject().put("unheard", "of"));
    assertEquals(logged, LoggedEvent.fromJson(new JsonObject(logged.toJson().encode())));
  }
}
