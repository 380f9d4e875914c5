package dev.mabeam.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.cli.Checkup.Finding;
import dev.mabeam.cli.Checkup.Level;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private final AtomicInteger looks = new AtomicInteger();

  @Test
  void shouldLookAgainWhileKnowledgeIsOnItsWay() {
    Finding found =
        new Agreement(
                url -> cluster(url, url.equals("two") && looks.incrementAndGet() < 3 ? 3 : 2),
                "one")
            .find();
    assertEquals(Level.ok, found.level(), found.message());
    assertEquals("2 nodes agree on view 7", found.message());
    assertEquals(3, looks.get());
  }

  @Test
  void shouldFindADifferenceThatStays() {
    Finding found = new Agreement(url -> cluster(url, url.equals("two") ? 3 : 2), "one").find();
    assertEquals(Level.fail, found.level());
    assertTrue(found.message().contains("different clusters"), found.message());
  }

  @Test
  void shouldNameANodeThatStaysSilent() {
    Finding found =
        new Agreement(
                url -> {
                  if (url.equals("two")) {
                    throw new IllegalStateException("refused");
                  }
                  return cluster(url, 2);
                },
                "one")
            .find();
    assertEquals(Level.warn, found.level());
    assertEquals("no answer from two#1 (active)", found.message());
  }

  private static JsonObject cluster(String url, int count) {
    String[] names = {"one", "two", "three"};
    JsonArray nodes = new JsonArray();
    for (int i = 0; i < count; i++) {
      nodes.add(
          new JsonObject()
              .put("id", names[i] + "#1")
              .put("status", "active")
              .put("http", i < 2 ? names[i] : ""));
    }
    return new JsonObject()
        .put("id", "c1")
        .put("view", 7)
        .put("node", url + "#1")
        .put("nodes", nodes);
  }
}
