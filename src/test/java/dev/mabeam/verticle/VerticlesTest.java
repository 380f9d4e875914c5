package dev.mabeam.verticle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.event.ClusterEvent;
import dev.mabeam.grid.GridView;
import dev.mabeam.membership.NodeStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VerticlesTest {
  private static final String ECHO = "com.acme.Echo";

  private final FakeCluster cluster = new FakeCluster();
  private Verticles n1;
  private Verticles n2;
  private Verticles n3;

  @BeforeEach
  void start() {
    n1 = cluster.add("n1", 0.1);
    n2 = cluster.add("n2", 0.1);
    n3 = cluster.add("n3", 0.1);
  }

  private static DeployRequest echo(String id, String node) {
    return new DeployRequest(ECHO, id, node, new JsonObject().put("a", 1));
  }

  private static <T> T result(Future<T> future) {
    assertTrue(future.succeeded(), () -> String.valueOf(future.cause()));
    return future.result();
  }

  private static MabeamException failure(Future<?> future) {
    assertTrue(future.failed(), "should have failed");
    return MabeamException.of(future.cause());
  }

  private static void assertFails(ErrorCode code, Future<?> future) {
    assertEquals(code, failure(future).code(), failure(future).getMessage());
  }

  private Map<String, Integer> perNode() {
    return n1.list().stream()
        .collect(Collectors.toMap(VerticleInfo::node, info -> 1, Integer::sum));
  }

  @Test
  void shouldDeployOnANamedNodeAndListItEverywhere() {
    cluster.clock.turn(Duration.ofMillis(1234));
    VerticleInfo info = result(n3.deploy(echo("echo", "n2")));
    assertEquals(
        new VerticleInfo("echo", ECHO, "n2#2", 1234, new JsonObject().put("a", 1)), info);
    for (Verticles node : List.of(n1, n2, n3)) {
      assertEquals(List.of(info), node.list());
      assertEquals(info, node.find("echo").orElseThrow());
    }
    assertEquals(0, n1.countHere());
    assertEquals(1, n2.countHere());
    assertEquals(
        List.of(new ClusterEvent.VerticleDeployed("echo", ECHO, "n2#2")), cluster.events);
    assertEquals("n3#3", result(n1.deploy(echo("other", "n3#3"))).node());
  }

  @Test
  void shouldSpreadABurstFromSeveralNodesAndNumberTheIds() {
    List<Verticles> senders = List.of(n1, n2, n3);
    for (int i = 0; i < 9; i++) {
      result(senders.get(i % 3).deploy(DeployRequest.of(ECHO)));
    }
    assertEquals(Map.of("n1#1", 3, "n2#2", 3, "n3#3", 3), perNode());
    assertEquals(
        List.of("Echo-1", "Echo-2", "Echo-3", "Echo-4", "Echo-5", "Echo-6", "Echo-7", "Echo-8",
            "Echo-9"),
        n2.list().stream().map(VerticleInfo::id).toList());
  }

  @Test
  void shouldSpreadWhatIsStillStarting() {
    cluster.hosts.values().forEach(
        host -> host.outcomes.put(ECHO, Promise.<VerticleHost.Running>promise().future()));
    for (int i = 0; i < 6; i++) {
      assertFalse(n2.deploy(DeployRequest.of(ECHO)).isComplete());
    }
    cluster.hosts.values().forEach(host -> assertEquals(2, host.started.size()));
  }

  @Test
  void shouldForgetWhatWasJustPlacedWhenTheLoadsShowIt() {
    cluster.nodes.put("n2#2", Nodes.loaded("n2", 2, 0.55));
    cluster.nodes.put("n3#3", Nodes.loaded("n3", 3, 0.55));
    for (int i = 0; i < 8; i++) {
      result(n1.deploy(DeployRequest.of(ECHO)));
      cluster.clock.turn(Placements.UNTIL_SHOWN_IN_LOAD.plusMillis(1));
    }
    assertEquals(Map.of("n1#1", 8), perNode());
  }

  @Test
  void shouldNotGiveAnIdTwice() {
    result(n1.deploy(echo("echo", "n2")));
    assertFails(ErrorCode.CONFLICT, n3.deploy(echo("echo", "n1")));
    assertFails(ErrorCode.CONFLICT, n3.deploy(echo("echo", "n2")));
    result(n1.undeploy("echo"));
    result(n3.deploy(echo("echo", "n1")));
  }

  @Test
  void shouldNotGiveAnIdTwiceWhileTheFirstIsStillStarting() {
    Promise<VerticleHost.Running> starting = Promise.promise();
    cluster.hosts.get("n2#2").outcomes.put(ECHO, starting.future());
    Future<VerticleInfo> first = n1.deploy(echo("echo", "n2"));
    assertFails(ErrorCode.CONFLICT, n3.deploy(echo("echo", "n1")));
    starting.complete(Future::succeededFuture);
    assertEquals("n2#2", result(first).node());
  }

  @Test
  void shouldNotMakeAnIdThatSomebodyChose() {
    result(n1.deploy(echo("Echo-1", "n2")));
    assertEquals("Echo-2", result(n1.deploy(DeployRequest.of(ECHO))).id());
    result(n1.undeploy("Echo-2"));
    assertEquals("Echo-3", result(n1.deploy(DeployRequest.of(ECHO))).id());
    assertEquals("In-1", result(n1.deploy(DeployRequest.of("com.acme.Out$In"))).id());
  }

  @Test
  void shouldPassOnTheErrorOfTheNodeAndGiveTheIdBack() {
    for (ErrorCode code :
        List.of(ErrorCode.NOT_FOUND, ErrorCode.INVALID, ErrorCode.FORBIDDEN, ErrorCode.INTERNAL)) {
      cluster.hosts.get("n2#2").outcomes.put(
          ECHO, Future.failedFuture(new MabeamException(code, "because", "do")));
      MabeamException failure = failure(n1.deploy(echo("echo", "n2")));
      assertEquals(code, failure.code());
      assertEquals("because", failure.getMessage());
      assertEquals("do", failure.hint());
    }
    cluster.hosts.get("n2#2").outcomes.clear();
    result(n1.deploy(echo("echo", "n2")));
    assertEquals(1, n1.list().size());
  }

  @Test
  void shouldTryTheNextNodeWhereTheClassPathLacksTheClass() {
    for (String id : List.of("n1#1", "n2#2")) {
      cluster.hosts.get(id).outcomes.put(
          ECHO, Future.failedFuture(new MabeamException(ErrorCode.NOT_FOUND, "no class")));
    }
    assertEquals("n3#3", result(n1.deploy(DeployRequest.of(ECHO))).node());
    cluster.hosts.get("n3#3").outcomes.put(
        ECHO, Future.failedFuture(new MabeamException(ErrorCode.FORBIDDEN, "not allowed")));
    assertEquals("no class", failure(n1.deploy(DeployRequest.of(ECHO))).getMessage());
    cluster.hosts.get("n3#3").outcomes.put(
        ECHO, Future.failedFuture(new MabeamException(ErrorCode.INTERNAL, "start failed")));
    assertEquals("start failed", failure(n1.deploy(DeployRequest.of(ECHO))).getMessage());
  }

  @Test
  void shouldTellANodeThatIsNotThereFromOneThatCannotBeReached() {
    MabeamException unknown = failure(n1.deploy(echo(null, "n9")));
    assertEquals(ErrorCode.NOT_FOUND, unknown.code());
    assertTrue(unknown.hint().contains("n1#1, n2#2, n3#3"), unknown.hint());
    cluster.kill("n2#2", false);
    assertFails(ErrorCode.UNAVAILABLE, n1.deploy(echo(null, "n2")));
    for (NodeStatus status :
        List.of(NodeStatus.FAILED, NodeStatus.PARTITIONED, NodeStatus.LEAVING)) {
      cluster.status("n2#2", status);
      assertFails(ErrorCode.UNAVAILABLE, n1.deploy(echo(null, "n2")));
    }
    for (String id : List.of("n1#1", "n3#3")) {
      cluster.status(id, NodeStatus.SUSPECT);
    }
    assertFails(ErrorCode.NO_SUITABLE_NODES, n1.deploy(DeployRequest.of(ECHO)));
  }

  @Test
  void shouldTakeTheNewestNodeOfAName() {
    cluster.kill("n2#2", true);
    cluster.add("n2", 0);
    assertEquals("n2#4", result(n1.deploy(echo(null, "n2"))).node());
  }

  @Test
  void shouldPlaceItselfWhenTheCoordinatorDoesNotServe() {
    cluster.kill("n1#1", false);
    assertEquals("n3#3", result(n2.deploy(echo("echo", "n3"))).node());
    cluster.coordinator = "";
    assertEquals("n2#2", result(n3.deploy(echo(null, "n2"))).node());
  }

  @Test
  void shouldEndByTimeoutWhenANodeDoesNotAnswer() {
    cluster.served.put(
        "mabeam.node.n2#2.verticle.deploy", body -> Promise.<JsonObject>promise().future());
    Future<VerticleInfo> deploy = n3.deploy(echo("echo", "n2"));
    cluster.clock.turn(Verticles.DEFAULT_LIMIT.plus(Verticles.HOP));
    assertFails(ErrorCode.TIMEOUT, deploy);
  }

  @Test
  void shouldRefuseChangesWithoutAMajorityButListStill() {
    result(n1.deploy(echo("echo", "n2")));
    cluster.knowledge.readOnly = true;
    assertFails(ErrorCode.READ_ONLY, n1.deploy(echo(null, null)));
    assertFails(ErrorCode.READ_ONLY, n1.undeploy("echo"));
    assertEquals(1, n3.list().size());
  }

  @Test
  void shouldUndeployWhereverItRuns() {
    result(n1.deploy(echo("here", "n1")));
    result(n1.deploy(echo("there", "n2")));
    cluster.events.clear();
    result(n1.undeploy("here"));
    result(n3.undeploy("there"));
    assertEquals(List.of(), n2.list());
    assertEquals(0, n2.countHere());
    assertEquals(
        List.of(
            new ClusterEvent.VerticleUndeployed("here", ECHO, "n1#1"),
            new ClusterEvent.VerticleUndeployed("there", ECHO, "n2#2")),
        cluster.events);
    assertFails(ErrorCode.NOT_FOUND, n1.undeploy("here"));
  }

  @Test
  void shouldSayThatAVerticleIsGoneWithItsNode() {
    result(n1.deploy(echo("echo", "n2")));
    cluster.kill("n2#2", false);
    assertFails(ErrorCode.UNAVAILABLE, n1.undeploy("echo"));
    cluster.status("n2#2", NodeStatus.PARTITIONED);
    assertEquals(1, n1.list().size());
    cluster.status("n2#2", NodeStatus.FAILED);
    assertEquals(List.of(), n1.list());
    MabeamException gone = failure(n1.undeploy("echo"));
    assertEquals(ErrorCode.NOT_FOUND, gone.code());
    assertTrue(gone.getMessage().contains("gone with its node n2#2"), gone.getMessage());
    assertEquals("n3#3", result(n1.deploy(echo("echo", "n3"))).node());
  }

  @Test
  void shouldKeepAVerticleThatCouldNotBeStopped() {
    result(n1.deploy(echo("echo", "n2")));
    cluster.hosts.get("n2#2").stop =
        Future.failedFuture(new MabeamException(ErrorCode.TIMEOUT, "blocks"));
    assertFails(ErrorCode.TIMEOUT, n1.undeploy("echo"));
    assertEquals(1, n1.list().size());
    cluster.hosts.get("n2#2").stop = Future.failedFuture(new IllegalStateException("not there"));
    result(n1.undeploy("echo"));
    assertEquals(0, n1.list().size());
  }

  @Test
  void shouldListNoLongerWhatEndedItself() {
    result(n1.deploy(echo("echo", "n2")));
    cluster.hosts.get("n2#2").ends.get(0).run();
    assertEquals(List.of(), n1.list());
  }

  @Test
  void shouldShowItsEntryAgainWhenTheMapLostIt() {
    result(n1.deploy(echo("echo", "n2")));
    cluster.knowledge.lose();
    assertEquals(List.of(), n1.list());
    cluster.clock.turn(Duration.ofSeconds(1));
    assertEquals(1, n1.list().size());
  }

  @Test
  void shouldPutItsEntryAgainAfterAMergeAlthoughItsOwnCopyHasIt() {
    result(n1.deploy(echo("echo", "n2")));
    int before = cluster.knowledge.puts.get();
    n2.onView(new GridView(4, List.of("n1", "n2", "n3"), true));
    cluster.clock.turn(Duration.ofSeconds(10));
    assertEquals(before + 3, cluster.knowledge.puts.get());
  }

  @Test
  void shouldDeployAlthoughTheMapIsSlowAndShowItWithFewWrites() {
    cluster.knowledge.putsHang = true;
    int before = cluster.knowledge.puts.get();
    Future<VerticleInfo> first = n1.deploy(echo("a", "n1"));
    Future<VerticleInfo> second = n1.deploy(echo("b", "n1"));
    assertFalse(first.isComplete());
    cluster.clock.turn(Duration.ofSeconds(1));
    result(first);
    result(second);
    assertEquals(2, n1.list().size());
    assertEquals(before + 1, cluster.knowledge.puts.get());
  }

  @Test
  void shouldRemoveTheEntryOfANodeThatIsLongForgotten() {
    cluster.nodes.remove("n3#3");
    n3.close();
    cluster.clock.turn(Duration.ofSeconds(59));
    assertTrue(cluster.knowledge.has("n3#3"));
    cluster.clock.turn(Duration.ofSeconds(5));
    assertFalse(cluster.knowledge.has("n3#3"));
    assertEquals(2, cluster.knowledge.entries().size());
  }

  @Test
  void shouldTellListenersWhatMayHaveChanged() {
    AtomicInteger changes = new AtomicInteger();
    n3.onChange(changes::incrementAndGet);
    result(n1.deploy(echo("echo", "n2")));
    assertTrue(changes.get() > 0);
  }

  @Test
  void shouldUndeployAllAndServeNobodyWhenClosed() {
    result(n1.deploy(echo("a", "n2")));
    result(n1.deploy(echo("b", "n2")));
    result(n2.close());
    assertEquals(List.of(), n1.list());
    assertFails(ErrorCode.UNAVAILABLE, n1.deploy(echo("c", "n2")));
  }
}
