package dev.mabeam.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.Mabeam;
import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.membership.ClusterStatus;
import dev.mabeam.membership.NodeStatus;
import dev.mabeam.verticle.DeployRequest;
import dev.mabeam.verticle.Sources;
import dev.mabeam.verticle.VerticleInfo;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestClusterTest {
  private static final String ECHO = "com.acme.Echo";

  @TempDir static Path temp;
  private static TestCluster cluster;

  /** The tests that break nothing share a cluster. */
  @BeforeAll
  static void start() {
    Path classes =
        Sources.compile(temp.resolve("classes"), ECHO, Sources.greeter(ECHO, "acme.echo"));
    cluster =
        TestCluster.start(3, options -> options.setClassPath(List.of(classes.toString())));
  }

  @AfterAll
  static void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static void answerOn(TestCluster cluster, String address) {
    for (String name : cluster.names()) {
      MessageConsumer<String> consumer = cluster.node(name).vertx().eventBus().consumer(address);
      consumer.handler(message -> message.reply(name));
      cluster.await("consumer on " + name, consumer.completion());
    }
  }

  private static Future<String> ask(Mabeam node, String address) {
    return ask(node, address, DeliveryOptions.DEFAULT_TIMEOUT);
  }

  private static Future<String> ask(Mabeam node, String address, long timeoutMillis) {
    return node.vertx()
        .eventBus()
        .<String>request(address, "who?", new DeliveryOptions().setSendTimeout(timeoutMillis))
        .map(answer -> answer.body());
  }

  @Test
  void shouldPublishToEveryNodeAndRequestFromExactlyOne() {
    Set<String> heard = new ConcurrentSkipListSet<>();
    List<MessageConsumer<String>> consumers = new ArrayList<>();
    List<String> all = cluster.names();
    for (String name : all) {
      MessageConsumer<String> consumer = cluster.node(name).vertx().eventBus().consumer("news");
      consumer.handler(
          message -> {
            heard.add(name);
            message.reply(name);
          });
      cluster.await("consumer on " + name, consumer.completion());
      consumers.add(consumer);
    }
    cluster.node("n1").vertx().eventBus().publish("news", "hello");
    cluster.await("all to hear", () -> heard.equals(new TreeSet<>(all)));
    for (int i = 0; i < all.size(); i++) {
      heard.clear();
      String answered = cluster.await("answer", ask(cluster.node("n2"), "news"));
      assertEquals(Set.of(answered), Set.copyOf(heard));
    }
    consumers.forEach(consumer -> cluster.await("end of consumer", consumer.unregister()));
  }

  @Test
  void shouldDeployAVerticleAnywhereAndHearItThroughAnotherNode() {
    VerticleInfo info =
        cluster.await(
            "deploy",
            cluster
                .node("n1")
                .verticles()
                .deploy(
                    new DeployRequest(
                        ECHO, "echo", "n2", new JsonObject().put("greeting", "good day,"))));
    assertEquals(cluster.node("n2").nodeId(), info.node());
    assertEquals(List.of(info), cluster.node("n3").verticles().list());
    assertEquals("good day, who?", cluster.await("answer", ask(cluster.node("n3"), "acme.echo")));
    cluster.await("undeploy", cluster.node("n3").verticles().undeploy("echo"));
    assertEquals(List.of(), cluster.node("n1").verticles().list());
  }

  @Test
  void shouldSpreadABurstOverTheNodes() {
    Mabeam n1 = cluster.node("n1");
    List<Future<VerticleInfo>> deploys = new ArrayList<>();
    // Ten of them outweigh any difference of load; this machine's may be as large as it can be.
    for (int i = 0; i < 11 * cluster.names().size(); i++) {
      String sender = cluster.names().get(i % cluster.names().size());
      deploys.add(cluster.node(sender).verticles().deploy(DeployRequest.of(ECHO)));
    }
    cluster.await("deploys", Future.all(deploys));
    List<VerticleInfo> infos = deploys.stream().map(Future::result).toList();
    Set<String> nodes = infos.stream().map(VerticleInfo::node).collect(Collectors.toSet());
    assertEquals(cluster.names().size(), nodes.size(), infos.toString());
    assertEquals(infos.size(), new HashSet<>(infos.stream().map(VerticleInfo::id).toList()).size());
    for (VerticleInfo info : infos) {
      cluster.await("undeploy of " + info, n1.verticles().undeploy(info.id()));
    }
  }

  @Test
  void shouldTellALateJoinerWhatHappenedBefore() {
    Mabeam n1 = cluster.node("n1");
    VerticleInfo early =
        cluster.await(
            "deploy", n1.verticles().deploy(new DeployRequest(ECHO, "early", "n1", null)));
    Mabeam late = cluster.startNode("n4");
    cluster.awaitConverged();
    cluster.await(
        "the late joiner to know",
        () ->
            late.events(1_000).stream()
                .anyMatch(
                    event ->
                        event.type().equals("verticle.deployed")
                            && event.fields().getString("verticle").equals("early")));
    assertEquals(List.of(early), late.verticles().list());
    cluster.await("undeploy", late.verticles().undeploy("early"));
    cluster.stop("n4");
    cluster.awaitConverged();
  }

  @Test
  void shouldGoOnOnTheLargerSideOfACutAndComeBackWhenItHeals() {
    try (TestCluster cut = TestCluster.start(3)) {
      answerOn(cut, "who");
      cut.partition("n3");
      cut.awaitStatus("n1", "n3", NodeStatus.PARTITIONED);
      cut.awaitStatus("n2", "n3", NodeStatus.PARTITIONED);
      cut.awaitStatus("n3", "n1", NodeStatus.PARTITIONED);
      cut.await(
          "the smaller side to be read-only",
          () -> cut.node("n3").status().mode().equals(ClusterStatus.READ_ONLY));
      assertEquals(ClusterStatus.NORMAL, cut.node("n1").status().mode());
      AtomicReference<Throwable> refused = new AtomicReference<>();
      cut.node("n3").verticles().deploy(DeployRequest.of(ECHO)).onFailure(refused::set);
      cut.await("refusal", () -> refused.get() != null);
      assertEquals(ErrorCode.READ_ONLY, MabeamException.of(refused.get()).code());
      cut.heal();
      cut.awaitConverged();
      for (String name : cut.names()) {
        Set<String> answered = new TreeSet<>();
        cut.await(
            "answers from all to " + name,
            () -> {
              answered.add(cut.await("ask", ask(cut.node(name), "who", 2_000).otherwise("nobody")));
              return answered.containsAll(cut.names());
            });
      }
    }
  }

  @Test
  void shouldShowAKilledNodeAsFailedAndLetItsNameComeBack() {
    try (TestCluster killed = TestCluster.start(3)) {
      String before = killed.node("n3").nodeId();
      killed.kill("n3");
      killed.awaitStatus("n1", "n3", NodeStatus.FAILED);
      killed.awaitStatus("n2", "n3", NodeStatus.FAILED);
      killed.awaitConverged();
      Mabeam again = killed.startNode("n3");
      killed.awaitConverged();
      assertNotEquals(before, again.nodeId());
      assertTrue(again.status().nodes().stream().noneMatch(node -> node.id().equals(before)));
    }
  }
}
