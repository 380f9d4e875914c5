package dev.mabeam.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mabeam.error.ErrorCode;
import dev.mabeam.error.MabeamException;
import dev.mabeam.testing.sim.SimLinkTransport;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoundingTest {
  private static MabeamException failure(Future<Admission> join) {
    assertTrue(join.failed(), "the join should have failed");
    return (MabeamException) join.cause();
  }

  @Test
  void shouldFoundAloneWithoutSeeds() {
    LinkWorld world = new LinkWorld();
    world.start("a");
    world.await("a to found", () -> world.member("a"));
    assertTrue(world.admission("a").founder());
    assertEquals("a#1", world.admission("a").self().id());
  }

  @Test
  void shouldFoundOneClusterWithAllSeedsInUnderASecond() {
    LinkWorld world = new LinkWorld("a", "b", "c");
    world.start("c");
    world.start("a");
    world.start("b");
    world.awaitCluster("a", "b", "c");
    assertTrue(world.admission("a").founder());
    assertFalse(world.admission("b").founder());
    assertEquals(world.admission("a").clusterId(), world.admission("c").clusterId());
    assertTrue(world.sim.elapsed().toMillis() < 1_000, () -> "took " + world.sim.elapsed());
  }

  @Test
  void shouldWaitForAMissingSeedAndSayWhichOne() {
    LinkWorld world = new LinkWorld("a", "b", "c");
    world.start("a");
    world.start("b");
    world.sim.runFor(Duration.ofSeconds(31));
    MabeamException failure = failure(world.joins.get("b"));
    assertEquals(ErrorCode.NO_REACHABLE_SEED_NODES, failure.code());
    assertTrue(failure.getMessage().contains("c:7802"), failure::getMessage);
    assertTrue(failure.hint().contains("--bootstrap"), failure::hint);
    assertFalse(world.member("a"));
  }

  @Test
  void shouldNameTheRefusingAndTheSilentSeed() {
    LinkWorld world = new LinkWorld("a", "b", "c");
    world.sim.start("b").crash();
    world.sim.start("c").powerOff();
    world.start("a");
    world.sim.runFor(Duration.ofSeconds(31));
    String message = failure(world.joins.get("a")).getMessage();
    assertTrue(message.contains("b:7802 (refuses connections)"), message);
    assertTrue(message.contains("c:7802 (does not answer"), message);
  }

  @Test
  void shouldNotFoundIfItIsNotOnTheList() {
    LinkWorld world = new LinkWorld("a");
    world.start("z");
    world.sim.start("a").crash();
    world.sim.runFor(Duration.ofSeconds(31));
    assertTrue(failure(world.joins.get("z")).hint().contains("only a node on the seed list"));
  }

  @Test
  void shouldFoundAloneWithBootstrapAndLetTheOthersJoin() {
    LinkWorld world = new LinkWorld("a", "b", "c");
    world.start("b", LinkWorld.bootstrap());
    world.await("b to found", () -> world.member("b"));
    world.start("a");
    world.awaitCluster("a", "b");
    assertTrue(world.admission("b").founder());
  }

  @Test
  void shouldJoinWhatIsThereEvenWithBootstrap() {
    LinkWorld world = new LinkWorld("a", "b");
    world.start("a", LinkWorld.bootstrap());
    world.await("a to found", () -> world.member("a"));
    world.start("b", LinkWorld.bootstrap());
    world.awaitCluster("a", "b");
    assertFalse(world.admission("b").founder());
  }

  @Test
  void shouldFoundWithTheExpectedNumberWhenOtherAddressesRefuse() {
    LinkWorld world = new LinkWorld("a", "b", "c");
    world.sim.start("c").crash();
    world.start("a", LinkWorld.expect(2));
    world.start("b", LinkWorld.expect(2));
    world.awaitCluster("a", "b");
  }

  @Test
  void shouldNotFoundWithFewerThanExpected() {
    LinkWorld world = new LinkWorld("a", "b", "c");
    world.sim.start("c").crash();
    world.start("a", LinkWorld.expect(3));
    world.start("b", LinkWorld.expect(3));
    world.sim.runFor(Duration.ofSeconds(10));
    assertFalse(world.member("a") || world.member("b"));
  }

  @Test
  void shouldBeSentToTheRegistrarByAnyMember() {
    LinkWorld world = new LinkWorld("a", "b");
    world.start("a");
    world.start("b");
    world.awaitCluster("a", "b");
    SeedSource onlyB = SeedSource.fixed(List.of(LinkWorld.address("b")));
    world.start("z", onlyB, options -> options);
    world.awaitCluster("a", "b", "z");
    assertEquals("z#3", world.admission("z").self().id());
  }

  @Test
  void shouldRefuseASecondNodeOfTheSameName() {
    LinkWorld world = new LinkWorld("a", "b");
    world.start("a");
    world.start("b");
    world.awaitCluster("a", "b");
    world.start("x", LinkWorld.named("b"));
    world.await("x to be refused", () -> world.joins.get("x").isComplete());
    MabeamException failure = failure(world.joins.get("x"));
    assertEquals(ErrorCode.CONFLICT, failure.code());
    assertTrue(failure.getMessage().contains("b#2 at b:7802"), failure::getMessage);
    world.sim.runFor(Duration.ofSeconds(5));
    assertEquals(Reachability.CONNECTED, world.sees("a", "b"));
  }

  @Test
  void shouldGiveANodeThatComesBackTheNextIncarnation() {
    LinkWorld world = new LinkWorld("a", "b");
    world.start("a");
    world.start("b");
    world.awaitCluster("a", "b");
    String before = world.admission("a").clusterId();
    world.sim.node("a").crash();
    world.start("a");
    world.await("a to be back", () -> world.member("a"));
    world.awaitCluster("a", "b");
    assertEquals("a#3", world.admission("a").self().id());
    assertEquals(before, world.admission("a").clusterId());
    assertEquals(3, world.peer("b", "a").member().incarnation());
  }

  @Test
  void shouldGiveTheNameOfADeadNodeToOneAtAnotherAddress() {
    LinkWorld world = new LinkWorld("a", "b");
    world.start("a");
    world.start("b");
    world.awaitCluster("a", "b");
    world.sim.node("b").powerOff();
    world.start("x", LinkWorld.named("b"));
    world.await("x to get the name", () -> world.member("x"));
    assertEquals("b#3", world.admission("x").self().id());
  }

  @Test
  void shouldTellANodeThatItWasReplacedWhileItWasCutOff() {
    LinkWorld world = new LinkWorld("a", "b");
    world.start("a");
    List<Member> by = new ArrayList<>();
    world.start("b").onReplaced(by::add);
    world.awaitCluster("a", "b");
    world.sim.network().isolate("b");
    world.start("x", LinkWorld.named("b"));
    world.sim.network().cut("x", "b");
    world.await("x to get the name", () -> world.member("x"));
    world.sim.network().healAll();
    world.await("b to be told", () -> !by.isEmpty());
    assertEquals("b#3", by.get(0).id());
  }

  @Test
  void shouldSayWhenASeedSpeaksAnotherProtocol() {
    LinkWorld world = new LinkWorld("a", "b");
    SimLinkTransport.of(world.sim.start("b"))
        .listen(
            LinkWorld.address("b"),
            connection ->
                connection.send(
                    Frame.of(
                        Frame.HELLO,
                        new JsonObject().put("protocol", 9).put("name", "b"))));
    world.start("a");
    world.sim.runFor(Duration.ofSeconds(31));
    String message = failure(world.joins.get("a")).getMessage();
    assertTrue(message.contains("'b' speaks link protocol 9 and this one speaks 1"), message);
  }

  /** One life promises, its successor joins the cluster that the founder cannot see. */
  private static LinkWorld promiseOfALifeThatEnded(Founding.Rules rules) {
    LinkWorld world = new LinkWorld("a", "b", "c");
    world.rules = rules;
    List.of("a", "b", "c").forEach(world::start);
    world.awaitCluster("a", "b", "c");
    world.sim.node("a").crash();
    world.sim.node("b").crash();
    world.sim.network().cut("a", "c");
    world.sim.network().cut("b", "c");
    world.start("a");
    world.sim.runUntil(
        () -> world.phases.get("a") == Founding.Phase.COLLECTING, Duration.ofMillis(1_500));
    world.start("b");
    world.sim.runUntil(
        () -> world.phases.get("b") == Founding.Phase.PROMISED, Duration.ofMillis(500));
    world.sim.node("b").crash();
    world.sim.network().heal("b", "c");
    world.start("b");
    world.await("b to be back in the cluster", () -> world.member("b"));
    world.sim.network().cut("a", "b");
    world.sim.node("c").crash();
    world.sim.network().cut("b", "c");
    world.sim.network().heal("a", "c");
    world.start("c");
    world.sim.runFor(Duration.ofSeconds(2));
    return world;
  }

  @Test
  void shouldNotCountThePromiseOfALifeThatEnded() {
    LinkWorld world = promiseOfALifeThatEnded(new Founding.Rules());
    assertFalse(world.member("a"), "a founded, and b lives in another cluster");
    assertFalse(world.member("c"));
    world.sim.network().healAll();
    world.awaitCluster("a", "b", "c");
  }

  @Test
  void shouldHaveTwoClustersIfItAskedOnlyOnce() {
    LinkWorld world =
        promiseOfALifeThatEnded(
            new Founding.Rules() {
              @Override
              boolean asksTwice() {
                return false;
              }
            });
    assertNotEquals(world.admission("b").clusterId(), world.admission("a").clusterId());
  }
}
