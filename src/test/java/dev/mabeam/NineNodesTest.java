package dev.mabeam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.agent.AgentInfo;
import dev.mabeam.agent.AgentSpec;
import dev.mabeam.testing.TestCluster;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Nine real nodes through churn: agents come and go while an observer and the leader die and come
 * back. Then five vote, four observe, and all have the same directory.
 */
@Tag("long")
class NineNodesTest {
  private static final int NODES = 9;
  private static final int ROUND = 20;
  /** Nine nodes share one JVM, and that may share its machine with much else. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final HttpClient http = HttpClient.newHttpClient();
  /** What was decided of each agent: whether it is there. */
  private final Map<String, Boolean> decided = new TreeMap<>();
  /** Of whom it is not known, since whoever was asked failed. */
  private final Set<String> doubtful = new HashSet<>();
  private int deployed;

  @Test
  void shouldHaveFiveVotersFourObserversAndOneDirectoryAfterChurn() {
    try (TestCluster cluster =
        TestCluster.start(NODES, PATIENCE, options -> options.setHttpPort(0))) {
      awaitFiveVoters(cluster);
      churn(cluster);
      Set<String> observers = new TreeSet<>(cluster.names());
      observers.removeAll(voters(cluster.node("n1")));
      String observer = observers.iterator().next();
      String leader = name(consensus(cluster.node("n1")).getString("leader"));
      List<Future<?>> underWay = begin(cluster, observer);
      cluster.kill(observer);
      underWay.forEach(NineNodesTest::ended);
      churn(cluster);
      underWay = begin(cluster, leader);
      cluster.kill(leader);
      underWay.forEach(NineNodesTest::ended);
      churn(cluster);
      cluster.startNode(observer);
      churn(cluster);
      cluster.startNode(leader);
      churn(cluster);

      cluster.awaitConverged();
      awaitFiveVoters(cluster);
      cluster.await("one directory", () -> directories(cluster).size() == 1);
      Map<String, String> directory = directories(cluster).iterator().next();
      decided.keySet().removeAll(doubtful);
      assertTrue(decided.size() > deployed / 2, doubtful + " in doubt of " + deployed);
      decided.forEach(
          (agent, there) -> assertEquals(there, directory.containsKey(agent), agent));
      for (String name : cluster.names()) {
        assertEquals(5, voters(cluster.node(name)).size(), name);
      }
    }
  }

  /** Deploys and undeploys, all at once, each on another node. */
  private void churn(TestCluster cluster) {
    begin(cluster, "").forEach(NineNodesTest::ended);
  }

  /** Every third agent goes again as soon as it is there. Who is about to die is asked nothing. */
  private List<Future<?>> begin(TestCluster cluster, String dying) {
    List<String> names = cluster.names().stream().filter(name -> !name.equals(dying)).toList();
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < ROUND; i++) {
      String agent = "a" + ++deployed;
      boolean stays = deployed % 3 > 0;
      Mabeam at = cluster.node(names.get(i % names.size()));
      Mabeam then = cluster.node(names.get((i + 1) % names.size()));
      Future<?> done = at.agents().deploy(AgentSpec.of(agent, "counter"));
      Future<?> last = stays ? done : done.compose(there -> then.agents().undeploy(agent));
      all.add(
          last.onComplete(
              result -> {
                synchronized (decided) {
                  if (result.succeeded()) {
                    decided.put(agent, stays);
                  } else {
                    doubtful.add(agent);
                  }
                }
              }));
    }
    return all;
  }

  private static void ended(Future<?> future) {
    future.otherwiseEmpty().await();
  }

  private void awaitFiveVoters(TestCluster cluster) {
    cluster.await(
        "five voters, the same for all",
        () -> {
          Set<Set<String>> seen =
              cluster.names().stream()
                  .map(name -> voters(cluster.node(name)))
                  .collect(Collectors.toSet());
          return seen.size() == 1
              && seen.iterator().next().size() == 5
              && cluster.names().containsAll(seen.iterator().next());
        });
    assertEquals(NODES, cluster.names().size());
  }

  /** The names of those that vote, as that node has it. */
  private Set<String> voters(Mabeam node) {
    return consensus(node).getJsonArray("voters").stream()
        .map(voter -> name((String) voter))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private JsonObject consensus(Mabeam node) {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + node.httpPort() + "/api/v1/cluster"))
            .build();
    try {
      return new JsonObject(http.send(request, BodyHandlers.ofString()).body())
          .getJsonObject("consensus");
    } catch (IOException failure) {
      throw new AssertionError(node.nodeId() + " does not answer", failure);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", stop);
    }
  }

  private static String name(String nodeId) {
    return nodeId.replaceAll("#.*", "");
  }

  private static Set<Map<String, String>> directories(TestCluster cluster) {
    Set<Map<String, String>> all = new HashSet<>();
    for (String name : cluster.names()) {
      Map<String, String> directory = new LinkedHashMap<>();
      for (AgentInfo agent : cluster.node(name).agents().list()) {
        directory.put(agent.id(), agent.node() + " " + agent.epoch() + " " + agent.status());
      }
      all.add(directory);
    }
    return all;
  }
}
