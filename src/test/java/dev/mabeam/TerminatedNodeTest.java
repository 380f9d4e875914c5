package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.testing.ProcessCluster;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node whose agents are asked all the time is told to end by SIGTERM. */
@Tag("long")
class TerminatedNodeTest {
  private static final String LEAVING = "n3";
  private static final String ASKED = "n1";
  private static final int BY_SIGNAL = 128 + 15;

  private ProcessCluster cluster;
  private Load load;

  @AfterEach
  void close() throws InterruptedException {
    if (load != null) {
      load.stop();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private void start(String drainTimeout) throws Exception {
    Path classes =
        Path.of(HoldingAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    cluster =
        ProcessCluster.start(
            3, "--class-path", classes.toString(), "--drain-timeout", drainTimeout);
  }

  /** Asks agents in turn over HTTP to add one, without waiting for those before. */
  private final class Load {
    private final HttpClient http = HttpClient.newHttpClient();
    private final Queue<CompletableFuture<HttpResponse<String>>> asks =
        new ConcurrentLinkedQueue<>();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    private final Thread thread;

    Load(List<String> agents) {
      thread =
          new Thread(
              () -> {
                for (int i = 0; !over.get(); i++) {
                  ask(agents.get(i % agents.size()), new JsonObject().put("add", 1));
                  LockSupport.parkNanos(10_000_000);
                }
              },
              "load");
      thread.start();
    }

    CompletableFuture<HttpResponse<String>> ask(String agent, JsonObject body) {
      String path = "/api/v1/agents/" + agent + "/ask?timeoutMs=60000";
      HttpRequest request =
          cluster.request(ASKED, path)
              .timeout(Duration.ofSeconds(70))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(body.encode()))
              .build();
      CompletableFuture<HttpResponse<String>> ask =
          http.sendAsync(request, BodyHandlers.ofString());
      ask.thenRun(answered::incrementAndGet);
      asks.add(ask);
      return ask;
    }

    void stop() throws InterruptedException {
      over.set(true);
      thread.join();
    }

    /** Every one was answered, and what they have added is what the agents have now. */
    void check(List<String> agents) throws InterruptedException {
      stop();
      cluster.await("every ask to end", () -> asks.stream().allMatch(CompletableFuture::isDone));
      int sent = asks.size();
      List<String> failures =
          asks.stream()
              .filter(ask -> ask.isCompletedExceptionally() || ask.join().statusCode() != 200)
              .map(ask -> ask.isCompletedExceptionally() ? ask.toString() : ask.join().body())
              .toList();
      assertEquals(List.of(), failures);
      long total = 0;
      for (String agent : agents) {
        String answer = ask(agent, new JsonObject().put("add", 0)).join().body();
        total += new JsonObject(answer).getLong("count");
      }
      assertEquals(sent, total, "lost or counted twice");
    }
  }

  private void deploy(String id, String type, JsonObject config) {
    JsonObject spec =
        new JsonObject()
            .put("id", id)
            .put("type", type)
            .put("config", config)
            .put(
                "requirements",
                new JsonObject().put("preferredNodes", new JsonArray().add(LEAVING)));
    HttpResponse<String> response =
        cluster.send(
            cluster.request(ASKED, "/api/v1/agents")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(spec.encode()))
                .build());
    assertTrue(response != null, id);
    assertEquals(2, response.statusCode() / 100, response.body());
    if (!node(id).equals(LEAVING)) {
      // What is preferred is only preferred.
      HttpResponse<String> moved =
          cluster.send(
              cluster.request(ASKED, "/api/v1/agents/" + id + "/migrate")
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString(new JsonObject().put("to", LEAVING).encode()))
                  .build());
      assertTrue(moved != null, id);
      assertEquals(200, moved.statusCode(), moved.body());
    }
  }

  private List<String> deployCounters(int count) {
    List<String> ids = IntStream.range(0, count).mapToObj(i -> "c" + i).toList();
    ids.forEach(id -> deploy(id, "counter", new JsonObject()));
    assertTrue(ids.stream().allMatch(id -> node(id).equals(LEAVING)));
    return ids;
  }

  private String node(String agent) {
    JsonObject shown = cluster.get(ASKED, "/api/v1/agents/" + agent);
    String id = shown == null ? "" : shown.getString("node", "");
    return id.isEmpty() ? "" : id.substring(0, id.indexOf('#'));
  }

  private List<JsonObject> events(String type) {
    List<JsonObject> found = new ArrayList<>();
    JsonObject shown = cluster.get(ASKED, "/api/v1/events?limit=1000");
    for (Object each : shown.getJsonArray("events")) {
      JsonObject event = (JsonObject) each;
      if (event.getString("type").equals(type)) {
        found.add(event);
      }
    }
    return found;
  }

  /** An event comes after what it tells of. */
  private void awaitEvent(String type) {
    cluster.await("word of " + type, () -> !events(type).isEmpty());
  }

  /** How often the nodes that stay had to have a store dropped that was silent or gone. */
  private double drops() {
    double all = 0;
    for (String name : List.of("n1", "n2")) {
      String metrics = cluster.send(cluster.request(name, "/metrics").build()).body();
      all +=
          metrics
              .lines()
              .filter(line -> line.startsWith("mabeam_checkpoint_drops"))
              .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
              .sum();
    }
    return all;
  }

  private void requireElsewhere(List<String> ids) {
    cluster.await(
        "every agent to be on a node that stays",
        () -> ids.stream().map(this::node).allMatch(Set.of("n1", "n2")::contains));
  }

  @Test
  void shouldMoveItsAgentsAwayAndLeaveNobodyWithACopyLess() throws Exception {
    start("40s");
    List<String> ids = deployCounters(40);
    load = new Load(ids);
    cluster.await("some answers", () -> load.answered.get() > 200);
    double dropsBefore = drops();
    long told = System.nanoTime();
    cluster.terminate(LEAVING);
    assertEquals(BY_SIGNAL, cluster.awaitExit(LEAVING));
    long took = System.nanoTime() - told;
    double dropsAfter = drops();
    requireElsewhere(ids);
    int before = load.answered.get();
    cluster.await("more answers", () -> load.answered.get() > before + 200);
    load.check(ids);

    String log = cluster.log(LEAVING);
    System.out.printf(
        "drained and gone after %d ms; %d answers; log:%n%s%n",
        took / 1_000_000, load.answered.get(), log);
    assertFalse(log.contains("warning:"), log);
    assertTrue(took < Duration.ofSeconds(40).toNanos(), "it used all the time that it had");
    assertEquals(dropsBefore, dropsAfter, "stores of agents had to be dropped");
    awaitEvent("agent.migrated");
    awaitEvent("node.left");
    assertEquals(List.of(), events("agent.recovered"));
    assertEquals(List.of(), events("node.failed"));
    assertEquals(1, events("node.left").size());
  }

  @Test
  void shouldLeaveToRecoveryWhatItHasNoTimeToMove() throws Exception {
    start("1ms");
    List<String> ids = deployCounters(100);
    load = new Load(ids);
    cluster.await("some answers", () -> load.answered.get() > 300);
    cluster.terminate(LEAVING);
    assertEquals(BY_SIGNAL, cluster.awaitExit(LEAVING));
    requireElsewhere(ids);
    int before = load.answered.get();
    cluster.await("more answers", () -> load.answered.get() > before + 200);
    load.check(ids);
    System.out.println("log of the node that had no time:\n" + cluster.log(LEAVING));
    assertTrue(cluster.log(LEAVING).contains("warning:"), cluster.log(LEAVING));
    awaitEvent("agent.recovered");
  }

  @Test
  void shouldNotWaitForeverForAnAgentThatNeverEndsItsMessage() throws Exception {
    start("3s");
    List<String> ids = new ArrayList<>(deployCounters(10));
    String holder = "holder";
    deploy(holder, HoldingAgent.class.getName(), new JsonObject().put("holdsOn", LEAVING));
    load = new Load(ids);
    cluster.await("some answers", () -> load.answered.get() > 50);
    CompletableFuture<HttpResponse<String>> held =
        load.ask(holder, new JsonObject().put("add", 1).put("hold", true));
    int then = load.answered.get();
    cluster.await("more answers", () -> load.answered.get() > then + 50);
    assertFalse(held.isDone());
    long told = System.nanoTime();
    cluster.terminate(LEAVING);
    // Whoever is impatient says it again; it is on its way.
    int once = load.answered.get();
    cluster.await("more answers", () -> load.answered.get() > once + 50);
    cluster.terminate(LEAVING);
    assertEquals(BY_SIGNAL, cluster.awaitExit(LEAVING));
    long took = System.nanoTime() - told;
    ids.add(holder);
    requireElsewhere(ids);
    cluster.await("the answer to what was held", held::isDone);
    assertEquals(200, held.join().statusCode(), held.join().body());
    assertEquals(1, new JsonObject(held.join().body()).getLong("count"));
    load.check(ids);
    System.out.printf(
        "gone after %d ms, twice told; log:%n%s%n", took / 1_000_000, cluster.log(LEAVING));
    awaitEvent("agent.recovered");
    assertEquals(
        List.of(holder),
        events("agent.recovered").stream().map(event -> event.getString("agent")).toList());
  }
}
